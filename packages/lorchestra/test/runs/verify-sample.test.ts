import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { VerifyOptions } from "../../src/runs/verify/verify-stream.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";
import { rigOfTwenty, verifyThings } from "./verify-rig.js";

let rig: RunRig;
beforeEach(async () => {
  rig = await rigOfTwenty();
});
afterEach(() => rig[Symbol.asyncDispose]());

const verify = (options: Partial<VerifyOptions> = {}): Promise<StreamVerification> => verifyThings(rig, options);

describe("verify of a sample", () => {
  /** Always the same draws. */
  const random = (): (() => number) => {
    let state = 7;
    return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  };

  test("of a stream whose list is as short is a comparison of everything, and says so", async () => {
    rig.source.calls.retrieved.length = 0;
    expect(await verify({ sample: 5, random: random() })).toMatchObject({
      status: "equal",
      in_source: 20,
      sample: { complete: true, rows: 20, of: 20, wrong_at_most: 0, listed: 20, missing: 0, missing_at_most: 0 },
    });
    expect(rig.source.calls.retrieved).toEqual([]);
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    expect(await verify({ sample: 5, random: random() })).toMatchObject({
      status: "different",
      findings: [{ id: "th_4", standing: "missing" }],
      sample: { complete: true, missing: 1, missing_at_most: 1 / 20 },
    });
  });

  test("of an empty warehouse finds what is missing, however much it is, with few requests", async () => {
    await using empty = runRig({ pageSize: 100 });
    for (let n = 0; n < 40_000; n += 1) empty.source.put(`th_${n}`, { created: 1_700_000_000 + n });
    const report = await verifyThings(empty, { sample: 10, random: random() });
    expect(report).toMatchObject({ status: "different", sample: { complete: false, of: 0, missing_at_most: 1 } });
    expect(report.sample?.missing).toBeGreaterThan(0);
    expect(report.requests).toBeLessThan(100);
  });

  test("of an account without an object is equal", async () => {
    await using empty = runRig();
    const report = await verifyThings(empty, { sample: 10 });
    expect(report).toMatchObject({ status: "equal", sample: { complete: true, listed: 0 } });
  });

  describe("of a large stream", () => {
    const [FIRST, COUNT, EVERY] = [1_600_000_000, 4_000, 600];
    let many: RunRig;
    beforeEach(async () => {
      many = runRig({ pageSize: 1_000 });
      for (let n = 0; n < COUNT; n += 1) many.source.put(`th_${n}`, { created: FIRST + n * EVERY });
    });
    afterEach(() => many[Symbol.asyncDispose]());
    const sampled = (options: Partial<VerifyOptions> = {}): Promise<StreamVerification> =>
      verifyThings(many, { sample: 20, random: random(), ...options });
    const loaded = async (): Promise<void> => {
      await many.run((context) => THINGS.run(context));
      many.clock.advance(60_000);
    };

    test("is never called equal, and says with what confidence how wrong the rest can be", async () => {
      await loaded();
      many.source.calls.retrieved.length = 0;
      const { status, sample, in_source, requests } = await sampled();
      expect(status).toBe("sampled");
      expect(sample).toMatchObject({ complete: false, rows: 20, of: COUNT, wrong: 0, windows: 20, missing: 0 });
      expect(sample?.wrong_at_most).toBeCloseTo(1 - 0.05 ** (1 / 20), 5);
      expect(sample?.missing_at_most).toBeCloseTo(1 - 0.05 ** (1 / 20), 5);
      expect(sample?.listed).toBeGreaterThan(1_000);
      expect(in_source).toBeLessThan(COUNT);
      expect(many.source.calls.retrieved).toHaveLength(20);
      expect(requests).toBeLessThan(50);
    });

    test("finds that all before the first row is missing, as after a run with --since", async () => {
      const since = new Date((FIRST + 1_000 * EVERY) * 1000);
      await many.run((context) => THINGS.run(context), { since });
      const { status, standings } = await sampled();
      expect(status).toBe("different");
      expect(standings.missing).toBeGreaterThan(0);
    });

    test("finds that all after the last row is missing, as after a run with --until", async () => {
      const until = new Date((FIRST + 3_000 * EVERY) * 1000);
      await many.run((context) => THINGS.run(context), { until });
      expect(await sampled()).toMatchObject({ status: "different" });
    });

    test("lists of a window that holds much more than it was meant to only a part", async () => {
      await loaded();
      for (let n = 0; n < 30_000; n += 1)
        many.source.put(`th_x${n}`, { created: FIRST - 1_000_000 + n }, { silently: true });
      const { status, requests, sample } = await sampled();
      expect(status).toBe("different");
      expect(sample?.listed).toBeLessThan(8_000);
      expect(requests).toBeLessThan(60);
    });

    test("finds a hole in time, and says in how many of the windows something is missing", async () => {
      await loaded();
      await many.tamper(
        `DELETE FROM events_dev.raw_objects WHERE CAST(external_id[4:] AS INTEGER) BETWEEN 1000 AND 1999`,
      );
      const { status, sample } = await sampled();
      expect(status).toBe("different");
      expect(sample?.missing).toBeGreaterThan(0);
      expect(sample?.missing_at_most).toBeGreaterThan(0.2);
    });

    test("stays different after the repair of what it found: the rest was not looked at", async () => {
      await loaded();
      await many.tamper("DELETE FROM events_dev.raw_objects WHERE CAST(external_id[4:] AS INTEGER) % 3 = 0");
      const { status, repair } = await sampled({ repair: true });
      expect(status).toBe("different");
      expect(repair?.repaired).toBeGreaterThan(0);
      expect(repair?.remaining).toBe(0);
    });
  });
});
