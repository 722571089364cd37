import assert from "node:assert/strict";
import { at, remove, upsert } from "../changes.js";
import { commitChanges, failure, loadOptions, readTable, THINGS, type WarehouseContext } from "../warehouse-context.js";
import { SUITE_NOW_MS } from "../warehouse-harness.js";

export function testCheckpoints({ test }: WarehouseContext): void {
  test("has none before the first", async (place) => {
    await using warehouse = await place.open();
    assert.equal(await warehouse.readCheckpoint(THINGS), null);
    await warehouse.prepare();
    assert.equal(await warehouse.readCheckpoint(THINGS), null);
  });

  test("gives back what was stored, by which run and when", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const cursor = {
      v: 1,
      open: [
        [null, 5],
        [1.5, "it's ü🦆 \u0000"],
      ],
      nested: { deep: { empty: {}, yes: true, no: null } },
    };
    await commitChanges(warehouse, [upsert("a")], { checkpoint: { cursor, runId: "run-7" } });
    assert.deepEqual(await warehouse.readCheckpoint(THINGS), {
      cursor,
      runId: "run-7",
      updatedAt: new Date(SUITE_NOW_MS),
    });
  });

  test("replaces the one before, and keeps one a stream", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const gadgets = { ...THINGS, stream: "gadgets", objectType: "gadget" };
    const other = { ...THINGS, connectionName: "stripe-other" };
    await commitChanges(warehouse, [], { checkpoint: { cursor: 1, runId: "run-1" } });
    await commitChanges(warehouse, [], { scope: gadgets, checkpoint: { cursor: "g", runId: "run-1" } });
    await commitChanges(warehouse, [upsert("a")], { checkpoint: { cursor: 2, runId: "run-2" } });
    assert.equal((await warehouse.readCheckpoint(THINGS))?.cursor, 2);
    assert.equal((await warehouse.readCheckpoint(gadgets))?.cursor, "g");
    assert.equal(await warehouse.readCheckpoint(other), null);
    assert.equal((await readTable(warehouse, place, "checkpoints")).length, 2);
  });

  test("belongs to a connection of any name, with the rows and the lease", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const connectionName = "a'b\"c`d\\e\nf\u2028☃/%s ${x} -- ;";
    const scope = { ...THINGS, connectionName };
    for (const value of [1, 2]) {
      const changes = [upsert(connectionName, { value, readAt: at(value) })];
      await commitChanges(warehouse, changes, { scope, checkpoint: { cursor: value, runId: "run-1" } });
    }
    assert.equal((await warehouse.readCheckpoint(scope))?.cursor, 2);
    assert.deepEqual(await warehouse.newestReadAt(scope), at(2));
    const rows = await warehouse.readRows(scope, [connectionName], { payload: false });
    assert.deepEqual(
      rows.map(({ externalId, idemKey }) => [externalId, idemKey]),
      [[connectionName, `stripe:${connectionName}:thing:${connectionName}`]],
    );
  });

  test("shows those of the connection's other streams, and of no other connection", async (place) => {
    await using warehouse = await place.open();
    assert.deepEqual(await warehouse.otherCheckpoints(THINGS), []);
    await warehouse.prepare();
    const gadgets = { ...THINGS, stream: "gadgets", objectType: "gadget" };
    const elsewhere = { ...gadgets, connectionName: "stripe-other" };
    for (const [cursor, scope] of [
      [1, THINGS],
      ["g", gadgets],
      ["e", elsewhere],
    ] as const)
      await commitChanges(warehouse, [], { scope, checkpoint: { cursor, runId: "run-1" } });
    const updatedAt = new Date(SUITE_NOW_MS);
    assert.deepEqual(await warehouse.otherCheckpoints(THINGS), [{ cursor: "g", runId: "run-1", updatedAt }]);
    assert.deepEqual(await warehouse.otherCheckpoints({ ...THINGS, stream: "new" }).then((all) => all.length), 2);
  });

  test("stays as it is in a commit without one", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")], { checkpoint: { cursor: "kept", runId: "run-1" } });
    await commitChanges(warehouse, [upsert("b")], { checkpoint: null, runId: "run-2" });
    assert.equal((await warehouse.readCheckpoint(THINGS))?.cursor, "kept");
    assert.equal(await warehouse.countLive(THINGS), 2);
  });

  test("is stored with a commit of nothing", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [], { checkpoint: { cursor: { done: true }, runId: "run-1" } });
    assert.deepEqual((await warehouse.readCheckpoint(THINGS))?.cursor, { done: true });
  });

  test("holds a cursor of 64 KB", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const cursor = Array.from({ length: 4000 }, (_, index) => `range ${index} 🦆`);
    await commitChanges(warehouse, [], { checkpoint: { cursor, runId: "run-1" } });
    assert.deepEqual((await warehouse.readCheckpoint(THINGS))?.cursor, cursor);
  });

  test("is durable together with its rows, or neither is", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a"), upsert("b")], { checkpoint: { cursor: 1, runId: "run-1" } });
    await failure("DELETE_LIMIT", () =>
      commitChanges(warehouse, [remove("a", at(5)), upsert("c")], {
        checkpoint: { cursor: 2, runId: "run-2" },
        options: { deleteLimit: 0 },
      }),
    );
    await warehouse[Symbol.asyncDispose]();
    await using again = await place.open();
    assert.equal((await again.readCheckpoint(THINGS))?.cursor, 1);
    assert.equal(await again.countLive(THINGS), 2);
  });

  test("frees the stream after a commit that failed", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")]);
    const load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([remove("a", at(5))]);
    await failure("DELETE_LIMIT", () => load.commit(null, { deleteLimit: 0 }));
    await load[Symbol.asyncDispose]();
    const result = await commitChanges(warehouse, [upsert("b")]);
    assert.equal(result.staged, 1);
  });
}
