import assert from "node:assert/strict";
import { at, upsert } from "../changes.js";
import { collect, commitChanges, failure, loadOptions, THINGS, type WarehouseContext } from "../warehouse-context.js";
import { sampleEvent } from "../sample-event.js";
import type { WarehousePlace } from "../warehouse-harness.js";
import { createSeedTables } from "./seed-tables.js";

export function testReadOnly({ test }: WarehouseContext): void {
  const everything = [{ from: null, until: null }];

  test("creates nothing where nothing is, and finds it empty", async (place) => {
    const before = await place.fingerprint();
    await using warehouse = await place.open({ access: "read" });
    assert.equal(await warehouse.exists(), false);
    assert.equal(await warehouse.readCheckpoint(THINGS), null);
    assert.equal(await warehouse.newestReadAt(THINGS), null);
    assert.equal(await warehouse.countLive(THINGS), 0);
    assert.deepEqual(await warehouse.readRows(THINGS, ["a"], { payload: true }), []);
    assert.deepEqual(await collect(warehouse.liveIds(THINGS, everything)), []);
    const result = await warehouse.query("SELECT 1 AS one", { dialect: "native" });
    assert.deepEqual(await collect(result.rows), [[1]]);
    await warehouse[Symbol.asyncDispose]();
    assert.equal(await place.fingerprint(), before);
  });

  test("changes nothing of what is there", async (place) => {
    await load(place);
    const before = await place.fingerprint();
    await using warehouse = await place.open({ access: "read" });
    assert.equal(await warehouse.exists(), true);
    assert.equal((await warehouse.readCheckpoint(THINGS))?.cursor, "c");
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(7));
    assert.equal(await warehouse.countLive(THINGS), 2);
    assert.equal((await warehouse.readRows(THINGS, ["a", "b"], { payload: true })).length, 2);
    assert.equal((await collect(warehouse.liveIds(THINGS, everything))).length, 2);
    await warehouse[Symbol.asyncDispose]();
    assert.equal(await place.fingerprint(), before);
  });

  test("refuses to write", async (place) => {
    await load(place);
    const before = await place.fingerprint();
    await using warehouse = await place.open({ access: "read" });
    const { label } = warehouse;
    for (const write of [
      () => warehouse.prepare(),
      () => warehouse.beginLoad(THINGS, loadOptions()),
      () => warehouse.appendEvents([sampleEvent("evt-1")]),
      () => warehouse.appendEvents([]),
    ]) {
      const { message } = await failure("WAREHOUSE_READ_ONLY", write);
      assert.ok(message.includes(label), message);
    }
    await warehouse[Symbol.asyncDispose]();
    assert.equal(await place.fingerprint(), before);
  });

  test("finds the tables of a prefix empty when only the others are there", async (place) => {
    await load(place);
    const before = await place.fingerprint();
    await using warehouse = await place.open({ access: "read", tablePrefix: "test_" });
    assert.equal(await warehouse.readCheckpoint(THINGS), null);
    assert.equal(await warehouse.countLive(THINGS), 0);
    await warehouse[Symbol.asyncDispose]();
    assert.equal(await place.fingerprint(), before);
  });

  test("reads tables of the seed's columns as they stand", async (place) => {
    await createSeedTables(place);
    const before = await place.fingerprint();
    await using warehouse = await place.open({ access: "read" });
    assert.equal(await warehouse.readCheckpoint(THINGS), null);
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(20));
    assert.equal(await warehouse.countLive(THINGS), 6);
    const [row] = await warehouse.readRows(THINGS, ["thing_1"], { payload: true });
    assert.deepEqual([row?.payloadHash, row?.deletedAt, row?.lastSeen], [null, null, at(20)]);
    assert.equal((await collect(warehouse.liveIds(THINGS, everything))).length, 6);
    await warehouse[Symbol.asyncDispose]();
    assert.equal(await place.fingerprint(), before);
  });

  async function load(place: WarehousePlace): Promise<void> {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(7) }), upsert("b")], {
      checkpoint: { cursor: "c", runId: "run-1" },
    });
  }
}
