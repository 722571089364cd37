import { describe, expect, it } from "vitest";
import { Mirror } from "../../src/testing/index.js";
import { change, fill } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;

/** Old enough to be in no list of the next run, but where they are asked for: the sweep begins with the newer ones. */
async function startMirrored(secondsAgo: readonly number[]): Promise<{ rig: Rig; mirror: Mirror; ids: string[] }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  const newer = Array.from({ length: 600 }, (_, index) => now - 3_600 * (index + 24));
  const ids = fill(rig.sandbox, "customer", [...newer, ...secondsAgo.map((ago) => now - 100 * DAY - ago)]).slice(600);
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  rig.clock.advance(DAY * 1000);
  rig.sandbox.requests.clear();
  return { rig, mirror, ids };
}

/** Requests of a run in which these have changed: for single objects, and for lists beside the sweep's and the lookback's. */
async function requestsFor(
  rig: Rig,
  mirror: Mirror,
  ids: readonly string[],
): Promise<{ single: number; list: number }> {
  // After one run the sweep has left the newest end.
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  rig.clock.advance(DAY * 1000);
  rig.sandbox.requests.clear();
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  const quiet = rig.sandbox.requests.endpoints["GET /v1/customers"]?.requests ?? 0;
  for (const id of ids) change(rig.sandbox, "customers", id);
  rig.clock.advance(DAY * 1000);
  rig.sandbox.requests.clear();
  const { upserts } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  for (const id of ids) expect(upserts.get(id)).toBe(1);
  expectTruth(rig, mirror, "customer");
  const { endpoints } = rig.sandbox.requests;
  return {
    single: endpoints["GET /v1/customers/{id}"]?.requests ?? 0,
    list: (endpoints["GET /v1/customers"]?.requests ?? 0) - quiet,
  };
}

describe("objects that the change feed names are read again", () => {
  it("singly, where they are few and far between", async () => {
    const { rig, mirror, ids } = await startMirrored(Array.from({ length: 400 }, (_, index) => 40_000 * index));
    const few = ids.filter((_, index) => index % 40 === 0);
    expect(await requestsFor(rig, mirror, few)).toEqual({ single: few.length, list: 0 });
  });

  it("from a list, where many were created in few seconds", async () => {
    const { rig, mirror, ids } = await startMirrored(Array.from({ length: 450 }, (_, index) => index >> 3));
    const { single, list } = await requestsFor(rig, mirror, ids);
    expect(single).toBe(0);
    expect(list).toBeLessThanOrEqual(10);
  });

  it("by a mix, where there are both", async () => {
    const far = Array.from({ length: 30 }, (_, index) => DAY * (index + 20));
    const { rig, mirror, ids } = await startMirrored([...Array.from({ length: 250 }, (_, index) => index), ...far]);
    const { single, list } = await requestsFor(rig, mirror, ids);
    expect(single + list).toBeLessThan(45);
    expect(list).toBeGreaterThan(0);
  });

  it("singly after all, where a list turns out to be crowded with others", async () => {
    // By the average of the account a list of that hour were short; it holds 3,000 others.
    const { rig, mirror, ids } = await startMirrored(Array.from({ length: 3_000 }, (_, index) => index));
    const few = ids.filter((_, index) => index % 300 === 0);
    const { single, list } = await requestsFor(rig, mirror, few);
    expect(single).toBeLessThanOrEqual(few.length);
    expect(single + list).toBeLessThanOrEqual(2 * few.length + 4);
  });

  it("one by one where a list lacks them: they may be gone", async () => {
    const { rig, mirror, ids } = await startMirrored(Array.from({ length: 200 }, (_, index) => index));
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    for (const id of ids) change(rig.sandbox, "customers", id);
    const gone = ids.slice(50, 53);
    for (const id of gone) rig.sandbox.remove("customer", id);
    rig.clock.advance(DAY * 1000);
    rig.sandbox.requests.clear();
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(deletes.toSorted()).toEqual(gone);
    expect(rig.sandbox.requests.endpoints["GET /v1/customers/{id}"]?.requests).toBeLessThanOrEqual(2 * gone.length);
    expectTruth(rig, mirror, "customer");
  });
});
