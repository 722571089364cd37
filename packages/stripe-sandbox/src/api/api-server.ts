import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { SandboxClock } from "../clock.js";
import { randomLetters } from "../ids.js";
import type { JsonLayout } from "../json/write-json.js";
import type { Random } from "../random.js";
import type { ApiRequest } from "./api-request.js";
import { type Answer, findEndpoint, unknownEndpoint } from "./endpoints.js";
import { checkPermission, type KeyRing } from "./key-ring.js";
import { pageBody } from "./page.js";
import { readQuery } from "./query.js";
import type { createRequestLog } from "./request-log.js";
import { errorBody, StripeError } from "./stripe-error.js";
import { checkVersion, NEWEST_VERSION } from "./versions.js";

/** What the server needs to know of its sandbox. */
export interface ApiContext {
  readonly clock: SandboxClock;
  readonly keys: KeyRing;
  readonly log: ReturnType<typeof createRequestLog>;
  readonly random: Random;
  readonly settings: ApiSettings;
}

/** May change while the server runs. */
export interface ApiSettings {
  layout: JsonLayout;
  /** Sign volatile fields anew at each reading. */
  volatile: boolean;
  /** Keep the ids of each page in the log. */
  recordIds: boolean;
}

export function createApiServer(context: ApiContext): Server {
  return createServer({ keepAlive: true, keepAliveTimeout: 30_000 }, (request, response) => {
    void serve(context, request, response);
  });
}

async function serve(context: ApiContext, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { clock, settings } = context;
  const { method = "GET", url = "/" } = incoming;
  const [path = "/", search = ""] = url.split("?", 2);
  const id = `req_${randomLetters(context.random, 14)}`;
  const nowMs = clock.now();
  const endpoint = findEndpoint(method, path);
  let version = NEWEST_VERSION;
  let status = 200;
  let body: string;
  let headers: Readonly<Record<string, string>> = {};
  let answer: Answer | undefined;
  try {
    const key = context.keys.authenticate(incoming.headers.authorization);
    version = key.account.apiVersion;
    version = checkVersion(String(incoming.headers["stripe-version"] ?? version));
    if (endpoint === undefined) throw unknownEndpoint(method, path);
    checkPermission(key, endpoint.permission);
    const request: ApiRequest = {
      id,
      account: key.account,
      version,
      path,
      query: readQuery(search),
      nowMs,
      layout: settings.layout,
      ...(settings.volatile ? { signature: () => randomLetters(context.random, 12) } : {}),
    };
    answer = endpoint.answer(request);
    body = answer.kind === "page" ? pageBody(answer.page, settings.layout) : answer.text;
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    ({ status, headers } = error);
    body = JSON.stringify(errorBody(error.fields, id, nowMs), null, 2);
  }
  incoming.resume();
  const bytes = Buffer.from(body);
  outgoing.writeHead(status, {
    Date: new Date(clock.now()).toUTCString(),
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
    "Request-Id": id,
    "Stripe-Version": version,
    ...headers,
  });
  outgoing.end(bytes);
  const page = answer?.kind === "page" ? answer.page : undefined;
  context.log.add({
    id,
    atMs: nowMs,
    method,
    path,
    search: search === "" ? "" : `?${search}`,
    endpoint: endpoint?.name ?? "unknown",
    version,
    status,
    ...(page === undefined ? {} : { items: page.items.length }),
    ...(page === undefined || !settings.recordIds ? {} : { ids: page.ids }),
  });
}
