import assert from "node:assert/strict";
import { at, remove, upsert } from "../changes.js";
import { createRawObjectsModel } from "../raw-objects-model.js";
import {
  assertSameRows,
  commitChanges,
  counts,
  failure,
  loadOptions,
  readTable,
  SCHEMA_REF,
  THINGS,
  type WarehouseContext,
} from "../warehouse-context.js";

export function testDeletes({ harness, test }: WarehouseContext): void {
  test("marks a row as deleted, and keeps all else of it", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) }), upsert("b", { readAt: at(10) })]);
    assert.deepEqual(
      await commitChanges(warehouse, [remove("a", at(20))], { runId: "run-2" }),
      counts({ staged: 1, deleted: 1 }),
    );
    const model = createRawObjectsModel();
    model.commit(THINGS, "run-1", SCHEMA_REF, [upsert("a", { readAt: at(10) }), upsert("b", { readAt: at(10) })]);
    model.commit(THINGS, "run-2", SCHEMA_REF, [remove("a", at(20))]);
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), model.rows());
    assert.equal(await warehouse.countLive(THINGS), 1);
  });

  test("changes nothing for an unknown row, nor for one already deleted", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) })]);
    await commitChanges(warehouse, [remove("a", at(20))]);
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual(
      await commitChanges(warehouse, [remove("a", at(30)), remove("unknown", at(30))]),
      counts({ staged: 2, unchanged: 2 }),
    );
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), rows);
  });

  test("lets an older delete change nothing", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) })]);
    assert.deepEqual(await commitChanges(warehouse, [remove("a", at(9))]), counts({ staged: 1, stale: 1 }));
    assert.deepEqual(await commitChanges(warehouse, [remove("a", at(10))]), counts({ staged: 1, deleted: 1 }));
  });

  test("lets no read from before the deletion bring a row back", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) })]);
    await commitChanges(warehouse, [remove("a", at(20))]);
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a", { readAt: at(15), value: "read before" })]),
      counts({ staged: 1, stale: 1 }),
    );
    assert.equal(await warehouse.countLive(THINGS), 0);
  });

  test("revives a row whose object is back, also with an equal hash", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const model = createRawObjectsModel();
    const history = [
      [upsert("a", { readAt: at(10) }), upsert("b", { readAt: at(10) })],
      [remove("a", at(20)), remove("b", at(20))],
      [upsert("a", { readAt: at(30) }), upsert("b", { readAt: at(20), value: 2 })],
    ];
    for (const changes of history) {
      assert.deepEqual(await commitChanges(warehouse, changes), model.commit(THINGS, "run-1", SCHEMA_REF, changes));
    }
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), model.rows());
    assert.equal(await warehouse.countLive(THINGS), 2);
  });

  test("takes the later of an upsert and a delete of one id", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(1) }), upsert("b", { readAt: at(1) })]);
    const result = await commitChanges(warehouse, [
      upsert("a", { readAt: at(10), value: 2 }),
      remove("a", at(11)),
      remove("b", at(10)),
      upsert("b", { readAt: at(11), value: 2 }),
      remove("c", at(11)),
      upsert("c", { readAt: at(11) }),
    ]);
    assert.deepEqual(result, counts({ staged: 3, inserted: 1, updated: 1, deleted: 1 }));
  });

  test("writes nothing at all when there are more deletions than the limit", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const ids = ["a", "b", "c", "d"];
    await commitChanges(
      warehouse,
      ids.map((id) => upsert(id, { readAt: at(10) })),
      { checkpoint: { cursor: "before", runId: "run-1" } },
    );
    const rows = await readTable(warehouse, place, "raw_objects");
    const error = await failure("DELETE_LIMIT", async () => {
      await using load = await warehouse.beginLoad(THINGS, loadOptions());
      await load.append([...ids.slice(0, 3).map((id) => remove(id, at(20))), upsert("e", { readAt: at(20) })]);
      await load.commit({ cursor: "after", runId: "run-2" }, { deleteLimit: 2 });
    });
    const { stream, connectionName: connection } = THINGS;
    assert.deepEqual(error.facts, { stream, connection, deletions: 3, limit: 2 });
    // The same words, whichever warehouse has counted.
    assert.equal(error.message, "stream `things` of `stripe-acme` would lose 3 rows or more, and may lose 2");
    assert.match(error.hint, /right account.*--allow-deletes/);
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), rows);
    assert.equal((await warehouse.readCheckpoint(THINGS))?.cursor, "before");
  });

  test("counts only deletions that would happen towards the limit, which itself is allowed", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) }), upsert("b", { readAt: at(10) })]);
    const result = await commitChanges(
      warehouse,
      [remove("a", at(20)), remove("b", at(9)), remove("unknown", at(20)), remove("unknown too", at(20))],
      { options: { deleteLimit: 1 } },
    );
    assert.deepEqual(result, counts({ staged: 4, deleted: 1, stale: 1, unchanged: 2 }));
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("c", { readAt: at(30) })], { options: { deleteLimit: 0 } }),
      counts({ staged: 1, inserted: 1 }),
    );
  });
}
