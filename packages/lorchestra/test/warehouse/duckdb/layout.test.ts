import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tenMegabytes } from "../../../src/testing/odd-payloads.js";
import { createRandom } from "../../../src/testing/random.js";
import { sampleEvent } from "../../../src/testing/sample-event.js";
import { at, remove, upsert } from "../../../src/testing/changes.js";
import { collect, commitChanges, counts, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { askFile, executeSql, placeOfTest } from "../duckdb-places.js";

const manyThings = (count: number, value: number, readAtSeconds: number) =>
  Array.from({ length: count }, (_, index) =>
    upsert(`thing_${index}`, {
      value: `${value} ${"text ".repeat(200)}`,
      readAt: at(readAtSeconds),
      created: 1_600_000_000 + index,
    }),
  );

describe("the file's layout", () => {
  it("has payloads in zstd and row groups of 8,192 in a format that DuckDB 1.2 reads", async () => {
    const place = placeOfTest();
    const warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, manyThings(16_300, 1, 1));
    await warehouse[Symbol.asyncDispose]();
    const segments =
      "SELECT row_group_id, max(count), any_value(compression) FROM pragma_storage_info('events_dev.raw_objects')";
    expect(
      await askFile(
        place.path,
        `${segments} WHERE column_name = 'payload' AND segment_type <> 'VALIDITY' GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      ["0", "8192", "ZSTD"],
      ["1", "8108", "ZSTD"],
    ]);
    expect(
      await askFile(place.path, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"),
    ).toEqual([["v1.2.0+"]]);
  });

  it("keeps the format of a file that was there, and works in it", async () => {
    const place = placeOfTest();
    await executeSql(place.path, "CREATE TABLE events_dev.theirs AS SELECT range AS a FROM range(200000)");
    const [[version] = []] = await askFile(
      place.path,
      "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal",
    );
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
      expect(await commitChanges(warehouse, manyThings(100, 1, 1))).toEqual(counts({ staged: 100, inserted: 100 }));
    }
    expect(
      await askFile(place.path, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"),
    ).toEqual([[version]]);
    expect(await askFile(place.path, "SELECT count(*) FROM events_dev.theirs")).toEqual([["200000"]]);
  });

  it("does not grow with updates that come again and again", async () => {
    const place = placeOfTest();
    const warehouse = await place.open();
    await warehouse.prepare();
    const used = async (): Promise<number> => {
      const sql = "SELECT used_blocks FROM pragma_database_size() WHERE database_name = 'warehouse_file'";
      const [[blocks] = []] = await collect((await warehouse.query(sql, { dialect: "native" })).rows);
      return Number(blocks);
    };
    for (let round = 0; round < 8; round += 1) await commitChanges(warehouse, manyThings(9_000, round, round));
    const early = await used();
    for (let round = 8; round < 16; round += 1) await commitChanges(warehouse, manyThings(9_000, round, round));
    expect(await used()).toBeLessThan(early * 1.5);
    expect(await warehouse.countLive(THINGS)).toBe(9_000);
    await warehouse[Symbol.asyncDispose]();
  });
});

describe("large things", () => {
  it.each([10, 30])(
    "three objects of %i MB load in one commit, and are updated, within the default limit",
    async (size) => {
      const place = placeOfTest();
      await using warehouse = await place.open();
      await warehouse.prepare();
      const json = JSON.stringify({ parts: Array.from({ length: size / 10 }, tenMegabytes) });
      const objects = (readAtSeconds: number, tail: string) =>
        ["a", "b", "c"].map((id) => upsert(id, { json: json.replace(/}$/, tail), readAt: at(readAtSeconds) }));
      expect(await commitChanges(warehouse, objects(1, "}"))).toEqual(counts({ staged: 3, inserted: 3 }));
      expect(await commitChanges(warehouse, objects(2, ',"x":1}'))).toEqual(counts({ staged: 3, updated: 3 }));
      expect(await commitChanges(warehouse, [remove("a", at(3))])).toEqual(counts({ staged: 1, deleted: 1 }));
      const [row] = await warehouse.readRows(THINGS, ["b"], { payload: true });
      expect(row?.payload === json.replace(/}$/, ',"x":1}')).toBe(true);
    },
  );

  it.each([
    [2000, 20],
    [640, 100],
  ])("%i objects of %i KB load in one commit, within the default limit", async (count, kilobytes) => {
    const place = placeOfTest();
    await using warehouse = await place.open();
    await warehouse.prepare();
    const filler = tenMegabytes()
      .slice(0, kilobytes * 1000)
      .replaceAll('"', "");
    const objects = Array.from({ length: count }, (_, index) =>
      upsert(`thing_${index}`, { value: `${index} ${filler}` }),
    );
    expect(await commitChanges(warehouse, objects)).toEqual(counts({ staged: count, inserted: count }));
    // All of it went through the log, which is in the file by now.
    expect(statSync(`${place.path}.wal`, { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(16 * 1024 * 1024);
  });

  it.each([1, 2])("any mixture of commits and events needs no more memory than there is: %i", async (seed) => {
    const random = createRandom(seed);
    const place = placeOfTest();
    const text = tenMegabytes().replaceAll('"', "");
    /** Of a few hundred bytes, of 15 KB, or of anything up to 10 MB. */
    const sizes: [() => number, ...(() => number)[]] = [
      () => 500 + random.integer(3000),
      () => 15_000,
      () => Math.floor(10 ** (3 + random.integer(4000) / 1000)),
    ];
    for (let opening = 0; opening < 3; opening += 1) {
      await using warehouse = await place.open();
      await warehouse.prepare();
      for (let round = 0; round < 3; round += 1) {
        const sizeOf = random.pick(sizes);
        const changes = new Map<string, ReturnType<typeof upsert>>();
        for (let total = 0; total < 50_000_000 && changes.size < 15_000;) {
          const size = Math.min(sizeOf(), text.length);
          total += size;
          const id = `thing_${random.integer(25_000)}`;
          changes.set(
            id,
            upsert(id, { value: `${opening} ${round} ${text.slice(0, size)}`, readAt: at(10 * opening + round + 1) }),
          );
        }
        const result = await commitChanges(warehouse, [...changes.values()]);
        expect(result.inserted + result.updated).toBe(changes.size);
        await warehouse.appendEvents([sampleEvent(`event-${opening}-${round}`)]);
      }
    }
  });

  it("100,000 rows of an earlier tool are dated when they are first loaded into", async () => {
    const place = placeOfTest();
    await executeSql(
      place.path,
      `CREATE TABLE events_dev.raw_objects AS
       SELECT 'stripe:stripe-acme:thing:' || range AS idem_key, 'stripe' AS source_system, 'stripe-acme' AS connection_name,
         'thing' AS object_type, 'v0' AS schema_ref, range::VARCHAR AS external_id,
         ('{"id":"' || range || '","created":' || (1600000000 + range) || ',"text":"' || repeat(md5(range::VARCHAR), 20) || '"}')::JSON AS payload,
         TIMESTAMP '2024-01-01' AS first_seen, TIMESTAMP '2024-01-01' AS last_seen
       FROM range(100000)`,
    );
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("7", { readAt: at(1), created: 1_600_000_007 })]);
    expect(await load.commit(null)).toEqual(counts({ staged: 1, updated: 1 }));
    const ids = await collect(warehouse.liveIds(THINGS, [{ from: 1_600_000_000, until: 1_600_000_003 }]));
    expect(ids.toSorted()).toEqual(["0", "1", "2"]);
  });
});
