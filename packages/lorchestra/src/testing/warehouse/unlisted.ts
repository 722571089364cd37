import assert from "node:assert/strict";
import { TABLES } from "../../warehouse/tables.js";
import { at, CREATED, remove, upsert } from "../changes.js";
import { collect, commitChanges, loadOptions, readTable, THINGS, type WarehouseContext } from "../warehouse-context.js";
import { createSeedTables } from "./seed-tables.js";

export function testUnlisted({ test }: WarehouseContext): void {
  test("finds live rows of the listed ranges that did not come", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const objects = [0, 10, 20, 30, 40].map((second) => upsert(`at_${second}`, { created: CREATED + second }));
    await commitChanges(warehouse, [...objects, upsert("dead", { created: CREATED + 10 })]);
    await commitChanges(warehouse, [remove("dead", at(1))]);
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("at_10", { created: CREATED + 10, readAt: at(5) })]);
    await load.append([upsert("new", { created: CREATED + 11, readAt: at(5) })]);
    const ids = await collect(
      load.unlisted([
        { range: { from: CREATED, until: CREATED + 20 }, alsoPresent: [] },
        { range: { from: CREATED + 30, until: null }, alsoPresent: ["at_40"] },
      ]),
    );
    assert.deepEqual(ids.toSorted(), ["at_0", "at_30"]);
  });

  test("finds none when all came, and none without ranges", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a"), upsert("b")]);
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    assert.deepEqual(await collect(load.unlisted([])), []);
    await load.append([upsert("a", { readAt: at(5) })]);
    const everything = { range: { from: null, until: null }, alsoPresent: ["b"] };
    assert.deepEqual(await collect(load.unlisted([everything])), []);
  });

  test("takes rows without created for those of the range without a lower bound", async (place) => {
    await createSeedTables(place);
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("thing_1", { readAt: at(50) })]);
    const unlisted = async (from: number | null, until: number | null): Promise<string[]> =>
      (await collect(load.unlisted([{ range: { from, until }, alsoPresent: [] }]))).toSorted();
    assert.deepEqual(await unlisted(null, CREATED + 1), ["thing_3", "thing_4", "thing_5", "thing_6"]);
    assert.deepEqual(await unlisted(CREATED + 1, null), ["thing_2"]);
    assert.deepEqual(await unlisted(null, null), ["thing_2", "thing_3", "thing_4", "thing_5", "thing_6"]);
  });

  test("leaves out rows of an earlier tool that name no object, as all that lists rows does", async (place) => {
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      await commitChanges(warehouse, [upsert("dated"), upsert("undated", { created: null })]);
    }
    const rawObjects = place.tableName("raw_objects");
    const columns = TABLES.raw_objects.columns.map(({ name }) => name).filter((name) => name !== "external_id");
    for (const id of ["''", "CAST(NULL AS STRING)"]) {
      await place.execute(
        `INSERT INTO ${rawObjects} (external_id, ${columns.join(", ")}) SELECT ${id}, ${columns.join(", ")} FROM ${rawObjects} WHERE external_id IN ('dated', 'undated')`,
      );
    }
    await using warehouse = await place.open();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    const everything = { from: null, until: null };
    const until = { from: null, until: CREATED + 1 };
    assert.equal((await readTable(warehouse, place, "raw_objects")).length, 6);
    const scanned = await collect(warehouse.scanRows(THINGS, { payload: false }));
    assert.deepEqual(scanned.map(({ externalId }) => externalId).toSorted(), ["dated", "undated"]);
    for (const range of [everything, until]) {
      assert.deepEqual((await collect(warehouse.liveIds(THINGS, [range]))).toSorted(), ["dated", "undated"]);
      const unlisted = await collect(load.unlisted([{ range, alsoPresent: [] }]));
      assert.deepEqual(unlisted.toSorted(), ["dated", "undated"]);
    }
  });

  test("looks only at its own stream", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")], { scope: { ...THINGS, connectionName: "other" } });
    await commitChanges(warehouse, [upsert("b")], { scope: { ...THINGS, stream: "gadgets", objectType: "gadget" } });
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    assert.deepEqual(await collect(load.unlisted([{ range: { from: null, until: null }, alsoPresent: [] }])), []);
  });

  test("can be staged as deletes while it is read, and committed", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a"), upsert("b"), upsert("c")]);
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("b", { readAt: at(5) })]);
    const gone = await collect(load.unlisted([{ range: { from: null, until: null }, alsoPresent: [] }]));
    await load.append(gone.map((id) => remove(id, at(6))));
    assert.equal((await load.commit(null)).deleted, 2);
  });

  test("forgets what an earlier commit of the load staged", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("a", { readAt: at(5) })]);
    await load.commit(null);
    await load.append([upsert("b", { readAt: at(5) })]);
    const everything = { from: null, until: null };
    assert.deepEqual(await collect(load.unlisted([{ range: everything, alsoPresent: [] }])), ["a"]);
    assert.deepEqual(await collect(load.unlisted([{ range: everything, alsoPresent: ["a"] }])), []);
  });
}
