import { type Cursor, stripeSource } from "injest";
import { type Latency, scale, startSandbox } from "stripe-sandbox";
import { expect, it } from "vitest";
import { createRandom } from "../../src/testing/random.js";
import { installMemoryNetwork } from "./memory-network.js";
import { VirtualTime } from "./virtual-time.js";

const COUNT = 50_000_000;
const PAGES = 220;
const TIMEOUT_MS = 240_000;

/** Answers that take long, some of them very long: as many ranges as ever are under way, and none of them is done. */
const SLOW: Latency = { medianMs: 4_000, sigma: 1, seed: 1 };

it(
  "a backfill of fifty million objects has no checkpoint of 64 KB, however often it is interrupted when the checkpoint is largest",
  async () => {
    const time = new VirtualTime(Date.UTC(2026, 0, 1));
    installMemoryNetwork(() => time.touch());
    await using sandbox = await startSandbox({
      clock: { now: () => time.nowMs, sleep: (ms, signal) => time.sleep(ms, signal).catch(() => undefined) },
      scenario: scale({ count: COUNT, shape: "clustered", objectTypes: ["payment_intent"] }),
      rateLimits: "off",
      latency: SLOW,
    });
    const random = createRandom(1);
    const open = () =>
      stripeSource({
        apiKey: sandbox.key,
        apiBase: sandbox.url,
        clock: time.clock(0),
        random: () => random.integer(1_000_000) / 1_000_000,
        share: 1,
      });

    const sizes: number[] = [];
    let cursor: Cursor | undefined;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const source = open();
      const largest = await time.until(largestCursor(source, cursor), 3_600_000);
      await source.close();
      cursor = largest;
      sizes.push(sizeOf(largest));
    }
    const mostBytes = Math.max(...sizes);
    // Else nothing was asked of it.
    expect(mostBytes).toBeGreaterThan(20_000);
    expect(mostBytes, `largest by attempt: ${sizes.join(", ")} bytes`).toBeLessThan(64 * 1024);
  },
  TIMEOUT_MS,
);

/** Reads some pages, and keeps of all cursors the one that a crash would make the worst. */
async function largestCursor(source: ReturnType<typeof stripeSource>, from: Cursor | undefined): Promise<Cursor> {
  const stream = source.streams["payment_intents"];
  if (stream === undefined) throw new Error("there are no payment intents");
  let largest: Cursor = null;
  let pages = 0;
  for await (const { cursor } of stream.read(from === undefined ? {} : { cursor: from })) {
    if (sizeOf(cursor) > sizeOf(largest)) largest = cursor;
    if ((pages += 1) === PAGES) break;
  }
  return largest;
}

function sizeOf(cursor: Cursor): number {
  return Buffer.byteLength(JSON.stringify(cursor));
}
