import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { at, upsert } from "../../../src/testing/changes.js";
import { commitChanges, failure, THINGS } from "../../../src/testing/warehouse-context.js";
import { testOpenOptions } from "../../../src/testing/index.js";
import { parseAddress } from "../../../src/warehouse/duckdb/address.js";
import { openDatabase } from "../../../src/warehouse/duckdb/file/database.js";
import { createWriter } from "../../../src/warehouse/duckdb/commit/writer.js";
import { askFile, placeOfTest, type DuckdbPlace } from "../duckdb-places.js";
import { startChild } from "./child.js";

const thingsOf = (day: number, count: number) =>
  Array.from({ length: count }, (_, index) => upsert(`thing_${index}`, { value: day, readAt: at(day) }));

async function load(place: DuckdbPlace, day: number, count: number): Promise<void> {
  await using warehouse = await place.open();
  await warehouse.prepare();
  await commitChanges(warehouse, thingsOf(day, count));
}

async function liveIn(place: DuckdbPlace): Promise<number> {
  await using warehouse = await place.open({ access: "read" });
  return await warehouse.countLive(THINGS);
}

describe("a file that is open", () => {
  it("and was deleted ends the commit that would write to it, and leaves nothing behind", async () => {
    const place = placeOfTest();
    await load(place, 1, 10);
    const warehouse = await place.open();
    await commitChanges(warehouse, thingsOf(2, 20));
    rmSync(place.path);
    await failure("WAREHOUSE_REPLACED", () => commitChanges(warehouse, thingsOf(3, 30)));
    await warehouse[Symbol.asyncDispose]();
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it("and is moved within a transaction has nothing of that", async () => {
    const place = placeOfTest();
    await load(place, 1, 10);
    const database = await openDatabase(parseAddress(place.address), testOpenOptions(), {});
    const writer = await createWriter(database);
    const error = await writer
      .transact("test", async (connection) => {
        await connection.run("CREATE TABLE warehouse_file.numbers AS SELECT 1 AS a");
        renameSync(place.path, `${place.path}.moved`);
      })
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "WAREHOUSE_REPLACED" });
    await writer.close();
    await database.close();
    const numbers = "SELECT table_name FROM duckdb_tables() WHERE table_name = 'numbers'";
    expect(await askFile(`${place.path}.moved`, numbers)).toEqual([]);
  });

  it("and was moved ends the commit that would write to it; the file has what was committed before", async () => {
    const place = placeOfTest();
    await load(place, 1, 10);
    const warehouse = await place.open();
    await commitChanges(warehouse, thingsOf(2, 20));
    renameSync(place.path, `${place.path}.moved`);
    await failure("WAREHOUSE_REPLACED", () => commitChanges(warehouse, thingsOf(3, 30)));
    await warehouse[Symbol.asyncDispose]();
    expect(readdirSync(place.directory)).toEqual(["test.duckdb.moved"]);
    renameSync(`${place.path}.moved`, place.path);
    expect(await liveIn(place)).toBe(20);
  });

  it("and was replaced leaves the process alone that has the new one, and its log and note", async () => {
    const place = placeOfTest();
    await load(place, 1, 10);
    copyFileSync(place.path, `${place.path}.copy`);
    const database = await openDatabase(parseAddress(place.address), testOpenOptions(), {});
    const writer = await createWriter(database);
    const write = (): Promise<void> =>
      writer.transact("test", async (connection) => {
        await connection.run("CREATE OR REPLACE TABLE warehouse_file.numbers AS SELECT 1 AS a");
      });
    await write();
    await database.checkpoint();
    renameSync(`${place.path}.copy`, place.path);
    const child = startChild("load-until-killed", place.directory);
    try {
      expect([await child.line(), await child.line()]).toEqual(["open", "committed 1"]);
      await failure("WAREHOUSE_REPLACED", write);
      await writer.close();
      await database.close();
      expect(existsSync(`${place.path}.wal`)).toBe(true);
      expect(existsSync(`${place.path}.holder`)).toBe(true);
    } finally {
      await child.kill();
    }
    expect(await liveIn(place)).toBeGreaterThanOrEqual(50);
  });

  it("and was overwritten with a copy ends the commit, and the copy stays as it is", async () => {
    const place = placeOfTest();
    const backup = placeOfTest();
    await load(place, 1, 10);
    copyFileSync(place.path, backup.path);
    const before = await backup.fingerprint();
    const warehouse = await place.open();
    await commitChanges(warehouse, thingsOf(2, 20));
    copyFileSync(backup.path, place.path);
    // So many rows that they would be written into the file before they are committed.
    await failure("WAREHOUSE_REPLACED", () => commitChanges(warehouse, thingsOf(3, 9000)));
    await warehouse[Symbol.asyncDispose]();
    await failure("WAREHOUSE_LOG_MISMATCH", () => place.open());
    rmSync(`${place.path}.wal`);
    expect(await place.fingerprint()).toBe(before);
    expect(await liveIn(place)).toBe(10);
  });
});
