import { expect, it } from "vitest";
import { testOpenOptions } from "../../../src/testing/index.js";
import { at, upsert } from "../../../src/testing/changes.js";
import { collect, commitChanges, counts, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { open } from "../../../src/warehouse/duckdb/index.js";
import { askFile, executeSql, placeOfTest } from "../duckdb-places.js";

// As in DuckDB itself: https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers#case-sensitivity-of-identifiers
const IN_CAPITALS = "duckdb:./test.duckdb?schema=EVENTS_DEV";

it("a schema is the same however its letters are written", async () => {
  const place = placeOfTest();
  {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")], { checkpoint: { cursor: 1, runId: "run-1" } });
  }
  const address = { ...place.address, url: IN_CAPITALS };
  {
    await using warehouse = await open(address, testOpenOptions({ access: "read" }));
    expect(await warehouse.readCheckpoint(THINGS)).toMatchObject({ cursor: 1 });
    expect(await collect(warehouse.scanRows(THINGS, { payload: true }))).toHaveLength(1);
    const { rows } = await warehouse.query("SELECT external_id FROM raw_objects");
    expect(await collect(rows)).toEqual([["a"]]);
  }
  await using warehouse = await open(address, testOpenOptions());
  await warehouse.prepare();
  const changes = [upsert("a", { readAt: at(1), value: 2 }), upsert("b", { readAt: at(1) })];
  expect(await commitChanges(warehouse, changes)).toEqual(counts({ staged: 2, inserted: 1, updated: 1 }));
});

it("a table of an earlier tool is taken over however its names are written", async () => {
  const place = placeOfTest();
  await executeSql(
    place.path,
    `CREATE TABLE events_dev."RAW_OBJECTS" AS
     SELECT 'stripe:stripe-acme:thing:' || range AS "IDEM_KEY", 'stripe' AS "SOURCE_SYSTEM", 'stripe-acme' AS "CONNECTION_NAME",
       'thing' AS "OBJECT_TYPE", 'v0' AS "SCHEMA_REF", range::VARCHAR AS "EXTERNAL_ID",
       ('{"id":"' || range || '","created":' || (1600000000 + range) || '}')::JSON AS "PAYLOAD",
       TIMESTAMP '2024-01-01' AS "FIRST_SEEN", TIMESTAMP '2024-01-01' AS "LAST_SEEN", 'theirs' AS "Own"
     FROM range(20000)`,
  );
  const rows =
    "SELECT count(*), count(DISTINCT idem_key), count(*) FILTER (own = 'theirs') FROM events_dev.raw_objects";
  {
    await using reader = await place.open({ access: "read" });
    expect(await reader.countLive(THINGS)).toBe(20_000);
  }
  {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([
      upsert("7", { readAt: at(1), created: 1_600_000_007 }),
      upsert("new", { readAt: at(1), created: 1_600_000_007 }),
    ]);
    expect(await load.commit(null)).toEqual(counts({ staged: 2, inserted: 1, updated: 1 }));
    expect(await collect(warehouse.liveIds(THINGS, [{ from: 1_600_000_007, until: 1_600_000_008 }]))).toHaveLength(2);
  }
  expect(await askFile(place.path, rows)).toEqual([["20001", "20001", "20000"]]);
});
