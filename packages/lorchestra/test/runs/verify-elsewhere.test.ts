import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunContext } from "../../src/runs/run-context.js";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { Load, Warehouse } from "../../src/warehouse/warehouse.js";
import { type RunRig, THINGS } from "./run-rig.js";
import { changedPayload, rigOfTwenty } from "./verify-rig.js";

let rig: RunRig;
/** Rows whose payloads were asked for, at each look-up. */
let looked: number[] = [];
beforeEach(async () => {
  rig = await rigOfTwenty();
  looked = [];
});
afterEach(() => rig[Symbol.asyncDispose]());

/** Looks, and commits, where the creation of objects says that their rows are, and nowhere else, as BigQuery does. */
function byCreation(warehouse: Warehouse): Warehouse {
  return {
    ...warehouse,
    capabilities: { ...warehouse.capabilities, rowLookups: "billed" },
    readRows: async (scope, ids, options) => {
      if (options.payload) looked.push(ids.length);
      const rows = await warehouse.readRows(scope, ids, options);
      return rows.filter(({ runId }) => options.created === undefined || runId !== "another");
    },
    beginLoad: async (scope, options) => {
      const load = await warehouse.beginLoad(scope, options);
      const commit: Load["commit"] = (checkpoint, more) => load.commit(checkpoint, { ...more, force: false });
      return Object.create(load, { commit: { value: commit } }) as Load;
    },
  };
}

async function verified(repair: boolean): Promise<StreamVerification | undefined> {
  const work = (context: RunContext) => verifyJobs([{ job: THINGS, context }], { sample: null, repair });
  const { jobs } = await rig.run(work, { wrap: byCreation, access: repair ? "write" : "read" });
  return jobs[0];
}

describe("verify, where look-ups are billed", () => {
  test("finds a second row that lies where the object's creation says that none is, and tells that a repair did not reach it", async () => {
    await rig.tamper(`INSERT INTO events_dev.raw_objects
      SELECT * REPLACE (TIMESTAMP '2001-01-01' AS object_created, 'another' AS run_id) FROM events_dev.raw_objects WHERE external_id = 'th_4'`);
    const found = { status: "different", in_warehouse: 21, standings: { doubled: 1, equal: 19 } };
    expect(await verified(false)).toMatchObject(found);
    expect(looked).toEqual([20, 1]);
    expect(await verified(true)).toMatchObject({ ...found, repair: { repaired: 0, remaining: 1 } });
  });

  test("finds that the only row there is stale, and tells that a repair has written another one beside it", async () => {
    // No commit finds it, as in BigQuery none would by its creation.
    await rig.tamper(`UPDATE events_dev.raw_objects SET object_created = '2001-01-01', run_id = 'another', idem_key = 'another',
      payload = ${changedPayload(rig, "th_4", { amount: 7 })}, payload_hash = 'other' WHERE external_id = 'th_4'`);
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_5'");
    const found = { status: "different", standings: { stale: 1, missing: 1, equal: 18 } };
    expect(await verified(true)).toMatchObject({ ...found, repair: { repaired: 1, remaining: 1 } });
    expect(await verified(false)).toMatchObject({ status: "different", standings: { doubled: 1, equal: 19 } });
  });

  test("finds the only row there, too, and asks for no payload twice where there is none", async () => {
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET object_created = '2001-01-01', run_id = 'another' WHERE external_id = 'th_4'`,
    );
    expect(await verified(false)).toMatchObject({
      status: "equal",
      in_warehouse: 20,
      standings: { missing: 0, equal: 20 },
    });
    await rig.tamper("UPDATE events_dev.raw_objects SET run_id = 'run-1' WHERE external_id = 'th_4'");
    looked = [];
    expect(await verified(false)).toMatchObject({ status: "equal" });
    expect(looked).toEqual([20]);
  });
});
