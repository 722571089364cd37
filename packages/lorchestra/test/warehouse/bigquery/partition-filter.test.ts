import { describe, expect, it, onTestFinished, vi } from "vitest";
import { upsert } from "../../../src/testing/changes.js";
import { sampleEvent } from "../../../src/testing/sample-event.js";
import { commitChanges, failure } from "../../../src/testing/warehouse-context.js";
import { TABLES } from "../../../src/warehouse/tables.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace } from "../bigquery-places.js";

vi.setConfig({ testTimeout: 120_000 });

const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("a table whose queries must name partitions", () => {
  it.each([
    ["raw_objects", "first_seen"],
    ["event_log", "created_at"],
  ] as const)("is refused, by `check` too, with the statement that makes it fit: %s", async (name, partitionBy) => {
    if (bigQuery === null) return;
    const place = await newPlace(bigQuery, "partition_filter");
    onTestFinished(() => place.remove());
    const columns = TABLES[name].columns.map((column) => `${column.name} ${column.type}`);
    await place.execute(`CREATE TABLE \`${place.tableName(name)}\` (${columns.join(", ")})
PARTITION BY DATE(${partitionBy}) OPTIONS (require_partition_filter = TRUE)`);
    await using warehouse = await place.open();
    await using reading = await place.open({ access: "read" });
    for (const refused of [() => warehouse.prepare(), () => reading.exists()]) {
      const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", refused);
      expect(error.message).toContain(`${name} wants each query to name the partitions that it reads`);
      expect(error.hint).toMatch(/: ALTER TABLE .* SET OPTIONS \(require_partition_filter = FALSE\)$/);
    }
    expect(await place.tables()).toEqual([name]);
    const { hint } = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => warehouse.prepare());
    await place.execute(hint.slice(hint.indexOf("ALTER TABLE")));
    await warehouse.prepare();
    expect(await commitChanges(warehouse, [upsert("a")])).toMatchObject({ inserted: 1 });
    await warehouse.appendEvents([sampleEvent("e")]);
  });
});
