import { expect, test } from "vitest";
import { interruptible } from "../../../src/warehouse/bigquery/interruptible.js";
import type { Load, LoadOptions, StreamScope, Warehouse } from "../../../src/warehouse/warehouse.js";
import { stoppedClock } from "../../runs/stopped-clock.js";

const SCOPE: StreamScope = { sourceSystem: "stripe", connectionName: "c", stream: "things", objectType: "thing" };

/** One that answers when it is told to. */
function slow<T>() {
  let answer: (value: T) => void = () => undefined;
  const answered = new Promise<T>((resolve) => (answer = resolve));
  return { answered, answer: (value: T) => answer(value) };
}

function open(partial: Partial<Warehouse>, access: "read" | "write" = "write") {
  const clock = stoppedClock();
  const stop = new AbortController();
  const pace = { nowMs: clock.monotonicMs, sleep: clock.sleep, random: () => 0 };
  return { clock, stop, warehouse: interruptible(partial as Warehouse, { access, signal: stop.signal, pace }) };
}

const STOP = new Error("stop");

test("what comes before any reading, and what only reads, ends at once", async () => {
  for (const [access, call] of [
    ["write", "newestReadAt"],
    ["read", "countLive"],
  ] as const) {
    const { stop, warehouse } = open({ [call]: () => slow<never>().answered }, access);
    const asked = warehouse[call](SCOPE);
    stop.abort(STOP);
    await expect(asked).rejects.toBe(STOP);
  }
});

test("the end of an interrupted run has some seconds to be told", async () => {
  const append = slow<void>();
  const { stop, clock, warehouse } = open({ appendEvents: () => append.answered });
  stop.abort(STOP);
  const told = warehouse.appendEvents([]);
  clock.advance(3_000);
  append.answer();
  await told;
  const untold = open({ appendEvents: () => slow<void>().answered });
  const telling = untold.warehouse.appendEvents([]);
  untold.stop.abort(STOP);
  untold.clock.advance(4_000);
  await expect(telling).rejects.toBe(STOP);
});

test("a lease that comes when nobody waits for it any more is freed", async () => {
  const beginning = slow<Load>();
  const { stop, warehouse } = open({ beginLoad: () => beginning.answered });
  const deadline = new AbortController();
  const begun = warehouse.beginLoad(SCOPE, { signal: deadline.signal } as LoadOptions);
  stop.abort(STOP);
  deadline.abort(STOP);
  await expect(begun).rejects.toBe(STOP);
  const freed = slow<true>();
  beginning.answer({ [Symbol.asyncDispose]: async () => freed.answer(true) } as unknown as Load);
  expect(await freed.answered).toBe(true);
});

test("all that an interrupted run still waits for ends within nine seconds, the freeing of its lease too", async () => {
  const silent = { appendEvents: () => slow<void>().answered };
  const load = { staged: { rows: 0, sizeBytes: 0 }, [Symbol.asyncDispose]: () => slow<void>().answered };
  const { stop, clock, warehouse } = open({ ...silent, beginLoad: async () => load as unknown as Load });
  const begun = await warehouse.beginLoad(SCOPE, { signal: new AbortController().signal } as LoadOptions);
  stop.abort(STOP);
  // What the commit has taken.
  clock.advance(6_000);
  const telling = warehouse.appendEvents([]);
  clock.advance(3_000);
  await expect(telling).rejects.toBe(STOP);
  const left = begun[Symbol.asyncDispose]();
  clock.advance(0);
  await left;
});
