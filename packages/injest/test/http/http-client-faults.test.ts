import type { Socket } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createHttpClient } from "../../src/http/http-client.js";
import { TransportError } from "../../src/http/transport-error.js";
import { ok, startRawServer } from "./raw-server.js";
import { VirtualClock } from "./virtual-clock.js";

const bodyOf = (index: number): string => `${index} ${"x".repeat(100_000)}`;
const givenUp = new Error("given up");

const ANSWERS = {
  whole: (socket: Socket, body: string) => socket.write(ok(body)),
  "in two parts": (socket: Socket, body: string) => {
    socket.write(ok(body).subarray(0, 50_000));
    setImmediate(() => socket.write(ok(body).subarray(50_000)));
  },
  "and close": (socket: Socket, body: string) => socket.end(ok(body, ["connection: close"])),
  reset: (socket: Socket) => socket.resetAndDestroy(),
  "cut off": (socket: Socket, body: string) => socket.end(ok(body).subarray(0, 70_000)),
  "reset amid the body": (socket: Socket, body: string) => {
    socket.write(ok(body).subarray(0, 70_000));
    setImmediate(() => socket.resetAndDestroy());
  },
  nothing: () => undefined,
  nonsense: (socket: Socket) => socket.write("\u0000\u0000\r\n\r\n"),
  "one answer too many": (socket: Socket, body: string) => socket.write(Buffer.concat([ok(body), ok("stale")])),
} satisfies Record<string, (socket: Socket, body: string) => void>;

// Whatever escapes as an uncaught exception or an unhandled rejection fails the run too.
it("settles every attempt exactly as it went, whatever the server does, whenever one is given up or all is closed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          answer: fc.constantFrom(...(Object.keys(ANSWERS) as (keyof typeof ANSWERS)[])),
          /** After so many turns of the event loop. */
          giveUpAfter: fc.option(fc.nat(12), { nil: null }),
          startAfter: fc.nat(10),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      fc.nat(30),
      fc.integer({ min: 1, max: 6 }),
      async (attempts, closeAfter, maxConnections) => {
        const server = await startRawServer((socket, head) => {
          const index = Number(/GET \/(\d+)/.exec(head)?.[1]);
          ANSWERS[attempts[index]?.answer ?? "nothing"](socket, bodyOf(index));
        });
        const clock = new VirtualClock();
        const client = createHttpClient({ baseUrl: server.origin, headers: {}, clock, maxConnections });
        try {
          const outcomes = attempts.map(async ({ giveUpAfter, startAfter }, index) => {
            await turns(startAfter);
            const controller = new AbortController();
            if (giveUpAfter !== null) void turns(giveUpAfter).then(() => controller.abort(givenUp));
            return client.get(`/${index}`, { signal: controller.signal });
          });
          const settled = Promise.allSettled(outcomes);
          await turns(closeAfter);
          await clock.run(closeAfter % 2 === 0 ? 25_000 : 0);
          await client.close();
          (await settled).forEach((outcome, index) => {
            if (outcome.status === "fulfilled") {
              expect(outcome.value.body.toString()).toBe(bodyOf(index));
              expect(["whole", "in two parts", "and close", "one answer too many"]).toContain(attempts[index]?.answer);
            } else if (outcome.reason === givenUp) {
              expect(attempts[index]?.giveUpAfter).not.toBeNull();
            } else {
              expect(outcome.reason).toBeInstanceOf(TransportError);
            }
          });
          expect(clock.sleeping).toBe(0);
        } finally {
          await client.close();
          await server.close();
        }
      },
    ),
    { numRuns: 150 },
  );
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
