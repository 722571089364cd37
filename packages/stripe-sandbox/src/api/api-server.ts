import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Fault } from "../faults/fault.js";
import type { FaultPlay, Sending } from "../faults/fault-play.js";
import { playOf } from "../faults/fault-plays.js";
import { randomLetters } from "../ids.js";
import type { ApiContext } from "./api-context.js";
import { answerTo, type Exchange } from "./answer-to.js";
import { findEndpoint } from "./endpoints.js";

/** Serves the API. Requests are answered as they come, each after its own latency: none waits for another. */
export function createApiServer(context: ApiContext): Server {
  return createServer({ keepAlive: true, keepAliveTimeout: 30_000 }, (incoming, outgoing) => {
    const serving = incoming.url?.startsWith("/_sandbox/")
      ? serveControl(context, incoming, outgoing)
      : serve(context, incoming, outgoing);
    serving.catch((error: unknown) => {
      // A defect of the sandbox has to be seen by whoever tests against it.
      if (!outgoing.headersSent) outgoing.writeHead(500, { "Content-Type": "text/plain" });
      outgoing.end(`stripe-sandbox failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
}

async function serve(context: ApiContext, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { clock, faults, settings } = context;
  const { method = "GET", url = "/" } = incoming;
  const queryAt = url.indexOf("?");
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  const exchange: Exchange = {
    id: `req_${randomLetters(context.random, 14)}`,
    method,
    path,
    search: queryAt === -1 ? "" : url.slice(queryAt + 1),
    endpoint: findEndpoint(method, path),
    headers: incoming.headers,
    arrivedMs: clock.now(),
  };
  incoming.resume();
  const endpoint = exchange.endpoint?.name ?? "unknown";
  const fault = faults.take({ ...exchange, endpoint });
  const play = fault === undefined ? {} : playOf(fault);

  const answer = answerTo(context, exchange, play);
  const latencyMs = settings.nextLatencyMs();
  if (latencyMs > 0) await clock.sleep(latencyMs);
  answer.release();
  noteRequest(context, exchange, answer, fault);

  const body = Buffer.from(play.body === undefined ? answer.body : play.body(answer.body));
  const writeHead = (): void => {
    outgoing.writeHead(answer.status, {
      Date: new Date(clock.now()).toUTCString(),
      "Content-Type": play.contentType ?? answer.contentType,
      "Content-Length": body.length,
      "Request-Id": exchange.id,
      "Stripe-Version": answer.version,
      ...answer.headers,
    });
  };
  if (play.send === undefined) {
    writeHead();
    outgoing.end(body);
  } else {
    await sendBadly(context, play.send.bind(play), { outgoing, body, writeHead });
  }
}

async function sendBadly(
  context: ApiContext,
  send: NonNullable<FaultPlay["send"]>,
  sending: Pick<Sending, "outgoing" | "body" | "writeHead">,
): Promise<void> {
  const gone = new AbortController();
  sending.outgoing.once("close", () => gone.abort());
  await send({ ...sending, clock: context.clock, signal: gone.signal, refuseFor: context.refuseFor });
}

function noteRequest(
  { log, settings }: ApiContext,
  exchange: Exchange,
  { status, version, page }: ReturnType<typeof answerTo>,
  fault: Fault | undefined,
): void {
  const { id, arrivedMs, method, path, search, endpoint } = exchange;
  log.add({
    id,
    atMs: arrivedMs,
    method,
    path,
    search: search === "" ? "" : `?${search}`,
    endpoint: endpoint?.name ?? "unknown",
    version,
    status,
    ...(page === undefined ? {} : { items: page.items.length }),
    ...(page === undefined || !settings.recordIds ? {} : { ids: page.ids }),
    ...(fault === undefined ? {} : { fault: fault.kind }),
  });
}

async function serveControl(
  { control }: ApiContext,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { url = "" } = incoming;
  let status = 200;
  let result: unknown;
  try {
    result = await control(url.slice("/_sandbox/".length), Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    status = 400;
    result = { error: error instanceof Error ? error.message : String(error) };
  }
  outgoing.writeHead(status, { "Content-Type": "application/json" });
  outgoing.end(JSON.stringify(result ?? null));
}
