import { describe, expect, it } from "vitest";
import { sampleEvent } from "../../../src/testing/sample-event.js";
import { at, remove, upsert } from "../../../src/testing/changes.js";
import {
  commitChanges,
  commitPiece,
  counts,
  failure,
  loadOptions,
  THINGS,
} from "../../../src/testing/warehouse-context.js";
import { TABLES, type TableName } from "../../../src/warehouse/tables.js";
import { askFile, type DuckdbPlace, placeOfTest } from "../duckdb-places.js";

const RAW_OBJECTS = "events_dev.raw_objects";

/** A place whose table has columns of others beside the seed's, with the rows `a` and `b`. */
async function placeWith(columns: string, table: TableName = "raw_objects"): Promise<DuckdbPlace> {
  const place = placeOfTest();
  const ours = TABLES[table].columns.filter(({ seed }) => seed);
  const types = { STRING: "VARCHAR", TIMESTAMP: "TIMESTAMP", JSON: "JSON" };
  const defined = [...ours.map(({ name, type }) => `"${name}" ${types[type]}`), columns];
  await place.execute(`CREATE TABLE events_dev.${table} (${defined.join(", ")})`);
  return place;
}

async function load(place: DuckdbPlace): Promise<void> {
  await using warehouse = await place.open();
  await warehouse.prepare();
  expect(await commitChanges(warehouse, [upsert("a"), upsert("b")])).toEqual(counts({ staged: 2, inserted: 2 }));
}

/** Updates `a`, leaves `b`, makes `c`. */
const CHANGES = [
  upsert("a", { readAt: at(5), value: 2 }),
  upsert("b", { readAt: at(5) }),
  upsert("c", { readAt: at(5) }),
];
const COUNTED = counts({ staged: 3, inserted: 1, updated: 1, unchanged: 1 });

async function loadAgain(place: DuckdbPlace): Promise<void> {
  await using warehouse = await place.open();
  await warehouse.prepare();
  expect(await commitChanges(warehouse, CHANGES)).toEqual(COUNTED);
}

describe("a table whose key may come once only", () => {
  it.each([
    ["an index", `CREATE UNIQUE INDEX one_row ON ${RAW_OBJECTS} (idem_key)`],
    ["a primary key", `ALTER TABLE ${RAW_OBJECTS} ADD PRIMARY KEY (idem_key)`],
  ])("is written to like any other: %s", async (_, statement) => {
    for (const columns of ["CHECK (true)", "note VARCHAR"]) {
      const place = await placeWith(columns);
      await load(place);
      await place.execute(statement);
      {
        await using warehouse = await place.open();
        await warehouse.prepare();
        await using load = await warehouse.beginLoad(THINGS, loadOptions());
        expect(await commitPiece(load, CHANGES)).toEqual(COUNTED);
        const again = [upsert("a", { readAt: at(6), value: 3 }), remove("b", at(6))];
        expect(await commitPiece(load, again)).toEqual(counts({ staged: 2, updated: 1, deleted: 1 }));
        expect(await commitPiece(load, [upsert("b", { readAt: at(7) })])).toEqual(counts({ staged: 1, updated: 1 }));
      }
      const sql = `SELECT external_id, epoch(last_seen)::INTEGER, deleted_at FROM ${RAW_OBJECTS} ORDER BY 1`;
      const seconds = (seconds: number): number => at(seconds).getTime() / 1000;
      expect(await askFile(place.path, sql)).toEqual([
        ["a", seconds(6), null],
        ["b", seconds(7), null],
        ["c", seconds(5), null],
      ]);
    }
  });
});

describe("columns of others", () => {
  it("have their defaults in new rows, and keep what is in them in rows that change", async () => {
    const place = await placeWith(`"it's ""own""" VARCHAR DEFAULT 'new', row_id INTEGER NOT NULL DEFAULT 7`);
    await load(place);
    await place.execute(`UPDATE ${RAW_OBJECTS} SET "it's ""own""" = NULL, row_id = length(external_id)`);
    await loadAgain(place);
    const sql = `SELECT external_id, "it's ""own""", row_id FROM ${RAW_OBJECTS} ORDER BY 1`;
    expect(await askFile(place.path, sql)).toEqual([
      ["a", null, 1],
      ["b", null, 1],
      ["c", "new", 7],
    ]);
  });

  it("may be made from ours", async () => {
    const place = await placeWith("note VARCHAR, who VARCHAR AS (connection_name || external_id)");
    await load(place);
    await place.execute(`UPDATE ${RAW_OBJECTS} SET note = 'kept'`);
    await loadAgain(place);
    expect(await askFile(place.path, `SELECT note, who FROM ${RAW_OBJECTS} ORDER BY 2`)).toEqual([
      ["kept", "stripe-acmea"],
      ["kept", "stripe-acmeb"],
      [null, "stripe-acmec"],
    ]);
  });

  it.each<[TableName]>([["raw_objects"], ["checkpoints"], ["event_log"]])(
    "that need a value are refused before anything is read: in %s",
    async (table) => {
      const place = await placeWith("needed INTEGER NOT NULL, fine INTEGER NOT NULL DEFAULT 1", table);
      await using warehouse = await place.open();
      await warehouse.prepare();
      const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => warehouse.beginLoad(THINGS, loadOptions()));
      expect(error.message).toBe(
        `table \`events_dev.${table}\` needs a value in the column \`needed\`, which lorchestra does not know`,
      );
      expect(error.hint).toContain(`ALTER TABLE events_dev.${table} ALTER "needed" DROP NOT NULL`);
    },
  );
});

describe("columns of ours", () => {
  it.each<[TableName, string]>([
    ["raw_objects", "object_created"],
    ["raw_objects", "deleted_at"],
    ["event_log", "trace_id"],
    ["event_log", "error_message"],
  ])(
    "that may not be empty, although they are at times, are refused before anything is read: %s.%s",
    async (table, column) => {
      const place = placeOfTest();
      {
        await using warehouse = await place.open();
        await warehouse.prepare();
      }
      await place.execute(`ALTER TABLE events_dev.${table} ALTER ${column} SET NOT NULL`);
      await using warehouse = await place.open();
      await warehouse.prepare();
      const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => warehouse.beginLoad(THINGS, loadOptions()));
      expect(error.message).toBe(`table \`events_dev.${table}\` allows no NULL in the column \`${column}\``);
      expect(error.hint).toContain(`ALTER TABLE events_dev.${table} ALTER "${column}" DROP NOT NULL`);
    },
  );
});

describe("a constraint that refuses a row", () => {
  it("is told as that, without what the row holds, and nothing is written", async () => {
    const place = await placeWith("CHECK (external_id <> 'c')");
    await load(place);
    await place.execute(`CREATE UNIQUE INDEX one_event ON events_dev.event_log (status)`);
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => commitChanges(warehouse, CHANGES));
      expect(error.message).toBe("could not write to `./test.duckdb`: a constraint of one of its tables refuses a row");
      await warehouse.appendEvents([sampleEvent("evt-1")]);
      const other = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => warehouse.appendEvents([sampleEvent("evt-2")]));
      expect(JSON.stringify([error, error.facts, other.message, other.facts])).not.toMatch(/evt|stripe:|"c"/);
    }
    expect(await askFile(place.path, `SELECT count(*)::INTEGER FROM ${RAW_OBJECTS}`)).toEqual([[2]]);
  });
});
