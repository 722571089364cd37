import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { explainObject } from "../../src/runs/explain.js";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { VerifyOptions } from "../../src/runs/verify/verify-stream.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";
import { verifyThings } from "./verify-rig.js";

const FIELDS = { amount: 5, currency: "cad", lines: { object: "list", data: [{ n: 1 }], has_more: false } };

let rig: RunRig;
beforeEach(async () => {
  rig = runRig({ pageSize: 1_000 });
  for (let n = 0; n < 5; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60, ...FIELDS });
  await rig.run((context) => THINGS.run(context));
  rig.clock.advance(60_000);
});
afterEach(() => rig[Symbol.asyncDispose]());

const verify = (options: Partial<VerifyOptions> = {}): Promise<StreamVerification> => verifyThings(rig, options);

describe("a row that names no object", () => {
  test.each(["''", "NULL"])(
    "whose id is %s is nobody's: no run, and nothing that compares, asks for it",
    async (id) => {
      await rig.tamper(
        `INSERT INTO events_dev.raw_objects SELECT * REPLACE (${id} AS external_id, 'odd' AS idem_key) FROM events_dev.raw_objects WHERE external_id = 'th_0'`,
      );
      rig.source.calls.retrieved.length = 0;
      const rows = await rig.rows("SELECT * FROM events_dev.raw_objects WHERE idem_key = 'odd'");
      const counts = { inserted: 0, updated: 0, unchanged: 5, deleted: 0, stale: 0, error: null };
      expect(await rig.run((context) => THINGS.run(context), { full: true, dryRun: true })).toMatchObject(counts);
      expect(await rig.run((context) => THINGS.run(context), { full: true })).toMatchObject(counts);
      expect(await verify()).toMatchObject({ status: "equal", in_warehouse: 5 });
      expect(await verify({ repair: true })).toMatchObject({ status: "equal", repair: { repaired: 0, remaining: 0 } });
      expect(await verify({ sample: 100_000 })).toMatchObject({ status: "equal", sample: { complete: true, of: 5 } });
      expect(rig.source.calls.retrieved).toEqual([]);
      expect(await rig.rows("SELECT * FROM events_dev.raw_objects WHERE idem_key = 'odd'")).toEqual(rows);
    },
  );
});

describe("a row whose payload is no JSON", () => {
  const money = (warehouse: string): object[] => [{ currency: "cad", in_source: "25", in_warehouse: warehouse }];
  const odd = { id: "th_0", standing: "stale", paths: [""] };

  test.each(['{"id":"th_0', "", "a\u0000b"])("is stale, and repaired: %j", async (payload) => {
    await rig.tamper("ALTER TABLE events_dev.raw_objects ALTER payload TYPE VARCHAR");
    const text = payload
      .split("\u0000")
      .map((part) => `'${part}'`)
      .join(" || chr(0) || ");
    await rig.tamper(`UPDATE events_dev.raw_objects SET payload = ${text} WHERE external_id = 'th_0'`);
    expect(await verify()).toMatchObject({ status: "different", findings: [odd], money: money("20"), error: null });
    expect(await verify({ sample: 5 })).toMatchObject({ status: "different", findings: [odd], error: null });
    const explained = await rig.run((context) => explainObject("th_0", [context]), { access: "read" });
    expect(explained).toMatchObject({ objects: [{ standing: "stale", differences: [""], lists: [] }], errors: [] });
    expect(await verify({ repair: true })).toMatchObject({ status: "equal", repair: { repaired: 1, remaining: 0 } });
    expect(await verify()).toMatchObject({ status: "equal", money: money("25") });
  });

  test("is shown by a dry run as a whole that differs, without what stands there", async () => {
    await rig.tamper("ALTER TABLE events_dev.raw_objects ALTER payload TYPE VARCHAR");
    await rig.tamper("UPDATE events_dev.raw_objects SET payload = 'no JSON' WHERE external_id = 'th_0'");
    rig.source.put("th_0", { amount: 6 });
    const report = await rig.run((context) => THINGS.run(context), { dryRun: true, showValues: true });
    const sample = [{ id: "th_0", action: "update", paths: [""], values: { "": [null, rig.source.json("th_0")] } }];
    expect(report).toMatchObject({ status: "completed", updated: 1, sample, error: null });
  });
});
