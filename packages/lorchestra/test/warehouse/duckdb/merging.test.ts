import { cpSync, existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { at, upsert } from "../../../src/testing/changes.js";
import { testOpenOptions } from "../../../src/testing/index.js";
import { tenMegabytes } from "../../../src/testing/odd-payloads.js";
import { commitChanges, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { open } from "../../../src/warehouse/duckdb/index.js";
import { askFile, placeOfTest, type DuckdbPlace } from "../duckdb-places.js";

/** By default with as much memory as one commit of large objects takes. */
const openSmall = (place: DuckdbPlace, { url = place.address.url, memory = "160MB" } = {}) =>
  open({ ...place.address, url, settings: { memory_limit: memory } }, testOpenOptions());

const TEXT = tenMegabytes().replaceAll('"', "");

const small = (count: number, readAtSeconds: number, prefix = "small") =>
  Array.from({ length: count }, (_, index) =>
    upsert(`${prefix}_${index}`, { value: `${readAtSeconds} ${"text ".repeat(200)}`, readAt: at(readAtSeconds) }),
  );

/** The rows of each row group of a file that nobody has open. */
async function groupsOf(place: DuckdbPlace): Promise<number[]> {
  const sizes =
    "SELECT max(count)::DOUBLE FROM pragma_storage_info('events_dev.raw_objects') GROUP BY row_group_id ORDER BY row_group_id";
  return (await askFile(place.path, sizes)).map(([rows]) => Number(rows));
}

/** A process that could not put its log into the file leaves it beside the file. */
const hasLog = (place: DuckdbPlace): boolean => existsSync(`${place.path}.wal`);

describe("large objects, however many there are, need no more memory than a commit of them", () => {
  it.each([
    ["24 objects of 10 MB", 24, 10_000],
    ["800 objects of 300 KB", 800, 300],
  ])("%s", async (_, count, kilobytes) => {
    const place = placeOfTest();
    const filler = TEXT.slice(0, kilobytes * 1000);
    const perCommit = Math.floor(30_000 / kilobytes);
    {
      await using warehouse = await openSmall(place);
      await warehouse.prepare();
      await commitChanges(warehouse, small(5000, 1));
      await using load = await warehouse.beginLoad(THINGS, loadOptions());
      for (let start = 0; start < count; start += perCommit) {
        const indexes = Array.from({ length: Math.min(perCommit, count - start) }, (_, index) => start + index);
        await load.append(indexes.map((index) => upsert(`large_${index}`, { value: filler })));
        await load.commit(null);
      }
    }
    expect(hasLog(place)).toBe(false);
    for (let day = 2; day <= 5; day += 1) {
      {
        await using warehouse = await openSmall(place);
        await commitChanges(warehouse, small(3, day));
        if (day === 4) await commitChanges(warehouse, [upsert("large_9", { value: `4 ${filler}`, readAt: at(day) })]);
      }
      expect(hasLog(place)).toBe(false);
    }
    await using warehouse = await openSmall(place);
    expect(await warehouse.countLive(THINGS)).toBe(count + 5000);
    const [row] = await warehouse.readRows(THINGS, ["large_9"], { payload: true });
    expect(row?.payload?.includes(`4 ${filler}`)).toBe(true);
  });

  it("in another schema of the file", async () => {
    const place = placeOfTest();
    {
      await using warehouse = await openSmall(place);
      await warehouse.prepare();
      await using load = await warehouse.beginLoad(THINGS, loadOptions());
      for (let index = 0; index < 24; index += 1) {
        await load.append([upsert(`large_${index}`, { value: TEXT })]);
        if (index % 3 === 2) await load.commit(null);
      }
    }
    for (let day = 2; day <= 3; day += 1) {
      {
        await using warehouse = await openSmall(place, { url: "duckdb:./test.duckdb?schema=other" });
        await warehouse.prepare();
        for (let round = 0; round < 4; round += 1) await commitChanges(warehouse, small(5000, day, `small_${round}`));
      }
      expect(hasLog(place)).toBe(false);
    }
  });
});

describe("row groups", () => {
  it("are merged at the end where that fits into memory, so that the space of replaced rows is free", async () => {
    const place = placeOfTest();
    const objects = (from: number, readAtSeconds: number) =>
      Array.from({ length: 400 - from }, (_, index) =>
        upsert(`thing_${from + index}`, {
          value: `${readAtSeconds} ${TEXT.slice(0, 50_000)}`,
          readAt: at(readAtSeconds),
        }),
      );
    for (let day = 1; day <= 4; day += 1) {
      await using warehouse = await place.open();
      await warehouse.prepare();
      await commitChanges(warehouse, objects(day === 1 ? 0 : 200, day));
    }
    expect(await groupsOf(place)).toEqual([400]);
  });

  it("that would take more than half of the memory are left as they are", async () => {
    const place = placeOfTest();
    for (let round = 0; round < 5; round += 1) {
      await using warehouse = await openSmall(place, { memory: "600MB" });
      await warehouse.prepare();
      const large = [0, 1, 2].map((index) => upsert(`large_${round}_${index}`, { value: TEXT }));
      await commitChanges(warehouse, large);
      await commitChanges(warehouse, small(1, round));
    }
    const groups = await groupsOf(place);
    expect(Math.max(...groups)).toBeLessThan(15);
  });

  it("that seemed to fit and did not, as most of their rows were replaced, cost nothing", async () => {
    const place = placeOfTest();
    const rounds = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const load = async (day: number) => {
      await using warehouse = await openSmall(place);
      await warehouse.prepare();
      for (const round of rounds) {
        const large = Array.from({ length: day === 1 ? 20 : 0 }, (_, index) =>
          upsert(`large_${round}_${index}`, { value: TEXT.slice(0, 1_500_000) }),
        );
        const others = Array.from({ length: 8172 }, (_, index) =>
          upsert(`small_${round}_${index}`, { value: `${day}`, readAt: at(day) }),
        );
        await commitChanges(warehouse, [...large, ...others]);
      }
    };
    for (let day = 1; day <= 3; day += 1) {
      await load(day);
      expect(hasLog(place)).toBe(false);
    }
    await using warehouse = await openSmall(place);
    expect(await warehouse.countLive(THINGS)).toBe(rounds.length * (8172 + 20));
  });

  it("have their size also where they come from a log that a killed run has left", async () => {
    const place = placeOfTest();
    const killed = placeOfTest();
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      for (let round = 0; round < 4; round += 1) {
        const rows = Array.from({ length: 8000 }, (_, index) => upsert(`thing_${round}_${index}`));
        await commitChanges(warehouse, rows);
      }
      cpSync(place.path, killed.path);
      cpSync(`${place.path}.wal`, `${killed.path}.wal`);
    }
    {
      await using warehouse = await killed.open();
      expect(await warehouse.countLive(THINGS)).toBe(32_000);
    }
    expect(await groupsOf(killed)).toEqual([8192, 8192, 8192, 7424]);
  });
});
