import type { IncomingHttpHeaders } from "node:http";
import type { FaultPlay } from "../faults/fault-play.js";
import { rateLimited } from "../faults/status-plays.js";
import { randomLetters } from "../ids.js";
import type { ApiContext } from "./api-context.js";
import type { ApiRequest } from "./api-request.js";
import { type Endpoint, unknownEndpoint } from "./endpoints.js";
import type { ApiKey } from "./key-ring.js";
import { checkPermission } from "./permissions.js";
import { type Page, pageBody } from "./page.js";
import { oneOf, readQuery } from "./query.js";
import { errorBody, StripeError } from "./stripe-error.js";
import { checkVersion, NEWEST_VERSION } from "./versions.js";

/** A request as it came in. */
export interface Exchange {
  /** `req_…`, the answer's `Request-Id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Without its `?`. */
  readonly search: string;
  readonly endpoint: Endpoint | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly arrivedMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string;
  /** The page that the body shows, if it shows one. */
  readonly page?: Page;
  /** Says that the request has ended, for limits on requests under way. */
  release(): void;
}

/**
 * Answers a request as Stripe would at the instant it arrived: key, rate limit, version, path, permission,
 * parameters, in this order.
 */
export function answerTo(context: ApiContext, exchange: Exchange, play: FaultPlay): HttpAnswer {
  const { keys, settings } = context;
  const { endpoint, headers, id, arrivedMs: nowMs } = exchange;
  const query = readQuery(exchange.search);
  play.before?.({ key: tryKey(context, headers.authorization), endpoint, cursor: oneOf(query, "starting_after") });

  let version = NEWEST_VERSION;
  let release = (): void => {};
  try {
    const instead = play.instead?.();
    if (instead !== undefined) return { contentType: "application/json", headers: {}, version, release, ...instead };
    const key = keys.authenticate(headers.authorization);
    const { account } = key;
    version = account.apiVersion;
    release = takeTurn(context, key, exchange);
    version = checkVersion(String(headers["stripe-version"] ?? version));
    if (endpoint === undefined) throw unknownEndpoint(exchange.method, exchange.path);
    checkPermission(key, endpoint.permission);

    const plain: ApiRequest = {
      id,
      account,
      version,
      path: exchange.path,
      query,
      nowMs,
      layout: settings.layout,
      ...(settings.volatile ? { signature: () => randomLetters(context.random, 12) } : {}),
    };
    const request = play.request?.(plain) ?? plain;
    const answer = endpoint.answer(request);
    const found = { status: 200, version, headers: {}, contentType: "application/json", release };
    if (answer.kind === "object") return { ...found, body: answer.text };
    const page = play.page?.(answer.page, request, endpoint) ?? answer.page;
    return { ...found, body: pageBody(page, settings.layout), page };
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return {
      status: error.status,
      version,
      headers: error.headers,
      contentType: "application/json",
      body: JSON.stringify(errorBody(error.fields, id, nowMs), null, 2),
      release,
    };
  }
}

function takeTurn({ settings }: ApiContext, key: ApiKey, { endpoint, arrivedMs }: Exchange): () => void {
  const { limiter } = settings;
  if (limiter === undefined) return () => {};
  const { id: accountId, livemode } = key.account;
  const asking = { accountId, livemode, endpoint: endpoint?.name ?? "unknown", nowMs: arrivedMs };
  const reason = limiter.admit(asking);
  if (reason !== undefined) throw rateLimited(reason);
  return () => limiter.release(asking);
}

function tryKey({ keys }: ApiContext, authorization: string | undefined): ApiKey | undefined {
  try {
    return keys.authenticate(authorization);
  } catch (error) {
    if (error instanceof StripeError) return undefined;
    throw error;
  }
}
