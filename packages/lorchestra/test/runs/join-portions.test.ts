import fc from "fast-check";
import type { Batch, Change } from "injest";
import { expect, test } from "vitest";
import { joinPortions } from "../../src/runs/compare/join-portions.js";
import type { Portion } from "../../src/runs/compare/portion.js";
import { lookUpPortions, type ReadContext, readPortions } from "../../src/runs/compare/read-portions.js";
import { scopeOf } from "../../src/runs/stream-scope.js";
import { openDiskSpill } from "../../src/spill/disk-spill.js";
import { type OpenSpill, partitionOf, type Spill } from "../../src/spill/spill.js";
import { upsert } from "../../src/testing/changes.js";
import type { ScannedRow, Warehouse } from "../../src/warehouse/warehouse.js";
import { arraySource } from "./array-source.js";

const NOW = Date.UTC(2026, 0, 1);
const CREATED = 1_700_000_000;

/** The reads of a warehouse that a comparison may make, over rows in memory. */
function rowsOnly(rows: readonly ScannedRow[]) {
  const scans = { begun: 0, ended: 0 };
  const warehouse = {
    readRows: (_: unknown, ids: readonly string[]) =>
      Promise.resolve(rows.filter(({ externalId }) => ids.includes(externalId))),
    async *liveIds(_: unknown, ranges: readonly { from: number | null; until: number | null }[]) {
      for (const { externalId, created, deletedAt } of rows) {
        const isIn = ranges.some(({ from, until }) =>
          created === null ? from === null : created >= (from ?? -Infinity) && created < (until ?? Infinity),
        );
        if (isIn && deletedAt === null) yield externalId;
      }
    },
    async *scanRows() {
      scans.begun += 1;
      try {
        yield* rows;
      } finally {
        scans.ended += 1;
      }
    },
  };
  return { warehouse: warehouse as unknown as Warehouse, scans };
}

function row(externalId: string, facts: Partial<ScannedRow> = {}): ScannedRow {
  return {
    idemKey: `stripe:stripe-mensio:thing:${externalId}`,
    externalId,
    payloadHash: "hash",
    payload: JSON.stringify({ id: externalId, text: "ä" }),
    firstSeen: new Date(NOW - 2),
    lastSeen: new Date(NOW - 1),
    deletedAt: null,
    apiVersion: "2026-10-28.endive",
    runId: null,
    requestId: null,
    listedHash: null,
    created: CREATED,
    ...facts,
  };
}

