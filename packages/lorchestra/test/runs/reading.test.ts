import type { Batch, ReadOptions, Stream } from "injest";
import { describe, expect, test } from "vitest";
import { startReading } from "../../src/runs/read/reading.js";
import { arraySource } from "./array-source.js";

/** A stream whose batches come from a generator: what `reading` does with them is the subject here. */
function streamOf(read: (options: ReadOptions) => AsyncIterable<Batch<unknown>>): Stream<unknown> {
  const { things } = arraySource({ now: () => 0 }).streams;
  if (things === undefined) throw new Error("no stream");
  return { ...things, read: (options = {}) => read(options) };
}

const batch = (cursor: number): Batch<unknown> => ({ changes: [], listed: [], cursor });

async function cursorsOf(batches: AsyncIterable<Batch<unknown>>): Promise<unknown[]> {
  const cursors: unknown[] = [];
  for await (const { cursor } of batches) cursors.push(cursor);
  return cursors;
}

/** Lets everything run that needs no time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("startReading", () => {
  test("reads ahead while a batch is being written, but not without bound", async () => {
    let produced = 0;
    const reading = startReading(
      streamOf(async function* () {
        for (;;) yield batch((produced += 1));
      }),
      {},
    );
    await reading.begun;
    await settle();
    expect(produced).toBeGreaterThan(5);
    expect(produced).toBeLessThan(300);
    await reading.stop();
  });

  test("is no more bytes ahead than it may be", async () => {
    const source = arraySource({ now: () => 1_000_000, pageSize: 1 });
    for (let n = 0; n < 50; n += 1) source.put(`th_${n}`, { created: n, text: "x".repeat(1_000) });
    const { things } = source.streams;
    const reading = startReading(things ?? expect.fail("no stream"), {}, 10_000);
    await reading.begun;
    await settle();
    expect(source.calls.lists).toBeGreaterThan(5);
    expect(source.calls.lists).toBeLessThan(15);
    await reading.stop();
  });

  test("yields what was read completely before a failure, and only then tells the failure", async () => {
    const broken = new Error("broken");
    const reading = startReading(
      streamOf(async function* () {
        yield batch(1);
        yield batch(2);
        throw broken;
      }),
      {},
    );
    expect(await cursorsOf(reading.batches)).toEqual([1, 2]);
    expect(reading.failure).toEqual({ error: broken });
  });

  test("has begun, without a batch, when the reading fails at once", async () => {
    const source = arraySource({ now: () => 0 });
    source.before = () => {
      throw new Error("refused");
    };
    const { things } = source.streams;
    const reading = startReading(things ?? expect.fail("no stream"), {});
    await reading.begun;
    expect(reading.failure).toMatchObject({ error: { message: "refused" } });
  });

  test("stops the source when its batches are left early", async () => {
    let stopped = false;
    const reading = startReading(
      streamOf(async function* ({ signal }) {
        try {
          yield batch(1);
          await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
        } finally {
          stopped = true;
        }
      }),
      {},
    );
    for await (const _ of reading.batches) break;
    expect(stopped).toBe(true);
  });

  test("passes an interruption on to the source", async () => {
    const interruption = new AbortController();
    const reading = startReading(
      streamOf(async function* ({ signal }) {
        yield batch(1);
        await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
      }),
      { signal: interruption.signal },
    );
    await reading.begun;
    interruption.abort(new Error("stop"));
    expect(await cursorsOf(reading.batches)).toEqual([1]);
    expect(reading.failure).toMatchObject({ error: { message: "stop" } });
  });
});
