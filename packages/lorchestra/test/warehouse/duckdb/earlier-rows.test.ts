import { describe, expect, it } from "vitest";
import { at, CREATED, upsert } from "../../../src/testing/changes.js";
import { commitChanges, counts, THINGS } from "../../../src/testing/warehouse-context.js";
import { createSeedTables } from "../../../src/testing/warehouse/seed-tables.js";
import { askFile, placeOfTest } from "../duckdb-places.js";

describe("a row of an earlier tool is found, and not written twice, where its payload", () => {
  it.each([
    ["has a lone surrogate, and so cannot be looked into", `{"id":"thing_1","created":${CREATED},"name":"\\ud83d"}`],
    ["is cut off", `{"id":"thing_1","crea`],
    ["is empty", ""],
    ["is no object", "[1]"],
    ["tells its creation in milliseconds", `{"id":"thing_1","created":${CREATED}000}`],
    ["tells its creation as a decimal", `{"id":"thing_1","created":${CREATED}.0}`],
    ["tells it by the clock of another time zone", `{"id":"thing_1","created":${CREATED - 18_000}}`],
  ])("%s", async (_, payload) => {
    const place = placeOfTest();
    await createSeedTables(place);
    const rawObjects = place.tableName("raw_objects");
    await place.execute(`ALTER TABLE ${rawObjects} ALTER payload TYPE VARCHAR`);
    await place.execute(`UPDATE ${rawObjects} SET payload = '${payload}' WHERE external_id = 'thing_1'`);
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      const changes = [upsert("thing_1", { readAt: at(100) }), upsert("new", { readAt: at(100) })];
      expect(await commitChanges(warehouse, changes)).toEqual(counts({ staged: 2, inserted: 1, updated: 1 }));
    }
    const sql = `SELECT epoch(first_seen)::INTEGER, epoch(object_created)::INTEGER FROM ${rawObjects} WHERE external_id = 'thing_1'`;
    expect(await askFile(place.path, sql)).toEqual([[at(10).getTime() / 1000, CREATED]]);
  });
});

it("a row that was seen last in all eternity does not hide when the others were", async () => {
  const place = placeOfTest();
  await createSeedTables(place);
  await place.execute(
    `UPDATE ${place.tableName("raw_objects")} SET last_seen = 'infinity' WHERE external_id = 'thing_2'`,
  );
  await using warehouse = await place.open();
  expect(await warehouse.newestReadAt(THINGS)).toEqual(at(20));
  await warehouse.prepare();
  expect(await warehouse.newestReadAt(THINGS)).toEqual(at(20));
  const changes = [upsert("thing_1", { readAt: at(100) }), upsert("thing_2", { readAt: at(100) })];
  expect(await commitChanges(warehouse, changes)).toEqual(counts({ staged: 2, updated: 2 }));
});

it("of several rows of one object none stays beside what is written, whatever creation their payloads tell", async () => {
  const place = placeOfTest();
  await createSeedTables(place);
  const rawObjects = place.tableName("raw_objects");
  const other = `{"id":"thing_1","created":${CREATED + 3_600}}`;
  await place.execute(
    `INSERT INTO ${rawObjects} SELECT * REPLACE (JSON '${other}' AS payload) FROM ${rawObjects} WHERE external_id = 'thing_1'`,
  );
  {
    await using warehouse = await place.open();
    await warehouse.prepare();
    expect(await commitChanges(warehouse, [upsert("thing_1", { readAt: at(100) })])).toEqual(
      counts({ staged: 1, updated: 1 }),
    );
  }
  const sql = `SELECT epoch(object_created)::INTEGER FROM ${rawObjects} WHERE external_id = 'thing_1'`;
  expect(await askFile(place.path, sql)).toEqual([[CREATED]]);
});
