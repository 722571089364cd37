import assert from "node:assert/strict";
import { TABLES, type TableName } from "../../warehouse/tables.js";
import { at, CREATED, upsert } from "../changes.js";
import {
  assertSameRows,
  collect,
  commitChanges,
  commitPiece,
  counts,
  failure,
  loadOptions,
  readTable,
  THINGS,
  type WarehouseContext,
} from "../warehouse-context.js";
import { createSeedTables, SEED_ROWS } from "./seed-tables.js";

const TABLE_NAMES = Object.keys(TABLES) as TableName[];

export function testPrepare({ harness, test }: WarehouseContext): void {
  test("makes every table with all of its columns, in order", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    for (const table of TABLE_NAMES) {
      const result = await warehouse.query(`SELECT * FROM ${place.tableName(table)}`, { dialect: "native" });
      assert.deepEqual(
        result.columns.map((column) => column.name),
        TABLES[table].columns.map((column) => column.name),
      );
    }
  });

  test("changes nothing when nothing is missing", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a"), upsert("b")], { checkpoint: { cursor: 1, runId: "run-1" } });
    const before = [await readTable(warehouse, place, "raw_objects"), await readTable(warehouse, place, "checkpoints")];
    await warehouse.prepare();
    assert.deepEqual(
      [await readTable(warehouse, place, "raw_objects"), await readTable(warehouse, place, "checkpoints")],
      before,
    );
  });

  test("extends tables of the seed's columns in place, and their rows survive", async (place) => {
    await createSeedTables(place);
    await using warehouse = await place.open();
    await warehouse.prepare();
    const nothing = {
      payload_hash: null,
      deleted_at: null,
      api_version: null,
      run_id: null,
      request_id: null,
      listed_hash: null,
    };
    const rows = await readTable(warehouse, place, "raw_objects");
    // What `object_created` holds for rows of an earlier tool is the warehouse's own affair: it can be derived.
    assertSameRows(
      harness,
      rows.map((row) => ({ ...row, object_created: null })),
      SEED_ROWS.map((row) => ({ ...row, ...nothing, object_created: null })),
    );
    const events = await readTable(warehouse, place, "event_log");
    assert.deepEqual(
      events.map((event) => [event["event_id"], event["created_at"], event["payload"]]),
      [["evt-1", at(5).toISOString(), '{"records_extracted":3}']],
    );
  });

  test("loads into tables of the seed's columns", async (place) => {
    await createSeedTables(place);
    await using warehouse = await place.open();
    await warehouse.prepare();
    const result = await commitChanges(warehouse, [
      upsert("thing_1", { readAt: at(100), value: "newer" }),
      upsert("thing_2", { readAt: at(1), created: CREATED + 500 }),
      upsert("thing_4", { readAt: at(100) }),
      upsert("thing_5", { readAt: at(100), created: CREATED + 500 }),
      upsert("thing_9", { readAt: at(100) }),
    ]);
    assert.deepEqual(result, counts({ staged: 5, inserted: 1, updated: 3, stale: 1 }));
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual(
      rows.map((row) => [row["external_id"], row["first_seen"], row["last_seen"]]),
      [
        ["thing_1", at(10).toISOString(), at(100).toISOString()],
        ["thing_2", at(10).toISOString(), at(20).toISOString()],
        ["thing_3", at(10).toISOString(), at(20).toISOString()],
        ["thing_4", at(10).toISOString(), at(100).toISOString()],
        ["thing_5", at(10).toISOString(), at(100).toISOString()],
        ["thing_6", at(10).toISOString(), at(20).toISOString()],
        ["thing_9", at(100).toISOString(), at(100).toISOString()],
      ],
    );
  });

  test("takes tables whose columns another hand has put in another order, in other letters", async (place) => {
    for (const { name, columns } of Object.values(TABLES)) {
      const theirs = columns.map((column) => `${column.name.toUpperCase()} ${column.type}`).toReversed();
      await place.execute(`CREATE TABLE ${place.tableName(name)} (${theirs.join(", ")})`);
    }
    await using warehouse = await place.open();
    await warehouse.prepare();
    const checkpoint = { cursor: 1, runId: "run-1" };
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a"), upsert("b")], { checkpoint }),
      counts({ staged: 2, inserted: 2 }),
    );
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a"), upsert("b", { readAt: at(5), value: 2 })]),
      counts({ staged: 2, updated: 1, unchanged: 1 }),
    );
    assert.equal((await warehouse.readCheckpoint(THINGS))?.cursor, 1);
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(5));
    const rows = await warehouse.readRows(THINGS, ["a", "b"], { payload: true });
    assert.deepEqual(
      new Set(rows.map((row) => `${row.externalId} ${row.lastSeen.toISOString()}`)),
      new Set([`a ${at(0).toISOString()}`, `b ${at(5).toISOString()}`]),
    );
  });

  test("finds rows of unknown creation by their keys, in each commit of a load", async (place) => {
    await createSeedTables(place);
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    assert.deepEqual(
      await commitPiece(load, [upsert("thing_1", { readAt: at(100) })]),
      counts({ staged: 1, updated: 1 }),
    );
    const undated = [upsert("thing_4", { readAt: at(100) }), upsert("thing_5", { readAt: at(100) })];
    assert.deepEqual(await commitPiece(load, undated), counts({ staged: 2, updated: 2 }));
    assert.deepEqual(await commitPiece(load, undated), counts({ staged: 2, unchanged: 2 }));
    assert.equal((await readTable(warehouse, place, "raw_objects")).length, SEED_ROWS.length);
  });

  test("adds a single missing column", async (place) => {
    await using first = await place.open();
    await first.prepare();
    await commitChanges(first, [upsert("a")]);
    await first[Symbol.asyncDispose]();
    await place.execute(`ALTER TABLE ${place.tableName("raw_objects")} DROP COLUMN request_id`);
    await using second = await place.open();
    await second.prepare();
    await commitChanges(second, [upsert("b", { requestId: "req_b" })]);
    const rows = await readTable(second, place, "raw_objects");
    assert.deepEqual(
      rows.map((row) => [row["external_id"], row["request_id"]]),
      [
        ["a", null],
        ["b", "req_b"],
      ],
    );
  });

  test("leaves alone what others keep in columns of their own, also in rows that change", async (place) => {
    await using first = await place.open();
    await first.prepare();
    await commitChanges(first, [upsert("a"), upsert("b")]);
    await first[Symbol.asyncDispose]();
    const rawObjects = place.tableName("raw_objects");
    await place.execute(`ALTER TABLE ${rawObjects} ADD COLUMN note STRING`);
    await place.execute(`UPDATE ${rawObjects} SET note = CONCAT('of ', external_id) WHERE TRUE`);
    await using second = await place.open();
    await second.prepare();
    const changes = [upsert("a", { readAt: at(5), value: 2 }), upsert("b", { readAt: at(5) }), upsert("c")];
    assert.deepEqual(
      await commitChanges(second, changes),
      counts({ staged: 3, inserted: 1, updated: 1, unchanged: 1 }),
    );
    const { rows } = await second.query(`SELECT note FROM ${rawObjects} ORDER BY external_id`, { dialect: "native" });
    assert.deepEqual(await collect(rows), [["of a"], ["of b"], [null]]);
  });

  test("refuses a table of that name whose columns have other types", async (place) => {
    await using first = await place.open();
    await first.prepare();
    await first[Symbol.asyncDispose]();
    await place.execute(`DROP TABLE ${place.tableName("raw_objects")}`);
    await place.execute(`CREATE TABLE ${place.tableName("raw_objects")} (idem_key INT64, payload JSON)`);
    const before = await place.fingerprint();
    await using second = await place.open();
    await failure("WAREHOUSE_SCHEMA_CONFLICT", () => second.prepare());
    await second[Symbol.asyncDispose]();
    assert.equal(await place.fingerprint(), before);
  });

  test("refuses a table of that name that lacks a column of the seed", async (place) => {
    await using first = await place.open();
    await first.prepare();
    await first[Symbol.asyncDispose]();
    await place.execute(`DROP TABLE ${place.tableName("event_log")}`);
    await place.execute(`CREATE TABLE ${place.tableName("event_log")} (event_id STRING, event_type STRING)`);
    await using second = await place.open();
    const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => second.prepare());
    assert.match(error.message, /event_log/);
  });

  test("refuses a view of that name, before anything is read", async (place) => {
    await using first = await place.open();
    await first.prepare();
    await first[Symbol.asyncDispose]();
    const rawObjects = place.tableName("raw_objects");
    await place.execute(`CREATE TABLE ${place.tableName("theirs")} AS SELECT * FROM ${rawObjects}`);
    await place.execute(`DROP TABLE ${rawObjects}`);
    await place.execute(`CREATE VIEW ${rawObjects} AS SELECT * FROM ${place.tableName("theirs")}`);
    await using second = await place.open();
    const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => second.prepare());
    assert.match(error.message, /raw_objects.*view/i);
  });

  test("touches only test_ tables with that prefix", async (place) => {
    await using ordinary = await place.open();
    await ordinary.prepare();
    await commitChanges(ordinary, [upsert("a")], { checkpoint: { cursor: "ordinary", runId: "run-1" } });
    await ordinary[Symbol.asyncDispose]();

    await using prefixed = await place.open({ tablePrefix: "test_" });
    await prefixed.prepare();
    const things = { sourceSystem: "stripe", connectionName: "stripe-acme", stream: "things", objectType: "thing" };
    assert.equal(await prefixed.readCheckpoint(things), null);
    assert.equal(await prefixed.countLive(things), 0);
    await commitChanges(prefixed, [upsert("b")], { checkpoint: { cursor: "test", runId: "run-2" } });
    const ids = async (prefix: "" | "test_"): Promise<unknown[]> =>
      (await readTable(prefixed, place, "raw_objects", prefix)).map((row) => row["external_id"]);
    assert.deepEqual([await ids(""), await ids("test_")], [["a"], ["b"]]);
    const cursors = async (prefix: "" | "test_"): Promise<unknown[]> =>
      (await readTable(prefixed, place, "checkpoints", prefix)).map((row) => row["cursor"]);
    assert.deepEqual([await cursors(""), await cursors("test_")], [['"ordinary"'], ['"test"']]);
  });

  test("makes no ordinary table with the prefix test_", async (place) => {
    await using warehouse = await place.open({ tablePrefix: "test_" });
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")]);
    for (const table of TABLE_NAMES) {
      await assert.rejects(warehouse.query(`SELECT * FROM ${place.tableName(table)}`, { dialect: "native" }));
    }
  });
}
