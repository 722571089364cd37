import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { VerifyOptions } from "../../src/runs/verify/verify-stream.js";
import { type RunRig, THINGS } from "./run-rig.js";
import { changedPayload, rigOfTwenty, verifyThings } from "./verify-rig.js";

let rig: RunRig;
beforeEach(async () => {
  rig = await rigOfTwenty();
});
afterEach(() => rig[Symbol.asyncDispose]());

const verify = (options: Partial<VerifyOptions> = {}): Promise<StreamVerification> => verifyThings(rig, options);

const payload = (id: string, change: Record<string, unknown>): string => changedPayload(rig, id, change);

describe("verify excuses what the next run brings, and nothing else: it", () => {
  test("calls what changed after the watermark behind, not a fault", async () => {
    rig.source.put("th_20", {});
    rig.source.put("th_1", { amount: 5 });
    rig.source.delete("th_2");
    expect(await verify()).toMatchObject({ status: "equal", standings: { behind: 3, equal: 18 } });
    expect(rig.source.calls.eventPasses).toBe(1);
  });

  test("calls what was created in the watermark's own second behind, and what was before that missing", async () => {
    const second = Date.parse((await verify()).watermark ?? "") / 1000;
    rig.source.put("th_20", { created: second }, { silently: true });
    rig.source.put("th_21", { created: second - 1 }, { silently: true });
    const found = await verify();
    expect(found.findings.map(({ id, standing }) => [id, standing])).toEqual([
      ["th_20", "behind"],
      ["th_21", "missing"],
    ]);
  });

  describe("with rows of another API version", () => {
    const NEXT = "2027-01-01.next";
    const FAULT = { status: "different", standings: { stale: 1, outdated: 0, equal: 19 } };

    test("calls them outdated, no fault, while the next run will read everything in the new one; afterwards at fault, and repairs them", async () => {
      rig.source.apiVersion = NEXT;
      rig.source.put("th_1", { new_field: true }, { silently: true });
      expect(await verify()).toMatchObject({ status: "equal", standings: { outdated: 1, equal: 19 } });
      await rig.run((context) => THINGS.run(context));
      // What is in the new version as it was keeps the row of the old one.
      expect(await rig.rows("SELECT DISTINCT api_version FROM events_dev.raw_objects")).toHaveLength(2);
      rig.source.put("th_2", { amount: 7 }, { silently: true });
      expect(await verify()).toMatchObject({ ...FAULT, findings: [{ id: "th_2", standing: "stale" }] });
      expect(await verify({ repair: true })).toMatchObject({ status: "equal", repair: { repaired: 1, remaining: 0 } });
      expect(await verify()).toMatchObject({ status: "equal", standings: { equal: 20 } });
    });

    test("calls at fault what a window brought in a version that was given up again", async () => {
      const first = rig.source.apiVersion;
      rig.source.apiVersion = NEXT;
      rig.source.put("th_2", { amount: 7 }, { silently: true });
      await rig.run((context) => THINGS.run(context), { since: new Date(0) });
      rig.source.apiVersion = first;
      rig.source.put("th_2", { amount: 8 }, { silently: true });
      expect(await verify()).toMatchObject(FAULT);
    });
  });

  test("calls at fault a payload whose hash is right: no run would write it, whatever it reads", async () => {
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_4", { amount: 7 })} WHERE external_id = 'th_4'`,
    );
    rig.source.put("th_4", {});
    const fault = { status: "different", standings: { stale: 1, behind: 0, outdated: 0, equal: 19 } };
    expect(await verify()).toMatchObject(fault);
    rig.source.apiVersion = "2027-01-01.next";
    expect(await verify()).toMatchObject(fault);
    await rig.run((context) => THINGS.run(context));
    expect(await verify({ repair: true })).toMatchObject({ status: "equal", repair: { repaired: 1, remaining: 0 } });
  });

  test("calls behind what an event names that the next run reads, however old, and at fault what the last run read of one", async () => {
    rig.source.before = () => {
      rig.source.before = () => undefined;
      rig.source.put("th_1", { amount: 5 });
    };
    await rig.run((context) => THINGS.run(context));
    const watermark = Date.parse((await verify()).watermark ?? "");
    // As if the answer had been older than the event.
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_1", { amount: 4 })}, payload_hash = '0' WHERE external_id = 'th_1'`,
    );
    rig.source.put("th_2", { amount: 6 }, { toldAt: new Date(watermark - 60_000) });
    const found = await verify();
    expect(found.findings.map(({ id, standing }) => [id, standing])).toEqual([
      ["th_2", "behind"],
      ["th_1", "stale"],
    ]);
    await rig.run((context) => THINGS.run(context));
    expect(await verify()).toMatchObject({ status: "different", standings: { behind: 0, stale: 1, equal: 19 } });
  });
});
