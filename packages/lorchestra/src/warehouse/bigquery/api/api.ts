import { ApiError, isTransient } from "./api-error.js";
import { backoffMs, type Pace } from "./pace.js";
import type { ApiAnswer, ApiRequest, Transport } from "./transport.js";

/** BigQuery's API with retries: requests that may be sent again are, until they are answered or their time is up. */
export interface Api {
  /**
   * Sends a request, again and again while its failure is transient. Only for requests that may arrive twice: reads,
   * jobs with an id, and creations and deletions whose 409 and 404 the caller takes as done.
   * Throws `ApiError`: the last failure.
   */
  call<T>(request: CallOptions): Promise<T>;
  /** As `call`, with the server's clock. */
  callWithClock(request: CallOptions): Promise<{ readonly body: unknown; readonly serverNowMs: number }>;
}

export interface CallOptions extends Omit<ApiRequest, "timeoutMs"> {
  /** For one attempt. Default: 30 s. */
  readonly timeoutMs?: number;
  /** For all attempts together. Default: 120 s. */
  readonly deadlineMs?: number;
  /**
   * BigQuery has told of what is asked for, so that a 404 is one that passes
   * (https://github.com/googleapis/python-bigquery/issues/2134): asked again, and a "timeout" in the end. Default: false.
   */
  readonly isKnown?: boolean;
}

export interface ApiOptions {
  readonly transport: Transport;
  readonly pace: Pace;
  /** "read": a request that could change something is a defect, and is not sent. */
  readonly access: "read" | "write";
}

export function createApi(options: ApiOptions): Api {
  const { transport, pace, access } = options;

  async function attempt(request: CallOptions): Promise<ApiAnswer> {
    if (access === "read" && !readsOnly(request)) {
      throw new Error(`a read-only warehouse must not send ${request.method} ${request.path}`);
    }
    const startedAt = pace.nowMs();
    const { timeoutMs = 30_000, deadlineMs = 120_000 } = request;
    for (let failures = 0; ; failures += 1) {
      const leftMs = deadlineMs - (pace.nowMs() - startedAt);
      try {
        return await transport({ ...request, timeoutMs: Math.max(1, Math.ceil(Math.min(timeoutMs, leftMs))) });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const isHidden = request.isKnown === true && error.reason === "notFound";
        if (!isHidden && !isTransient(error)) throw error;
        const delayMs = backoffMs(failures, pace.random());
        if (pace.nowMs() - startedAt + delayMs >= deadlineMs) throw isHidden ? hidden(request, error) : error;
        await pace.sleep(delayMs, request.signal);
      }
    }
  }

  return {
    call: async <T>(request: CallOptions) => (await attempt(request)).body as T,
    callWithClock: async (request) => {
      const { body, serverNowMs } = await attempt(request);
      return { body, serverNowMs: serverNowMs ?? Date.now() };
    },
  };
}

function hidden(request: CallOptions, cause: ApiError): ApiError {
  return new ApiError("timeout", `BigQuery no longer finds ${request.path}, which it has taken`, { cause });
}

/** Queries pass too: that they are SELECTs is what the statements of a read-only warehouse are checked for. */
function readsOnly(request: CallOptions): boolean {
  if (request.method === "GET") return true;
  const configuration = (request.json as { configuration?: { query?: unknown; load?: unknown } } | undefined)
    ?.configuration;
  const isQuery = request.path === "jobs" && configuration?.query !== undefined && configuration.load === undefined;
  return request.method === "POST" && (isQuery || /^jobs\/[^/]+\/cancel$/.test(request.path));
}
