import type { Dispatcher } from "undici";
import type { Clock } from "../clock.js";
import { onAbort } from "../on-abort.js";
import { Deadlines } from "./deadlines.js";
import { ResponseCollector, type HttpResponse } from "./response-collector.js";
import { TransportError } from "./transport-error.js";
import { Pool, proxyAgentClass } from "./undici.js";

export interface HttpClientOptions {
  /** Scheme, host and port; a path in it comes before each request's own. */
  readonly baseUrl: string;
  /** Sent with each request; may hold a secret, which no error repeats. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Address of an HTTP proxy, with its credentials if it wants some; connections are tunnelled with CONNECT. */
  readonly proxy?: string;
  /** Connections open at a time, one request on each; more requests wait, and their deadline runs. Default 128. */
  readonly maxConnections?: number;
  /** Default 20,000. */
  readonly attemptTimeoutMs?: number;
}

export interface GetOptions {
  /** Ends the attempt with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called when the request is written to its connection. */
  readonly onSent?: () => void;
  /** Default: the client's `attemptTimeoutMs`. */
  readonly timeoutMs?: number;
  /** A longer body ends the attempt as `too-large`. Default 128 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

export interface HttpClient {
  /**
   * Makes one attempt, with one deadline for the connection, the headers and the whole body. Follows no redirect.
   *
   * Any whole response resolves, whatever its status. Throws `TransportError`, or the signal's reason.
   */
  get(path: string, options?: GetOptions): Promise<HttpResponse>;
  /** Ends all connections; attempts under way end as `closed`. */
  close(): Promise<void>;
}

/** Opens no connection before the first request. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, attemptTimeoutMs = 20_000 } = options;
  const base = new URL(options.baseUrl);
  const pathPrefix = base.pathname.replace(/\/$/, "");
  const throughProxy = options.proxy !== undefined;
  const deadlines = new Deadlines(clock);
  const dispatcher = openDispatcher(base.origin, options, attemptTimeoutMs);

  return {
    get: (path, { signal, onSent, timeoutMs = attemptTimeoutMs, maxBodyBytes = MAX_BODY_BYTES } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const settle = (finish: () => void): void => {
          cancelDeadline();
          forgetSignal();
          finish();
        };
        const collector = new ResponseCollector({
          clock,
          maxBodyBytes,
          throughProxy,
          onSent,
          onResponse: (response) => settle(() => resolve(response)),
          onFailure: (failure) => settle(() => reject(failure)),
        });
        const forgetSignal = onAbort(signal, () => collector.fail(signal?.reason as Error));
        const cancelDeadline = deadlines.add(timeoutMs, () =>
          collector.fail(new TransportError("timeout", { requestSent: collector.requestSent })),
        );
        dispatcher.dispatch(
          {
            origin: base.origin,
            path: pathPrefix + path,
            method: "GET",
            headers: options.headers,
          },
          collector,
        );
      }),
    // Not `close()`, which would wait for the responses that are under way.
    close: () => dispatcher.destroy(),
  };
}

const MAX_BODY_BYTES = 128 * 1024 * 1024;

function openDispatcher(
  origin: string,
  { proxy, maxConnections = 128 }: HttpClientOptions,
  attemptTimeoutMs: number,
): Dispatcher {
  const limits = {
    connections: maxConnections,
    pipelining: 1,
    // undici's own timers start again with each chunk; the deadline of `get` does not.
    headersTimeout: 0,
    bodyTimeout: 0,
    // A connection that hangs must not take the next attempt's time too.
    connectTimeout: Math.min(10_000, attemptTimeoutMs),
  };
  if (proxy === undefined) return new Pool(origin, limits);
  const ProxyAgent = proxyAgentClass();
  return new ProxyAgent({
    ...limits,
    uri: proxy,
    // The tunnel's own request has no deadline of `get`.
    clientFactory: (proxyOrigin, poolOptions) =>
      new Pool(proxyOrigin, { ...poolOptions, headersTimeout: limits.connectTimeout }),
  });
}
