import { describe, expect, it } from "vitest";
import type { Batch, Cursor, Stream } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { change, fill, objectJson } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
const MINUTE_MS = 60_000;
/** Neither the lookback nor the sweep of the first few runs lists it: only its event can tell of a change. */
const FAR_DOWN = "customer_000290";

async function startAccount(): Promise<{ rig: Rig; mirror: Mirror }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  fill(
    rig.sandbox,
    "customer",
    Array.from({ length: 300 }, (_, index) => now - 2 * DAY - DAY * index),
  );
  return { rig, mirror: new Mirror() };
}

const run = (rig: Rig, mirror: Mirror): Promise<unknown> => runInto(rig, mirror, streamOf(rig.open(), "customers"));

/** A stream of which each batch is passed to `then` once it is stored; whoever answers true ends it there. */
function watched(stream: Stream<unknown>, then: (batch: Batch<unknown>, index: number) => boolean): Stream<unknown> {
  return {
    ...stream,
    async *read(options) {
      let index = 0;
      for await (const batch of stream.read(options)) {
        yield batch;
        if (then(batch, index++)) return;
      }
    },
  };
}

describe("a change", () => {
  it("whose event comes a quarter of an hour late is read when it has come", async () => {
    const { rig, mirror } = await startAccount();
    await run(rig, mirror);
    rig.clock.advance(DAY * 1000);
    rig.sandbox.events.configure({ lagMs: 14 * MINUTE_MS, seed: 1 });
    change(rig.sandbox, "customers", FAR_DOWN);
    const stored = mirror.rows.get(FAR_DOWN)?.json;
    rig.clock.advance(2 * MINUTE_MS);
    await run(rig, mirror);
    // Else this shows nothing.
    expect(mirror.rows.get(FAR_DOWN)?.json).toBe(stored);
    rig.clock.advance(14 * MINUTE_MS);
    await run(rig, mirror);
    expectTruth(rig, mirror, "customer");
  });

  it("that follows another one, between the answers of a list and of the events, is read", async () => {
    const { rig, mirror } = await startAccount();
    await run(rig, mirror);
    rig.clock.advance(DAY * 1000);
    const shown = "customer_000005";
    change(rig.sandbox, "customers", shown);
    rig.clock.advance(10 * MINUTE_MS);
    // The list shows the first of two changes. The events are answered only at the second attempt, and name both.
    rig.sandbox.faults.add({ match: { path: "/v1/events" }, fault: { kind: "stall" }, times: 1 });
    const again = rig.clock.sleep(5_000).then(() => change(rig.sandbox, "customers", shown));
    await Promise.all([run(rig, mirror), rig.clock.run(again)]);
    expectTruth(rig, mirror, "customer");
  });

  it("amid a run that takes long is read by it, or by the next", async () => {
    const { rig, mirror } = await startAccount();
    await run(rig, mirror);
    rig.clock.advance(DAY * 1000);
    const slow = watched(streamOf(rig.open(), "customers"), (_, index) => {
      if (index > 0) return false;
      rig.clock.advance(2 * MINUTE_MS);
      change(rig.sandbox, "customers", FAR_DOWN);
      rig.clock.advance(20 * MINUTE_MS);
      return false;
    });
    await runInto(rig, mirror, slow);
    rig.clock.advance(DAY * 1000);
    await run(rig, mirror);
    expectTruth(rig, mirror, "customer");
  });

  it("amid a first load is read by the next run, although the account is not known for long", async () => {
    const { rig, mirror } = await startAccount();
    // Nothing is passed on before the account is known: five attempts of 20 s.
    rig.sandbox.faults.add({ match: { path: "/v1/account" }, fault: { kind: "stall" }, times: 5 });
    const changing = rig.clock.sleep(10_000).then(() => change(rig.sandbox, "customers", FAR_DOWN));
    await Promise.all([run(rig, mirror), rig.clock.run(changing)]);
    rig.clock.advance(DAY * 1000);
    await run(rig, mirror);
    expectTruth(rig, mirror, "customer");
  });
});

it("a first load that begins with the newest, and is interrupted amid these, brings the others when it goes on", async () => {
  const { rig, mirror } = await startAccount();
  const firstSince = new Date(rig.clock.now() - 250 * DAY * 1000);
  const stream = watched(streamOf(rig.open(), "customers"), (_, index) => index === 0);
  await runInto(rig, mirror, stream, { firstSince });
  expect(mirror.rows.size).toBeLessThan(250);
  await run(rig, mirror);
  expectTruth(rig, mirror, "customer");
});

it("a first load of which only what has no created is left reads no more again than the oldest second", async () => {
  const { rig, mirror } = await startAccount();
  rig.sandbox.put("customer", objectJson("customer", "undated", null));
  await run(rig, mirror);
  const { oldest, ...cursor } = mirror.cursor as Record<string, Cursor>;
  mirror.cursor = { ...cursor, oldest: oldest ?? null, watermark: null, counted: 300, open: [[null, oldest ?? null]] };
  mirror.rows.delete("undated");
  rig.sandbox.requests.clear();
  await run(rig, mirror);
  expectTruth(rig, mirror, "customer");
  // The oldest, beyond which it stands, and itself.
  expect(rig.sandbox.requests.endpoints["GET /v1/customers"]).toMatchObject({ items: 2 });
});
