import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the proxy has seen it. */
export interface SeenRequest {
  readonly method: string;
  /** Below /bigquery/v2/projects/{project}/, without the query. */
  readonly path: string;
  readonly isUpload: boolean;
  readonly text: string;
  /** The id of the job that it starts; "" for all else. */
  readonly jobId: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What happens to a request in place of being passed on; `undefined` lets the next rule decide. */
export type Fault = (
  seen: SeenRequest,
  forward: () => Promise<Answer>,
) => Promise<Answer | "drop" | undefined> | undefined;

/** Stands between a warehouse and the emulator, writes down what passes, and spoils what its faults choose. */
export interface FaultProxy extends AsyncDisposable {
  /** As BIGQUERY_EMULATOR_HOST takes it. */
  readonly host: string;
  readonly seen: readonly SeenRequest[];
  faults: Fault[];
  /** Whether a fault has given an answer since this was last asked: no server works on anything that is worth waiting for. */
  hasSpoilt(): boolean;
}

export async function startFaultProxy(origin: string, ...faults: Fault[]): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  const proxy = { faults, hasSpoilt: false };
  const server = createServer((incoming, outgoing) => {
    // Whoever was killed amid a request waits for no answer.
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const request = describe(incoming, body);
    seen.push(request);
    const forward = (): Promise<Answer> => send(origin, incoming, body);
    let answer: Answer | "drop" | undefined;
    for (const fault of proxy.faults) answer ??= await fault(request, forward);
    proxy.hasSpoilt ||= answer !== undefined;
    answer ??= await forward();
    if (answer === "drop") {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    seen,
    get faults() {
      return proxy.faults;
    },
    set faults(next) {
      proxy.faults = next;
    },
    hasSpoilt: () => {
      const { hasSpoilt } = proxy;
      proxy.hasSpoilt = false;
      return hasSpoilt;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error body as BigQuery sends it. */
export function refusal(status: number, reason: string, message = `told to say ${reason}`): Answer {
  return {
    status,
    body: JSON.stringify({ error: { code: status, message, errors: [{ reason, message, domain: "global" }] } }),
  };
}

/** A job that has failed. */
export function doneJob(jobId: string, reason: string): Answer {
  const error = { reason, message: `told to say ${reason}` };
  return {
    status: 200,
    body: JSON.stringify({ jobReference: { jobId }, status: { state: "DONE", errorResult: error, errors: [error] } }),
  };
}

export function runningJob(jobId: string): Answer {
  return { status: 200, body: JSON.stringify({ jobReference: { jobId }, status: { state: "RUNNING" } }) };
}

/** The first such job runs, and seems to run for ever. */
export function neverSeenToEnd(matches: (seen: SeenRequest) => boolean): Fault[] {
  const hidden = new Set<string>();
  return [
    forTheFirst(1, matches, async (seen, forward) => {
      await forward();
      hidden.add(seen.jobId);
      return runningJob(seen.jobId);
    }),
    async ({ path }) => {
      const [, jobId = ""] = path.split("/");
      return hidden.has(jobId) ? runningJob(jobId) : undefined;
    },
  ];
}

/** A fault for the first `times` requests that match. */
export function forTheFirst(times: number, matches: (seen: SeenRequest) => boolean, fault: Fault): Fault {
  let left = times;
  return (seen, forward) => {
    if (left === 0 || !matches(seen)) return undefined;
    left -= 1;
    return fault(seen, forward);
  };
}

export const isCommit = (seen: SeenRequest): boolean => seen.method === "POST" && seen.jobId.includes("_commit_");
export const isLoad = (seen: SeenRequest): boolean => seen.isUpload;

/** Whether a request only reads: a GET, a single SELECT, or a statement that is only explained. */
export function isHarmless(seen: SeenRequest): boolean {
  if (seen.method === "GET") return true;
  if (seen.method !== "POST" || seen.path !== "jobs" || seen.isUpload) return false;
  const { configuration } = JSON.parse(seen.text) as {
    configuration: { dryRun?: boolean; query?: { query: string }; load?: unknown };
  };
  if (configuration.query === undefined || configuration.load !== undefined) return false;
  return configuration.dryRun === true || /^SELECT\b[^;]*$/.test(configuration.query.query);
}

function describe(incoming: IncomingMessage, body: Buffer): SeenRequest {
  const url = new URL(incoming.url ?? "/", "http://proxy");
  const match = /^(?<upload>\/upload)?\/bigquery\/v2\/projects\/[^/]+\/(?<path>.*)$/.exec(url.pathname);
  const text = body.toString("utf8");
  return {
    method: incoming.method ?? "",
    path: match?.groups?.["path"] ?? url.pathname,
    isUpload: match?.groups?.["upload"] !== undefined,
    text,
    jobId: /"jobId":"(?<id>[^"]+)"/.exec(text)?.groups?.["id"] ?? "",
  };
}

function send(origin: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { "transfer-encoding": _, connection: __, ...headers } = incoming.headers;
    const outgoing = httpRequest(new URL(incoming.url ?? "/", origin), {
      method: incoming.method,
      headers: { ...headers, "content-length": body.length },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    });
    outgoing.end(body);
  });
}
