import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testBigQuery } from "../warehouse/bigquery-emulator.js";
import {
  type Fault,
  type FaultProxy,
  forTheFirst,
  isCommit,
  isLoad,
  refusal,
  startFaultProxy,
} from "../warehouse/bigquery/fault-proxy.js";
import { createRig, type Rig, WAREHOUSES } from "./rig.js";

const CUSTOMERS = "stripe_ingest_customers";
const row = WAREHOUSES.find(({ name }) => name === "bigquery");
const origin = (await testBigQuery())?.origin ?? null;

/** The job takes place, and nobody hears of it. */
const answerIsLost: Fault = async (_, forward) => {
  await forward();
  return "drop" as const;
};

describe.skipIf(row === undefined || origin === null)("a run into a BigQuery in trouble", () => {
  if (row === undefined || origin === null) return;
  let proxy: FaultProxy;
  let rig: Rig;
  beforeAll(async () => {
    proxy = await startFaultProxy(origin);
    rig = await createRig(row);
    rig.env["BIGQUERY_EMULATOR_HOST"] = proxy.host;
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  /** Every row is an object of the account as it is, once; and none is missing unless it may be. */
  async function expectRows(count: number): Promise<void> {
    proxy.faults = [];
    const rows = await rig.rows(
      `SELECT external_id, TO_JSON_STRING(payload) AS payload FROM ${rig.dataset}.raw_objects WHERE object_type = 'customer'`,
    );
    const truth = new Map([...rig.sandbox.truth("customer")].map(({ id, json }) => [id, JSON.parse(json) as unknown]));
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((each) => each["external_id"])).size).toBe(count);
    for (const each of rows)
      expect(JSON.parse(String(each["payload"]))).toEqual(truth.get(String(each["external_id"])));
  }

  it("that refuses for good ends with that error's exit code, and nothing of the commit is there", async () => {
    for (const [reason, status, exit, code] of [
      ["quotaExceeded", 403, 1, "WAREHOUSE_QUOTA"],
      ["accessDenied", 403, 4, "WAREHOUSE_REFUSED"],
    ] as const) {
      proxy.faults = [async (seen) => (isCommit(seen) ? refusal(status, reason) : undefined)];
      const refused = await rig.run("run", CUSTOMERS);
      expect([reason, refused.code]).toEqual([reason, exit]);
      expect(refused.stderr).toMatch(new RegExp(`code ${code} {3}exit ${exit}`));
    }
    await expectRows(0);
  });

  it("that is busy, breaks down, and loses answers is right, and ends with 0", async () => {
    proxy.faults = [
      forTheFirst(1, isLoad, async () => refusal(503, "backendError")),
      forTheFirst(1, isLoad, answerIsLost),
      forTheFirst(1, isCommit, async () => refusal(403, "rateLimitExceeded")),
      forTheFirst(1, isCommit, async () => ({ status: 502, body: "<html>bad gateway</html>" })),
      forTheFirst(1, isCommit, answerIsLost),
    ];
    expect((await rig.json("run", CUSTOMERS)).document).toMatchObject({
      exit_code: 0,
      jobs: [{ status: "completed", inserted: 148, updated: 0 }],
    });
    // Sent three times and more, under one id: so the duplicates were adopted.
    expect(proxy.seen.filter(isLoad).length).toBeGreaterThan(2);
    await expectRows(148);
    expect((await rig.json("run", CUSTOMERS)).document.jobs[0]).toMatchObject({ inserted: 0, updated: 0 });
  });
});
