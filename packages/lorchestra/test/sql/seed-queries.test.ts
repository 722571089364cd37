import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryRig, type QueryRig } from "./query-rig.js";
import { loadSampleAccount } from "./sample-account.js";

describe("the seed's validation queries, as they stand", () => {
  let rig: QueryRig;
  beforeAll(async () => {
    rig = await queryRig();
    await loadSampleAccount(rig, "TIMESTAMPTZ");
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it("counts the objects of each type", async () => {
    const rows = await rig.rows(`
SELECT source_system, connection_name, object_type, COUNT(*) as count
FROM \`events_dev.raw_objects\`
WHERE source_system = 'stripe'
GROUP BY 1, 2, 3
ORDER BY 3;
`);
    expect(rows).toEqual([
      { source_system: "stripe", connection_name: "stripe-mensio", object_type: "customer", count: 4 },
      { source_system: "stripe", connection_name: "stripe-mensio", object_type: "invoice", count: 6 },
      { source_system: "stripe", connection_name: "stripe-mensio", object_type: "payment_intent", count: 7 },
      { source_system: "stripe", connection_name: "stripe-mensio", object_type: "refund", count: 2 },
    ]);
  });

  it("shows the newest telemetry events with their counts as text", async () => {
    const rows = await rig.rows(`
SELECT event_type, source_system, connection_name, target_object_type,
       JSON_EXTRACT_SCALAR(payload, '$.records_extracted') as records,
       JSON_EXTRACT_SCALAR(payload, '$.inserted') as inserted
FROM \`events_dev.event_log\`
WHERE source_system = 'stripe'
ORDER BY created_at DESC
LIMIT 10;
`);
    expect(rows).toEqual([
      {
        event_type: "ingest.completed",
        source_system: "stripe",
        connection_name: "stripe-mensio",
        target_object_type: "invoice",
        records: "6",
        inserted: "6",
      },
      {
        event_type: "ingest.completed",
        source_system: "stripe",
        connection_name: "stripe-mensio",
        target_object_type: "customer",
        records: "3",
        inserted: "3",
      },
    ]);
  });
});
