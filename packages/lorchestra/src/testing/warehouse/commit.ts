import assert from "node:assert/strict";
import type { Upsert } from "injest";
import { at, CREATED, remove, upsert } from "../changes.js";
import { createRawObjectsModel } from "../raw-objects-model.js";
import {
  assertSameRows,
  collect,
  commitChanges,
  commitPiece,
  counts,
  loadOptions,
  readTable,
  SCHEMA_REF,
  THINGS,
  type WarehouseContext,
  asText,
} from "../warehouse-context.js";

const NATIVE = { dialect: "native" } as const;

export function testCommit({ harness, test }: WarehouseContext): void {
  test("inserts every column of a new object", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const changes = [
      upsert("a", { readAt: at(1.234), created: CREATED, requestId: "req_a" }),
      upsert("b", { created: null, requestId: null, apiVersion: "2024-06-20" }),
    ];
    assert.deepEqual(await commitChanges(warehouse, changes), counts({ staged: 2, inserted: 2 }));
    const model = createRawObjectsModel();
    model.commit(THINGS, "run-1", SCHEMA_REF, changes);
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), model.rows());
  });

  test("keeps rows after it is closed and opened again", async (place) => {
    await using first = await place.open();
    await first.prepare();
    await commitChanges(first, [upsert("a")]);
    const rows = await readTable(first, place, "raw_objects");
    await first[Symbol.asyncDispose]();
    await using second = await place.open();
    assertSameRows(harness, await readTable(second, place, "raw_objects"), rows);
  });

  test("writes an object that changed, and keeps when it was first seen", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const first = [upsert("a", { readAt: at(10), value: 1 })];
    const second = [upsert("a", { readAt: at(20), value: 2, apiVersion: "2027-01-01", requestId: "req_2" })];
    await commitChanges(warehouse, first);
    assert.deepEqual(await commitChanges(warehouse, second, { runId: "run-2" }), counts({ staged: 1, updated: 1 }));
    const model = createRawObjectsModel();
    model.commit(THINGS, "run-1", SCHEMA_REF, first);
    model.commit(THINGS, "run-2", SCHEMA_REF, second);
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), model.rows());
  });

  test("does not write an object whose hash is equal", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) })]);
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a", { readAt: at(20), requestId: "req_2" })], { runId: "run-2" }),
      counts({ staged: 1, unchanged: 1 }),
    );
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), rows);
  });

  test("writes an object whose hash is equal when it is forced", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) })]);
    const forced = { runId: "run-2", options: { force: true } };
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a", { readAt: at(20) }), upsert("new", { readAt: at(20) })], forced),
      counts({ staged: 2, inserted: 1, updated: 1 }),
    );
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a", { readAt: at(19) })], forced),
      counts({ staged: 1, stale: 1 }),
    );
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual([rows[0]?.["last_seen"], rows[0]?.["run_id"]], [at(20).toISOString(), "run-2"]);
  });

  test("lets no older read overwrite a newer one, and one of the same instant pass", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a", { readAt: at(10), value: "newest" }), upsert("b", { readAt: at(10) })]);
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual(
      await commitChanges(warehouse, [
        upsert("a", { readAt: at(9.999), value: "older" }),
        upsert("b", { readAt: at(9) }),
      ]),
      counts({ staged: 2, stale: 2 }),
    );
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), rows);
    assert.deepEqual(
      await commitChanges(warehouse, [upsert("a", { readAt: at(10), value: "same instant" })]),
      counts({ staged: 1, updated: 1 }),
    );
  });

  test("counts an id once: the latest read of it, and of equals the last", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([
      upsert("late-first", { readAt: at(20), value: "kept" }),
      upsert("late-first", { readAt: at(10), value: "lost" }),
      upsert("tie", { readAt: at(10), value: "lost" }),
    ]);
    await load.append([
      upsert("late-last", { readAt: at(10), value: "lost" }),
      upsert("tie", { readAt: at(10), value: "middle" }),
    ]);
    await load.append([
      upsert("late-last", { readAt: at(11), value: "kept" }),
      upsert("tie", { readAt: at(10), value: "kept" }),
    ]);
    assert.deepEqual(await load.commit(null), counts({ staged: 3, inserted: 3 }));
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual(
      rows.map((row) => (JSON.parse(asText(row["payload"])) as { value: unknown }).value),
      ["kept", "kept", "kept"],
    );
  });

  test("sees in a load's later commits what the earlier ones wrote", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    const first = await commitPiece(load, [
      upsert("a", { readAt: at(0) }),
      upsert("a", { readAt: at(1) }),
      upsert("b", { readAt: at(1) }),
    ]);
    const second = await commitPiece(load, [
      upsert("a", { readAt: at(2) }),
      upsert("b", { readAt: at(2), value: 2 }),
      upsert("c", { readAt: at(2) }),
    ]);
    assert.deepEqual(first, counts({ staged: 2, inserted: 2 }));
    assert.deepEqual(second, counts({ staged: 3, inserted: 1, updated: 1, unchanged: 1 }));
  });

  test("finds in a load's later commits a row that had no creation, by an object that has one", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    const read = (created: number | null, value: number): Upsert<unknown> =>
      upsert("a", { readAt: at(1), created, value });
    assert.deepEqual(await commitPiece(load, [read(null, 1)]), counts({ staged: 1, inserted: 1 }));
    assert.deepEqual(await commitPiece(load, [read(CREATED, 2)]), counts({ staged: 1, updated: 1 }));
    assert.equal((await readTable(warehouse, place, "raw_objects")).length, 1);
  });

  test("gives a row back its object's id where somebody has taken it away", async (place) => {
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      await commitChanges(warehouse, [upsert("a")]);
    }
    await place.execute(`UPDATE ${place.tableName("raw_objects")} SET external_id = CAST(NULL AS STRING) WHERE TRUE`);
    await using warehouse = await place.open();
    const result = await commitChanges(warehouse, [upsert("a", { readAt: at(1) })], { options: { force: true } });
    assert.deepEqual(result, counts({ staged: 1, updated: 1 }));
    const rows = await readTable(warehouse, place, "raw_objects");
    assert.deepEqual(
      rows.map((row) => row["external_id"]),
      ["a"],
    );
  });

  for (const [when, seconds, kept] of [
    ["before", 10, "note_a"],
    ["after", 30, "note_b"],
  ] as const) {
    test(`leaves one row of several of an object, with the other columns of the one read last: one read ${when} the first`, async (place) => {
      const rawObjects = place.tableName("raw_objects");
      const copied = (id: string, lastSeen: Date): string =>
        `SELECT * REPLACE (TIMESTAMP '${lastSeen.toISOString()}' AS last_seen, 'note_b' AS note) FROM ${rawObjects} WHERE external_id = '${id}'`;
      {
        await using warehouse = await place.open();
        await warehouse.prepare();
        const ids = ["doubled", "equal", "gone", "mixed", "single"];
        await commitChanges(
          warehouse,
          ids.map((id) => upsert(id, { readAt: at(20) })),
        );
      }
      await place.execute(`ALTER TABLE ${rawObjects} ADD COLUMN note STRING`);
      await place.execute(`UPDATE ${rawObjects} SET note = 'note_a' WHERE TRUE`);
      await place.execute(`INSERT INTO ${rawObjects} ${copied("doubled", at(seconds))}`);
      for (const id of ["equal", "gone"]) await place.execute(`INSERT INTO ${rawObjects} ${copied(id, at(20))}`);
      await place.execute(`INSERT INTO ${rawObjects} ${copied("mixed", at(200))}`);
      await using warehouse = await place.open();
      await warehouse.prepare();
      const changes = [
        upsert("doubled", { readAt: at(100), value: 2 }),
        upsert("equal", { readAt: at(100) }),
        remove("gone", at(100)),
        // One of its rows is newer, and stays beside the other.
        upsert("mixed", { readAt: at(100), value: 2 }),
        upsert("single", { readAt: at(100), value: 2 }),
        upsert("new", { readAt: at(100) }),
      ];
      const checkpoint = { cursor: { until: 100 }, runId: "run-2" };
      assert.deepEqual(
        await commitChanges(warehouse, changes, { checkpoint }),
        counts({ staged: 6, inserted: 1, updated: 3, unchanged: 1, deleted: 1 }),
      );
      assert.deepEqual((await warehouse.readCheckpoint(THINGS))?.cursor, checkpoint.cursor);
      const rows = await collect(
        (await warehouse.query(`SELECT external_id, note FROM ${rawObjects} ORDER BY external_id, note`, NATIVE)).rows,
      );
      assert.deepEqual(rows, [
        ["doubled", kept],
        ["equal", "note_a"],
        ["equal", "note_b"],
        ["gone", "note_a"],
        ["gone", "note_b"],
        ["mixed", "note_a"],
        ["mixed", "note_b"],
        ["new", null],
        ["single", "note_a"],
      ]);
      assert.deepEqual(
        await commitChanges(warehouse, [upsert("equal", { readAt: at(101) })], { options: { force: true } }),
        counts({ staged: 1, updated: 1 }),
      );
      assert.equal(await warehouse.countLive(THINGS), 6);
    });
  }

  test("says what is staged, and nothing after a commit", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    assert.deepEqual({ ...load.staged }, { rows: 0, sizeBytes: 0 });
    const changes = [upsert("a"), upsert("b"), upsert("c")];
    await load.append(changes);
    assert.equal(load.staged.rows, 3);
    const sizeBytes = changes.reduce((sum, change) => sum + change.record.sizeBytes, 0);
    assert.ok(load.staged.sizeBytes >= sizeBytes, `${load.staged.sizeBytes} >= ${sizeBytes}`);
    await load.commit(null);
    assert.deepEqual({ ...load.staged }, { rows: 0, sizeBytes: 0 });
  });

  test("commits nothing staged as nothing", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    assert.deepEqual(await commitChanges(warehouse, []), counts({}));
  });

  test("shows nothing that is only staged, and drops it when the load is disposed of", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("a"), upsert("b")]);
    assert.equal(await warehouse.countLive(THINGS), 0);
    assert.deepEqual(await readTable(warehouse, place, "raw_objects"), []);
    await load[Symbol.asyncDispose]();
    assert.deepEqual(await commitChanges(warehouse, [upsert("c")]), counts({ staged: 1, inserted: 1 }));
    const ids = await collect(warehouse.liveIds(THINGS, [{ from: null, until: null }]));
    assert.deepEqual(ids, ["c"]);
  });

  test("keeps apart what belongs to other connections and object types", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const scopes = [
      THINGS,
      { ...THINGS, connectionName: "stripe-other" },
      { ...THINGS, stream: "gadgets", objectType: "gadget" },
    ];
    const model = createRawObjectsModel();
    for (const [index, scope] of scopes.entries()) {
      const changes = [upsert("same", { readAt: at(index), value: index })];
      assert.deepEqual(await commitChanges(warehouse, changes, { scope }), counts({ staged: 1, inserted: 1 }));
      model.commit(scope, "run-1", SCHEMA_REF, changes);
    }
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), model.rows());
    for (const scope of scopes) assert.equal(await warehouse.countLive(scope), 1);
  });

  test("takes ids of any characters", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const ids = ["it's", 'a "b"', "`c`", "d\\e", "f:g", "ü🦆", "%_", " ", "x".repeat(255)];
    const changes = ids.map((id) => upsert(id));
    assert.deepEqual(await commitChanges(warehouse, changes), counts({ staged: 9, inserted: 9 }));
    assert.deepEqual(await commitChanges(warehouse, changes), counts({ staged: 9, unchanged: 9 }));
    const rows = await warehouse.readRows(THINGS, ids, { payload: false });
    assert.deepEqual(rows.map((row) => row.externalId).toSorted(), ids.toSorted());
  });

  test("loads two streams at once in one process", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const gadgets = { ...THINGS, stream: "gadgets", objectType: "gadget" };
    const model = createRawObjectsModel();
    const totals = await Promise.all(
      [THINGS, gadgets].map(async (scope) => {
        await using load = await warehouse.beginLoad(scope, loadOptions(scope));
        let inserted = 0;
        for (let piece = 0; piece < 4; piece += 1) {
          const changes = Array.from({ length: 25 }, (_, index) => upsert(`${scope.objectType}_${piece * 20 + index}`));
          inserted += (await commitPiece(load, changes)).inserted;
          model.commit(scope, "run-1", SCHEMA_REF, changes);
        }
        return inserted;
      }),
    );
    assert.deepEqual(totals, [85, 85]);
    assertSameRows(harness, await readTable(warehouse, place, "raw_objects"), model.rows());
  });
}