function contextOf(warehouse: Warehouse, source = arraySource({ now: () => NOW })): ReadContext {
  const stream = source.streams["things"];
  if (stream === undefined) throw new Error("no stream");
  const connection = { name: "stripe-mensio", identity: "", provider: "stripe", description: "" };
  return {
    warehouse,
    scope: scopeOf({ source, connection }, stream),
    stream,
    retrieve: {},
    openSpill: openDiskSpill,
    allowDeletes: false,
    findsAllRows: true,
    payload: true,
  };
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const batch = (changes: readonly Change<unknown>[], listed: Batch<unknown>["listed"] = []): Batch<unknown> => ({
  changes,
  listed,
  cursor: null,
});

/** Each change beside its row, in the order of their ids. */
async function pairsOf(portions: AsyncIterable<Portion>): Promise<unknown[]> {
  const pairs: { id: string; change: unknown; row: unknown }[] = [];
  for await (const { changes, rows } of portions) {
    for (const change of changes) {
      const text = change.op === "upsert" ? [change.record.json, change.record.contentHash] : null;
      const { id, op, readAt } = change;
      const { created = null, ...stored } = (rows.get(id) ?? {}) as Partial<ScannedRow>;
      pairs.push({ id, change: [op, readAt, text], row: [created !== undefined, stored] });
    }
  }
  return pairs.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

test("finds beside each other just what look-ups find", async () => {
  const ids = fc.integer({ min: 0, max: 30 }).map((n) => `th_${n}`);
  const created = fc.option(fc.integer({ min: CREATED, max: CREATED + 10 }));
  const account = fc.record({
    rows: fc.uniqueArray(fc.record({ id: ids, created, isDeleted: fc.boolean() }), { selector: ({ id }) => id }),
    objects: fc.uniqueArray(fc.record({ id: ids, created }), { selector: ({ id }) => id }),
    batches: fc.array(
      fc.record({
        ids: fc.array(ids),
        alsoPresent: fc.array(ids),
        range: fc.record({
          from: fc.option(fc.integer({ min: CREATED, max: CREATED + 10 })),
          until: fc.option(fc.integer({ min: CREATED, max: CREATED + 12 })),
        }),
      }),
      { maxLength: 6 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(account, async ({ rows, objects, batches }) => {
      const source = arraySource({ now: () => NOW });
      for (const { id, created } of objects) source.put(id, { created, text: "é" });
      const { warehouse } = rowsOnly(
        rows.map(({ id, created, isDeleted }) => row(id, { created, ...(isDeleted && { deletedAt: new Date(NOW) }) })),
      );
      const context = contextOf(warehouse, source);
      const read = batches.map(({ ids, alsoPresent, range }, index) =>
        batch(
          ids.map((id) => upsert(id, { value: index, readAt: new Date(NOW + index) })),
          [{ range, alsoPresent }],
        ),
      );
      // Of what a look-up found with an earlier batch, nothing is sought again with a later one.
      const expected = await pairsOf(lookUpPortions(from(read), context));
      expect(await pairsOf(joinPortions([], from(read), context))).toEqual(expected);
      const [held, further] = [read.slice(0, 2), read.slice(2)];
      expect(await pairsOf(joinPortions(held, from(further), context))).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("parts what is too much for memory again, and still joins all of it", async () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => `th_${n}`).filter((id) => partitionOf(id, 0) === 5);
  const large = ids.slice(0, 80).map((id) => upsert(id, { value: `${id} ${"x".repeat(400_000)}` }));
  const { warehouse } = rowsOnly(ids.slice(40, 100).map((id) => row(id)));
  const everything = { range: { from: null, until: null }, alsoPresent: ids.slice(80, 90) };
  const source = arraySource({ now: () => NOW });
  const portions: Portion[] = [];
  for await (const portion of joinPortions([batch(large, [everything])], from([]), contextOf(warehouse, source))) {
    const bytes = portion.changes.reduce(
      (sum, change) => sum + (change.op === "upsert" ? change.record.sizeBytes : 0),
      0,
    );
    expect(bytes).toBeLessThan(17 * 1024 * 1024);
    portions.push(portion);
  }
  const found = portions.flatMap(({ changes, rows }) => changes.map(({ id, op }) => [id, op, rows.has(id)] as const));
  const inOrder = (list: readonly (readonly [string, ...unknown[]])[]) => list.toSorted(([a], [b]) => (a < b ? -1 : 1));
  expect(inOrder(found)).toEqual(
    inOrder([
      ...ids.slice(0, 80).map((id, index) => [id, "upsert", index >= 40] as const),
      ...ids.slice(90, 100).map((id) => [id, "delete", true] as const),
    ]),
  );
  expect(source.calls.retrieved.length).toBe(10);
});

test("ends at once with what the warehouse says, and ends the scan when it is left early", async () => {
  const { warehouse, scans } = rowsOnly(Array.from({ length: 100 }, (_, n) => row(`th_${n}`)));
  const failing = {
    ...warehouse,
    // oxlint-disable-next-line require-yield
    async *scanRows() {
      throw new Error("the warehouse fails");
    },
  } as unknown as Warehouse;
  let taken = 0;
  async function* endless(): AsyncGenerator<Batch<unknown>> {
    for (;;) {
      taken += 1;
      yield batch([upsert(`th_${taken}`)]);
    }
  }
  await expect(pairsOf(joinPortions([], endless(), contextOf(failing)))).rejects.toThrow("the warehouse fails");
  expect(taken).toBeLessThan(10);

  const stop = new AbortController();
  const interrupted = { ...contextOf(warehouse), retrieve: { signal: stop.signal } };
  stop.abort(new Error("interrupted"));
  await expect(pairsOf(joinPortions([], from([batch([upsert("th_1")])]), interrupted))).rejects.toThrow("interrupted");
  expect(scans.ended).toBe(scans.begun);
});

test("lets go of all that it opened when the disk is full amid it", async () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => `th_${n}`).filter((id) => partitionOf(id, 0) === 5);
  const large = ids.slice(0, 40).map((id) => upsert(id, { value: "x".repeat(400_000) }));
  const open = new Set<object>();
  const openSpill: OpenSpill = (level) => {
    const spill = openDiskSpill(level);
    const watched: Spill = {
      ...spill,
      add: (key, entry) => {
        if (level > 0) throw new Error("the disk is full");
        spill.add(key, entry);
      },
      [Symbol.dispose]: () => {
        open.delete(watched);
        spill[Symbol.dispose]();
      },
    };
    open.add(watched);
    return watched;
  };
  const context = { ...contextOf(rowsOnly([]).warehouse), openSpill };
  await expect(pairsOf(joinPortions([batch(large)], from([]), context))).rejects.toThrow("the disk is full");
  expect(open.size).toBe(0);
});

test("looks large objects up, however many they are: a scan would hold thousands of them at a time", async () => {
  const { warehouse, scans } = rowsOnly([row("th_1")]);
  const large = Array.from({ length: 60 }, (_, n) => batch([upsert(`th_${n}`, { value: "x".repeat(1_000_000) })]));
  const found = await pairsOf(readPortions(from(large), contextOf(warehouse)));
  expect([found.length, scans.begun]).toEqual([60, 0]);
  const small = Array.from({ length: 95 }, (_, page) =>
    batch(Array.from({ length: 100 }, (_, n) => upsert(`th_${page}_${n}`))),
  );
  expect((await pairsOf(readPortions(from(small), contextOf(warehouse)))).length).toBe(9_500);
  expect(scans).toEqual({ begun: 1, ended: 1 });
});
