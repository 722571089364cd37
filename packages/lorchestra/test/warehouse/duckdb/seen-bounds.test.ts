import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, remove, upsert } from "../../../src/testing/changes.js";
import { createRandom } from "../../../src/testing/random.js";
import { collect, commitPiece, counts, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { parseAddress } from "../../../src/warehouse/duckdb/address.js";
import { createCommitter } from "../../../src/warehouse/duckdb/commit/commit.js";
import { createdRanges } from "../../../src/warehouse/created-ranges.js";
import { openDatabase } from "../../../src/warehouse/duckdb/file/database.js";
import { openLoad } from "../../../src/warehouse/duckdb/commit/load.js";
import { tableNames } from "../../../src/warehouse/duckdb/names.js";
import { createReads } from "../../../src/warehouse/duckdb/read/reads.js";
import { type Bounds, EVER, SeenBounds } from "../../../src/warehouse/duckdb/commit/seen-bounds.js";
import { createWriter } from "../../../src/warehouse/duckdb/commit/writer.js";
import type { Load, LoadResult } from "../../../src/warehouse/warehouse.js";
import { executeSql, newDuckdbPlace, type DuckdbPlace } from "../duckdb-places.js";

const DAY = 86_400;

function within(bounds: readonly Bounds[], seenUs: number): boolean {
  return bounds.some(({ fromUs, untilUs }) => fromUs <= seenUs && seenUs <= untilUs);
}

describe("bounds of when rows were read", () => {
  it("hold each row that may have been created then, and are a few apart from each other", () => {
    const random = createRandom(7);
    const seen = new SeenBounds();
    seen.know([]);
    const rows: { created: number; seenUs: number }[] = [];
    for (let count = 0; count < 3_000; count += 1) {
      const row = { created: (random.integer(3_000) - 10) * DAY, seenUs: random.integer(1_000_000_000) };
      seen.add(row.created, row.seenUs);
      rows.push(row);
      if (count % 100 !== 0) continue;
      const asked = rows.filter(() => random.chance(0.3));
      const bySecond = seen.ofSeconds(asked.map(({ created }) => created));
      const from = random.integer(2_000);
      const until = from + random.integer(1_000);
      const byRange = seen.ofRanges(createdRanges([{ from: from * DAY, until: until * DAY }]));
      for (const { created, seenUs } of asked) expect(within(bySecond, seenUs), `created ${created}`).toBe(true);
      for (const { created, seenUs } of rows)
        if (created >= from * DAY && created < until * DAY) expect(within(byRange, seenUs), `${created}`).toBe(true);
      for (const bounds of [bySecond, byRange]) {
        expect(bounds.length).toBeLessThanOrEqual(16);
        for (const [index, { fromUs, untilUs }] of bounds.entries()) {
          expect(fromUs).toBeLessThanOrEqual(untilUs);
          if (index > 0) expect(fromUs).toBeGreaterThan(bounds[index - 1]?.untilUs ?? Infinity);
        }
      }
    }
  });

  it("leave out what was read at other times: those furthest apart stay apart", () => {
    const seen = new SeenBounds();
    seen.know([]);
    for (let day = 0; day < 100; day += 1) seen.add(day * DAY, day < 50 ? day : 1_000 + day);
    const bounds = seen.ofSeconds(Array.from({ length: 100 }, (_, day) => day * DAY));
    expect(within(bounds, 49) && within(bounds, 1_050)).toBe(true);
    expect(within(bounds, 500)).toBe(false);
    expect(seen.ofSeconds([DAY * 2_000])).toEqual([]);
    expect(seen.ofRanges(createdRanges([{ from: DAY * 2_000, until: null }]))).toEqual([]);
  });

  it("are none where not all rows are known, or not all tell when they were read", () => {
    const seen = new SeenBounds();
    expect({ isWanting: seen.isWanting, of: seen.ofSeconds([1]) }).toEqual({ isWanting: true, of: [EVER] });
    seen.add(1, 1);
    expect(seen.ofSeconds([1])).toEqual([EVER]);
    seen.know([{ stretch: 0, seen: { fromUs: 5, untilUs: 6 } }]);
    expect({ isWanting: seen.isWanting, of: seen.ofSeconds([1]) }).toEqual({
      isWanting: false,
      of: [{ fromUs: 5, untilUs: 6 }],
    });
    seen.forget();
    expect({ isWanting: seen.isWanting, of: seen.ofSeconds([1]) }).toEqual({ isWanting: true, of: [EVER] });
    seen.know([{ stretch: 0, seen: null }]);
    expect({ isWanting: seen.isWanting, of: seen.ofSeconds([1]) }).toEqual({ isWanting: false, of: [EVER] });
  });

  it("are given up for a history of more stretches than there can be", () => {
    const seen = new SeenBounds();
    seen.know([]);
    for (let day = 0; day < 60_000; day += 1) seen.add(day * DAY, day);
    expect({ isWanting: seen.isWanting, of: seen.ofSeconds([1]) }).toEqual({ isWanting: false, of: [EVER] });
  });
});

describe("a commit", () => {
  let place: DuckdbPlace;

  beforeEach(() => {
    place = newDuckdbPlace();
  });

  afterEach(async () => {
    await place.remove();
  });

  const createdOf = (number: number): number => 1_400_000_000 + ((number * 7_919) % 3_000) * DAY;
  const idOf = (number: number): string => `thing_${number}`;

  it.each([1, 2, 3, 4])(
    "finds the rows that are there, whichever load and process wrote them and in whatever order: seed %i",
    async (seed) => {
      const random = createRandom(seed);
      const model = new Map<number, { value: string; readAt: number; deletedAt: number | null }>();
      for (let process = 0; process < 3; process += 1) {
        await using warehouse = await place.open();
        await warehouse.prepare();
        for (let load = 0; load < 2; load += 1) {
          await using open = await warehouse.beginLoad(THINGS, loadOptions());
          for (let commit = 0; commit < 4; commit += 1) {
            const staged = new Map<number, { value: string; readAt: number } | { readAt: number }>();
            const count = 1 + random.integer(60);
            for (let index = 0; index < count; index += 1) {
              const readAt = 1 + random.integer(500_000);
              const isDelete = random.chance(0.1);
              staged.set(random.integer(300), isDelete ? { readAt } : { readAt, value: `${random.integer(3)}` });
            }
            const expected: { -readonly [Name in keyof LoadResult]: number } = counts({ staged: staged.size });
            for (const [number, change] of staged) {
              const known = model.get(number);
              if (known !== undefined && change.readAt < Math.max(known.readAt, known.deletedAt ?? 0)) {
                expected.stale += 1;
              } else if ("value" in change) {
                const isEqual = known?.value === change.value && known.deletedAt === null;
                expected[known === undefined ? "inserted" : isEqual ? "unchanged" : "updated"] += 1;
                if (!isEqual) model.set(number, { ...change, deletedAt: null });
              } else if (known === undefined || known.deletedAt !== null) {
                expected.unchanged += 1;
              } else {
                expected.deleted += 1;
                known.deletedAt = change.readAt;
              }
            }
            const changes = [...staged].map(([number, change]) =>
              "value" in change
                ? upsert(idOf(number), { value: change.value, readAt: at(change.readAt), created: createdOf(number) })
                : remove(idOf(number), at(change.readAt)),
            );
            expect(await commitPiece(open, changes)).toEqual(expected);
            const from = 1_400_000_000 + random.integer(3_000) * DAY;
            const range = { from, until: from + (1 + random.integer(1_000)) * DAY };
            const unlisted = await collect(open.unlisted([{ range, alsoPresent: [] }]));
            const live = [...model].filter(([number, { deletedAt }]) => {
              const created = createdOf(number);
              return deletedAt === null && range.from <= created && created < range.until;
            });
            expect(unlisted.toSorted()).toEqual(live.map(([number]) => idOf(number)).toSorted());
          }
        }
      }
    },
    60_000,
  );

  it.each([
    ["that do not tell when they were read", "TIMESTAMP", "NULL", "thing_2"],
    ["that were read at no time of ours", "TIMESTAMP", "'infinity'", "thing_2"],
    ["that were read in the far future", "TIMESTAMP", "'9999-12-31 23:59:59.999999'", "thing_%"],
    ["that tell nanoseconds", "TIMESTAMP_NS", "'2025-01-01 00:05:00.123456789'", "thing_2"],
    ["that have a time zone", "TIMESTAMP WITH TIME ZONE", "'2025-01-01 00:05:00.123456+03'", "thing_2"],
  ])("finds rows of an earlier tool %s", async (_, type, lastSeen, things) => {
    const changesOf = (numbers: readonly number[]) =>
      numbers.map((number) =>
        upsert(idOf(number), { value: "1", readAt: at(number + 1), created: createdOf(number === 4 ? 1 : 0) + number }),
      );
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      await using load = await warehouse.beginLoad(THINGS, loadOptions());
      await commitPiece(load, changesOf([1, 2, 3]));
    }
    await executeSql(place.path, `ALTER TABLE events_dev.raw_objects ALTER COLUMN last_seen TYPE ${type}`);
    await executeSql(
      place.path,
      `UPDATE events_dev.raw_objects SET last_seen = ${lastSeen} WHERE external_id LIKE '${things}'`,
    );
    await using warehouse = await place.open();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    expect(await commitPiece(load, changesOf([4]))).toEqual(counts({ staged: 1, inserted: 1 }));
    const { inserted } = await commitPiece(load, changesOf([1, 2, 3, 4]));
    expect(inserted).toBe(0);
  });

  it("finds rows that were dated while it was under way", async () => {
    const change = (number: number) =>
      upsert(idOf(number), { value: "1", readAt: at(number + 1), created: createdOf(number) });
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      await using load = await warehouse.beginLoad({ ...THINGS, stream: "others", objectType: "other" }, loadOptions());
      await commitPiece(load, [change(1)]);
    }
    await executeSql(place.path, "UPDATE events_dev.raw_objects SET object_created = NULL");
    await using warehouse = await place.open();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await commitPiece(load, [change(5)]);
    await commitPiece(load, [change(6)]);
    await using others = await warehouse.beginLoad(
      { ...THINGS, stream: "others", objectType: "other" },
      { ...loadOptions(), idemKey: loadOptions().idemKey },
    );
    expect(await commitPiece(others, [change(1)])).toEqual(counts({ staged: 1, unchanged: 1 }));
  });

  it("makes the bounds of an empty table at once, of others for a load that commits again, and none for less", async () => {
    const change = (number: number) => upsert(idOf(number), { readAt: at(number), created: createdOf(number) });
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
    }
    const wanting: boolean[][] = [];
    for (const first of [1, 3]) {
      const seen = new SeenBounds();
      await using load = await openLoadWith(seen);
      for (const number of [first, first + 1]) {
        await commitPiece(load, [change(number)]);
        wanting.push([seen.isWanting, seen.ofSeconds([createdOf(number)]).includes(EVER)]);
      }
    }
    expect(wanting).toEqual([
      [false, false],
      [false, false],
      [true, true],
      [false, false],
    ]);
  });

  async function openLoadWith(seen: SeenBounds): Promise<Load> {
    const address = { url: `duckdb:${place.path}`, directory: place.directory, environment: {}, settings: {} };
    const options = { tablePrefix: "", access: "write", runId: "run-1", nowMs: Date.now } as const;
    const database = await openDatabase(parseAddress(address), options, {});
    const names = tableNames("events_dev", "");
    const writer = await createWriter(database);
    const committer = createCommitter(writer.connection, names, seen);
    const reads = createReads(database, names, () => new Map(), seen);
    const tools = { database, writer, committer, reads, names, seen, otherColumns: [], nowMs: Date.now };
    const load = await openLoad(tools, THINGS, loadOptions(), () => undefined);
    const dispose = load[Symbol.asyncDispose].bind(load);
    load[Symbol.asyncDispose] = async () => {
      await dispose();
      await writer.close();
      await database.close();
    };
    return load;
  }
});
