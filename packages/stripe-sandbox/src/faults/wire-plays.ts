import type { Fault } from "./fault.js";
import type { FaultPlay, Sending } from "./fault-play.js";

type Of<K extends Fault["kind"]> = Extract<Fault, { kind: K }>;

/** Faults of the body's text and of the way it is sent. */
export const WIRE_PLAYS = {
  "data-not-array": ({ value = '{"0":"not a list"}' }: Of<"data-not-array">): FaultPlay => ({
    body: (text) => replaceData(text, value),
  }),
  "near-json": ({ form = "nan" }: Of<"near-json">): FaultPlay => ({ body: (text) => NEAR_JSON[form](text) }),
  truncated: ({ share = 0.5 }: Of<"truncated">): FaultPlay => ({
    body: (text) => text.slice(0, Math.floor(text.length * share)),
  }),
  "empty-body": (): FaultPlay => ({ body: () => "" }),
  "wrong-content-type": ({ contentType = "text/plain" }: Of<"wrong-content-type">): FaultPlay => ({ contentType }),
  reset: ({ after = "headers" }: Of<"reset">): FaultPlay => ({
    async send(sending) {
      if (after !== "request") await sendPart(sending, after === "headers" ? 0 : after);
      reset(sending);
    },
  }),
  stall: ({ after = "headers", forMs }: Of<"stall">): FaultPlay => ({
    async send(sending) {
      const sent = await sendPart(sending, after === "headers" ? 0 : after);
      await sending.clock.sleep(forMs ?? 2 ** 31 - 1, sending.signal);
      if (!sending.signal.aborted) sending.outgoing.end(sending.body.subarray(sent));
    },
  }),
  trickle: ({ pieceBytes = 16, everyMs = 100 }: Of<"trickle">): FaultPlay => ({
    async send({ outgoing, clock, body, writeHead, signal }) {
      writeHead();
      for (let at = 0; at < body.length && !signal.aborted; at += pieceBytes) {
        outgoing.write(body.subarray(at, at + pieceBytes));
        await clock.sleep(everyMs, signal);
      }
      outgoing.end();
    },
  }),
  refused: ({ forMs = 1000 }: Of<"refused">): FaultPlay => ({
    async send(sending) {
      sending.refuseFor(forMs);
      reset(sending);
    },
  }),
} as const;

const NEAR_JSON = {
  nan: (text: string) => text.replace(/("(?:amount|balance|created|total)":\s*)-?\d+/, "$1NaN"),
  "trailing-comma": (text: string) => text.replace(/(\s*)\}$/, ",$1}"),
  comment: (text: string) => `/* cached */${text}`,
  "single-quotes": (text: string) => text.replaceAll('"', "'"),
} as const;

/** Puts something else in the place of the outermost `data`. */
function replaceData(text: string, value: string): string {
  const list = JSON.parse(text) as Record<string, unknown>;
  if (!("data" in list)) return text;
  const members = Object.entries(list).map(([name, member]) =>
    name === "data" ? `"data":${value}` : `"${name}":${JSON.stringify(member)}`,
  );
  return `{${members.join(",")}}`;
}

/** Sends the headers and a share of the body, and waits until they have left. Returns how many bytes were sent. */
async function sendPart({ outgoing, body, writeHead }: Sending, share: number): Promise<number> {
  writeHead();
  outgoing.flushHeaders();
  const length = Math.floor(body.length * share);
  await new Promise<void>((resolve) => {
    if (length === 0) setImmediate(resolve);
    else outgoing.write(body.subarray(0, length), () => resolve());
  });
  return length;
}

function reset({ outgoing }: Sending): void {
  // A reset (RST) rather than an orderly end (FIN): the client sees ECONNRESET.
  outgoing.socket?.resetAndDestroy();
}
