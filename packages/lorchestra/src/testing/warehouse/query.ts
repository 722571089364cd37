import assert from "node:assert/strict";
import type { JsonValue } from "injest";
import { sampleEvent } from "../sample-event.js";
import { at, upsert } from "../changes.js";
import { collect, commitChanges, type WarehouseContext, asText } from "../warehouse-context.js";
import type { Warehouse } from "../../warehouse/warehouse.js";

export function testQuery({ test }: WarehouseContext): void {
  test("names the columns, and gives each value as JSON", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const sql = `SELECT 1 AS small, 9007199254740991 AS edge, 9007199254740993 AS large, 1.5 AS fraction, 'ü' AS text,
      TRUE AS yes, NULL AS nothing, TIMESTAMP '2025-01-02 03:04:05+00' AS instant, DATE '2025-01-02' AS day`;
    const result = await warehouse.query(sql, { dialect: "native" });
    assert.deepEqual(
      result.columns.map((column) => column.name),
      ["small", "edge", "large", "fraction", "text", "yes", "nothing", "instant", "day"],
    );
    assert.ok(result.columns.every((column) => column.type.length > 0));
    const [row] = await collect(result.rows);
    const instant = row?.[7];
    assert.match(asText(instant), /^2025-01-02T03:04:05(\.0+)?Z$/);
    assert.deepEqual(row?.toSpliced(7, 1), [
      1,
      9007199254740991,
      "9007199254740993",
      1.5,
      "ü",
      true,
      null,
      "2025-01-02",
    ]);
  });

  test("gives JSON columns as their text and instants in UTC", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(1.5), value: "v" })]);
    const rows = await all(warehouse, `SELECT payload, last_seen FROM ${place.tableName("raw_objects")}`);
    assert.equal((JSON.parse(asText(rows[0]?.[0])) as { value: string }).value, "v");
    assert.equal(new Date(asText(rows[0]?.[1])).getTime(), at(1.5).getTime());
    assert.match(asText(rows[0]?.[1]), /Z$/);
  });

  test("gives civil times without a zone, because they are no instants", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(0) })]);
    const civil = "DATETIME(TIMESTAMP '2026-11-29 12:00:00+00', 'America/Toronto')";
    const sql = `SELECT ${civil} AS one, [${civil}] AS several, STRUCT(1 AS n, ${civil} AS civil) AS inside,
      TIMESTAMP '2026-11-29 12:00:00+00' AS instant, last_seen, last_seen AS seen_again, DATETIME(last_seen) AS seen
      FROM \`${place.tableName("raw_objects")}\``;
    const [row] = await all(warehouse, sql, "bigquery");
    const withoutFraction = JSON.stringify(row).replaceAll(/\.0+(?=Z?")/g, "");
    const seen = at(0).toISOString().slice(0, 19);
    assert.deepEqual(JSON.parse(withoutFraction), [
      "2026-11-29T07:00:00",
      ["2026-11-29T07:00:00"],
      { n: 1, civil: "2026-11-29T07:00:00" },
      "2026-11-29T12:00:00Z",
      `${seen}Z`,
      `${seen}Z`,
      seen,
    ]);
  });

  test("puts values in the place of ?", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const result = await warehouse.query("SELECT ? AS text, ? AS number, ? AS yes", {
      dialect: "native",
      parameters: ["it's", 42, true],
    });
    assert.deepEqual(await collect(result.rows), [["it's", 42, true]]);
  });

  test("refuses what is no SQL", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    for (const dialect of ["bigquery", "native"] as const) {
      await assert.rejects(warehouse.query("SELEKT 1", { dialect }), (error: { code?: string; message: string }) => {
        assert.equal(error.code, "SQL_INVALID", error.message);
        return true;
      });
    }
  });

  test("runs the seed's validation queries as they stand", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const scope = (objectType: string) => ({
      sourceSystem: "stripe",
      connectionName: "stripe-mensio",
      stream: `${objectType}s`,
      objectType,
    });
    await commitChanges(warehouse, [upsert("cus_1"), upsert("cus_2")], { scope: scope("customer") });
    await commitChanges(warehouse, [upsert("re_1")], { scope: scope("refund") });
    await warehouse.appendEvents([
      sampleEvent("e1", {
        event_type: "ingest.completed",
        payload: { records_extracted: 2, inserted: 1 },
        created_at: at(1),
      }),
      sampleEvent("e2", { event_type: "upsert.completed", payload: { inserted: 1 }, created_at: at(2) }),
    ]);
    const objects = `SELECT source_system, connection_name, object_type, COUNT(*) as count
FROM \`events_dev.raw_objects\`
WHERE source_system = 'stripe'
GROUP BY 1, 2, 3
ORDER BY 3;`;
    assert.deepEqual(
      await all(warehouse, objects.replace("events_dev.raw_objects", place.tableName("raw_objects")), "bigquery"),
      [
        ["stripe", "stripe-mensio", "customer", 2],
        ["stripe", "stripe-mensio", "refund", 1],
      ],
    );
    const events = `SELECT event_type, source_system, connection_name, target_object_type,
       JSON_EXTRACT_SCALAR(payload, '$.records_extracted') as records,
       JSON_EXTRACT_SCALAR(payload, '$.inserted') as inserted
FROM \`events_dev.event_log\`
WHERE source_system = 'stripe'
ORDER BY created_at DESC
LIMIT 10;`;
    assert.deepEqual(
      await all(warehouse, events.replace("events_dev.event_log", place.tableName("event_log")), "bigquery"),
      [
        ["upsert.completed", "stripe", "stripe-acme", "thing", null, "1"],
        ["ingest.completed", "stripe", "stripe-acme", "thing", "2", "1"],
      ],
    );
  });

  async function all(
    warehouse: Warehouse,
    sql: string,
    dialect: "native" | "bigquery" = "native",
  ): Promise<(readonly JsonValue[])[]> {
    return await collect((await warehouse.query(sql, { dialect })).rows);
  }
}
