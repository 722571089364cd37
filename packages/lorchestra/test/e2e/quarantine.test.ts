import { describe, expect, it } from "vitest";
import { createRig, WAREHOUSES } from "./rig.js";

const CUSTOMERS = "stripe_ingest_customers";
const bigQuery = WAREHOUSES.find(({ name }) => name === "bigquery");

/** What a JSON column of BigQuery keeps. */
const KEPT = {
  decimal: '"n":1.230000000000,"s":"1.230000000000"',
  beyond: '"n":9007199254740993,"max":18446744073709551615',
  text: '"s":"😀 zoë \\u0000 \\ud83d\\ude00","nothing":null',
  proto: '"__proto__":{"a":1},"unknown_of_next_year":["x"]',
  deep: `"deep":${'{"d":'.repeat(400)}1${"}".repeat(400)}`,
  large: `"notes":"${"0123456789".repeat(1_000_000)}"`,
} as const;

/** What it would change, or refuse. */
const REFUSED = {
  surrogate: '"s":"\\ud83d"',
  twice: '"a":1,"a":2',
  huge: '"n":1e400',
  digits: '"n":123456789012345678901234567890',
} as const;

describe.skipIf(bigQuery === undefined)("what BigQuery cannot hold", () => {
  it("goes into quarantine as Stripe sent it, with a reason; the rest is stored, and run and verify end with 3", async () => {
    if (bigQuery === undefined) return;
    await using rig = await createRig(bigQuery, {});
    const texts = new Map(
      Object.entries({ ...KEPT, ...REFUSED }).map(([name, members], index) => [
        `cus_${name}`,
        `{"id":"cus_${name}","object":"customer","created":${1_700_000_000 + index},${members},"livemode":true}`,
      ]),
    );
    for (const text of texts.values()) rig.sandbox.put("customer", text);
    const said = await rig.json("run", CUSTOMERS, "--dry-run");
    const { code, document } = await rig.json("run", CUSTOMERS);
    expect([said.code, code]).toEqual([3, 3]);
    expect(said.document.jobs[0]).toMatchObject({ inserted: 6, quarantined: 4 });
    expect(document.jobs[0]).toMatchObject({ status: "completed", records_extracted: 10, inserted: 6, quarantined: 4 });

    const rows = await rig.rows(
      `SELECT external_id, TO_JSON_STRING(payload) AS payload FROM ${rig.dataset}.raw_objects`,
    );
    expect(rows.map((row) => String(row["external_id"])).toSorted()).toEqual(
      Object.keys(KEPT)
        .map((name) => `cus_${name}`)
        .toSorted(),
    );
    for (const row of rows) {
      const sent = JSON.parse(texts.get(String(row["external_id"])) ?? "") as unknown;
      expect(JSON.stringify(JSON.parse(String(row["payload"]))) === JSON.stringify(sent)).toBe(true);
    }
    const kept = await rig.rows(`SELECT idem_key, reason, raw FROM ${rig.dataset}.quarantine ORDER BY idem_key`);
    expect(kept.map((row) => [row["idem_key"], row["raw"]])).toEqual(
      Object.keys(REFUSED)
        .toSorted()
        .map((name) => [`stripe:stripe-mensio:customer:cus_${name}`, texts.get(`cus_${name}`)]),
    );
    for (const row of kept) expect(row["reason"]).not.toBe("");

    const verified = await rig.document("verify", CUSTOMERS);
    expect(verified).toMatchObject({
      code: 3,
      document: { status: "equal", jobs: [{ standings: { equal: 6, quarantined: 4, missing: 0, stale: 0 } }] },
    });
  });
});
