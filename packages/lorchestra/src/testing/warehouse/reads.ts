import assert from "node:assert/strict";
import { at, CREATED, remove, upsert } from "../changes.js";
import { collect, commitChanges, THINGS, type WarehouseContext, asText } from "../warehouse-context.js";
import type { ScannedRow, StoredRow } from "../../warehouse/warehouse.js";
import { createSeedTables } from "./seed-tables.js";

export function testReads({ test }: WarehouseContext): void {
  test("finds rows where their creation says that they are, and those of unknown creation", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const created = [
      Date.UTC(2024, 0, 31, 23, 59, 59) / 1000,
      Date.UTC(2024, 1, 1) / 1000,
      Date.UTC(2026, 6, 1) / 1000,
    ];
    const ids = ["january", "february", "july"];
    const dated = ids.map((id, index) => upsert(id, { created: created[index] ?? null }));
    await commitChanges(warehouse, [...dated, upsert("undated", { created: null })]);
    for (const payload of [true, false]) {
      const rows = await warehouse.readRows(THINGS, [...ids, "undated", "unknown"], { payload, created });
      assert.deepEqual(rows.map(({ externalId }) => externalId).toSorted(), [...ids, "undated"].toSorted());
    }
  });

  test("reads the rows of the ids that have one", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const kept = upsert("a", { readAt: at(10), requestId: "req_a", listedHash: "f00d" });
    await commitChanges(warehouse, [kept, upsert("b", { readAt: at(11) }), upsert("c")]);
    await commitChanges(warehouse, [remove("b", at(20))]);
    await commitChanges(warehouse, [upsert("a", { value: "another type's" })], {
      scope: { ...THINGS, stream: "gadgets", objectType: "gadget" },
    });
    const rows = await warehouse.readRows(THINGS, ["a", "b", "unknown"], { payload: true });
    assert.equal(rows.length, 2);
    const [a, b] = inOrder(rows);
    assert.deepEqual(
      { ...a, payload: JSON.parse(asText(a?.payload)) as unknown },
      {
        idemKey: "stripe:stripe-acme:thing:a",
        externalId: "a",
        payloadHash: kept.record.contentHash,
        payload: kept.record.parse(),
        firstSeen: at(10),
        lastSeen: at(10),
        deletedAt: null,
        apiVersion: "2026-10-28.endive",
        runId: "run-1",
        requestId: "req_a",
        listedHash: "f00d",
      },
    );
    assert.deepEqual([b?.deletedAt, b?.listedHash], [at(20), null]);
    assert.ok(b?.payload);
  });

  test("reads rows without their payloads unless they are asked for", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")]);
    const [row] = await warehouse.readRows(THINGS, ["a"], { payload: false });
    assert.equal(row?.payload, null);
    assert.deepEqual(await warehouse.readRows(THINGS, [], { payload: false }), []);
  });

  test("scans all rows of a stream, deleted ones too, with what is known of their creation", async (place) => {
    const scanned = async (payload: boolean): Promise<ScannedRow[]> => {
      await using warehouse = await place.open({ access: "read" });
      const rows = await collect(warehouse.scanRows(THINGS, { payload }));
      return inOrder(rows);
    };
    assert.deepEqual(await scanned(true), []);
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      const kept = upsert("a", { readAt: at(10), requestId: "req_a", listedHash: "f00d", created: CREATED + 5 });
      await commitChanges(warehouse, [kept, upsert("b", { readAt: at(11) }), upsert("c", { created: null })]);
      await commitChanges(warehouse, [remove("b", at(20))]);
      await commitChanges(warehouse, [upsert("a", { value: "another type's" })], {
        scope: { ...THINGS, stream: "gadgets", objectType: "gadget" },
      });
      const looked = await warehouse.readRows(THINGS, ["a", "b", "c"], { payload: true });
      const byId = new Map(looked.map((row) => [row.externalId, row]));
      const created = { a: CREATED + 5, b: CREATED, c: null };
      assert.deepEqual(
        inOrder(await collect(warehouse.scanRows(THINGS, { payload: true }))),
        (["a", "b", "c"] as const).map((id) => ({ ...byId.get(id), created: created[id] })),
      );
    }
    const without = await scanned(false);
    assert.deepEqual(
      without.map(({ externalId, payload, created, deletedAt }) => [externalId, payload, created, deletedAt]),
      [
        ["a", null, CREATED + 5, null],
        ["b", null, CREATED, at(20)],
        ["c", null, null, null],
      ],
    );
  });

  test("scans the rows of an earlier tool, whose payloads, where there are any, say when they were created", async (place) => {
    await createSeedTables(place);
    const ids = [1, 2, 3, 4, 5, 6].map((index) => `thing_${index}`);
    const created = async (payload: boolean): Promise<unknown[]> => {
      await using warehouse = await place.open({ access: "read" });
      const rows = await collect(warehouse.scanRows(THINGS, { payload }));
      assert.deepEqual(
        inOrder(await warehouse.readRows(THINGS, ids, { payload })).map((row) => row.payload),
        inOrder(rows).map((row) => row.payload),
      );
      return inOrder(rows).map((row) => [row.externalId, row.created, row.payload !== null]);
    };
    for (const payload of [true, false]) {
      assert.deepEqual(await created(payload), [
        ["thing_1", CREATED, payload],
        ["thing_2", CREATED + 500, payload],
        ["thing_3", null, payload],
        ["thing_4", null, false],
        ["thing_5", null, payload],
        ["thing_6", null, payload],
      ]);
    }
  });

  test("reads 10,000 ids in one call", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const ids = Array.from({ length: 10_000 }, (_, index) => `thing_${index}`);
    await commitChanges(
      warehouse,
      ids.slice(0, 300).map((id) => upsert(id)),
    );
    assert.equal((await warehouse.readRows(THINGS, ids, { payload: false })).length, 300);
  });

  test("knows the newest read of a stream, deletions included", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    assert.equal(await warehouse.newestReadAt(THINGS), null);
    await commitChanges(warehouse, [upsert("a", { readAt: at(10) }), upsert("b", { readAt: at(12.345) })]);
    await commitChanges(warehouse, [upsert("z", { readAt: at(99) })], {
      scope: { ...THINGS, connectionName: "other" },
    });
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(12.345));
    await commitChanges(warehouse, [remove("a", at(20))]);
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(20));
    await commitChanges(warehouse, [upsert("c", { readAt: at(15) })]);
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(20));
  });

  test("stops reading when it is told to", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a"), upsert("b")]);
    const reason = new Error("asked to stop");
    const signal = AbortSignal.abort(reason);
    const options = { payload: true, signal };
    await assert.rejects(warehouse.readRows(THINGS, ["a"], options), reason);
    await assert.rejects(collect(warehouse.liveIds(THINGS, [{ from: null, until: null }], signal)), reason);
    await assert.rejects(collect(warehouse.scanRows(THINGS, options)), reason);
  });

  test("counts and lists live rows only", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a"), upsert("b"), upsert("c")]);
    await commitChanges(warehouse, [remove("b", at(20))]);
    assert.equal(await warehouse.countLive(THINGS), 2);
    const ids = await collect(warehouse.liveIds(THINGS, [{ from: null, until: null }]));
    assert.deepEqual(ids.toSorted(), ["a", "c"]);
  });

  test("lists the ids whose created lies in a range: from inclusive, until exclusive, each once", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const seconds = [0, 10, 20, 30, 40];
    await commitChanges(warehouse, [
      ...seconds.map((second) => upsert(`at_${second}`, { created: CREATED + second })),
      upsert("unknown", { created: null }),
    ]);
    const ids = async (...ranges: [number | null, number | null][]): Promise<string[]> => {
      const absolute = ranges.map(([from, until]) => ({
        from: from === null ? null : CREATED + from,
        until: until === null ? null : CREATED + until,
      }));
      return (await collect(warehouse.liveIds(THINGS, absolute))).toSorted();
    };
    assert.deepEqual(await ids([10, 30]), ["at_10", "at_20"]);
    assert.deepEqual(await ids([30, null]), ["at_30", "at_40"]);
    assert.deepEqual(await ids([null, 10]), ["at_0", "unknown"]);
    assert.deepEqual(await ids([null, null]), ["at_0", "at_10", "at_20", "at_30", "at_40", "unknown"]);
    assert.deepEqual(await ids([0, 11], [10, 20], [40, 41]), ["at_0", "at_10", "at_40"]);
    assert.deepEqual(await ids([0, 11], [30, null]), ["at_0", "at_10", "at_30", "at_40"]);
    assert.deepEqual(await ids([null, 5], [20, 21], [40, null]), ["at_0", "at_20", "at_40", "unknown"]);
    assert.deepEqual(await ids([10, 10], [41, null]), []);
    assert.deepEqual(await ids(), []);
  });

  test("derives created from the payload of an earlier tool's rows", async (place) => {
    await createSeedTables(place);
    await using warehouse = await place.open();
    await warehouse.prepare();
    assert.equal(await warehouse.countLive(THINGS), 6);
    const ids = async (from: number | null, until: number | null): Promise<string[]> =>
      (await collect(warehouse.liveIds(THINGS, [{ from, until }]))).toSorted();
    assert.deepEqual(await ids(CREATED, CREATED + 1), ["thing_1"]);
    assert.deepEqual(await ids(CREATED + 1, null), ["thing_2"]);
    assert.deepEqual(await ids(null, CREATED + 1), ["thing_1", "thing_3", "thing_4", "thing_5", "thing_6"]);
    assert.deepEqual(await warehouse.newestReadAt(THINGS), at(20));
  });
}

function inOrder<T extends StoredRow>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => (a.externalId < b.externalId ? -1 : 1));
}
