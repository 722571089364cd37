import { request } from "node:http";
import type { JsonObject, Sandbox } from "../src/index.js";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body; throws where it is no JSON. */
  readonly json: JsonObject & Body;
}

export interface Body {
  data: (JsonObject & { id: string; created: number | null })[];
  has_more: boolean;
  url: string;
  error: { type: string; code?: string; message: string; param?: string; doc_url?: string; request_log_url: string };
}

/** Sends one GET on a connection of its own, and rejects when the connection ends badly. */
export function get(
  sandbox: Pick<Sandbox, "url" | "key">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  timeoutMs = 5000,
): Promise<Answer> {
  return send("GET", `${sandbox.url}${path}`, { authorization: `Bearer ${sandbox.key}`, ...headers }, "", timeoutMs);
}

export function post(sandbox: Pick<Sandbox, "url">, path: string, body: object): Promise<Answer> {
  return send("POST", `${sandbox.url}${path}`, {}, JSON.stringify(body), 5000);
}

function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          get json() {
            return JSON.parse(text) as JsonObject & Body;
          },
        });
      });
    });
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Reads a list to its end, as a client would, and returns its pages. */
export async function pagesOf(
  sandbox: Pick<Sandbox, "url" | "key">,
  path: string,
  query = "",
  limit = 100,
): Promise<Body["data"][]> {
  const pages: Body["data"][] = [];
  let cursor = "";
  for (;;) {
    const { status, json } = await get(sandbox, `${path}?limit=${limit}${query}${cursor}`);
    if (status !== 200) throw new Error(json.error.message);
    pages.push(json.data);
    if (!json.has_more) return pages;
    cursor = `&starting_after=${json.data.at(-1)?.id}`;
  }
}

export async function idsOf(
  sandbox: Pick<Sandbox, "url" | "key">,
  path: string,
  query = "",
  limit = 100,
): Promise<string[]> {
  return (await pagesOf(sandbox, path, query, limit)).flat().map((object) => object.id);
}
