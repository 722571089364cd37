import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { at, upsert } from "../../../src/testing/changes.js";
import { collect, commitChanges, failure, THINGS } from "../../../src/testing/warehouse-context.js";
import { parseAddress } from "../../../src/warehouse/duckdb/address.js";
import { openDatabase } from "../../../src/warehouse/duckdb/file/database.js";
import { open } from "../../../src/warehouse/duckdb/index.js";
import { createWriter } from "../../../src/warehouse/duckdb/commit/writer.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { testOpenOptions } from "../../../src/testing/index.js";
import { askFile, executeSql, placeOfTest, type DuckdbPlace } from "../duckdb-places.js";

const logOf = ({ path }: DuckdbPlace): string => `${path}.wal`;

/** One day's things, in so many rows that DuckDB writes them into the file, and into its log only where they are. */
const thingsOf = (day: number, count = 9000) =>
  Array.from({ length: count }, (_, index) =>
    upsert(`thing_${index}`, { value: `day ${day} of ${index}`, readAt: at(day), created: 1_600_000_000 + index }),
  );

async function load(place: DuckdbPlace, day: number, count?: number): Promise<void> {
  await using warehouse = await place.open();
  await warehouse.prepare();
  await commitChanges(warehouse, thingsOf(day, count));
}

/** As `load`, killed once it has committed: the file and its log stay as they are then, in another directory. */
async function killedLoad(place: DuckdbPlace, day: number, count?: number): Promise<DuckdbPlace> {
  const killed = placeOfTest();
  await using warehouse = await place.open();
  await warehouse.prepare();
  await commitChanges(warehouse, thingsOf(day, count));
  copyPair(place, killed);
  return killed;
}

/** The file and its log as another program leaves them that opens both, does something, and is killed. */
async function leftByAnother(
  place: DuckdbPlace,
  work: (connection: DuckDBConnection) => Promise<void>,
): Promise<DuckdbPlace> {
  const left = placeOfTest();
  const instance = await DuckDBInstance.create(place.path);
  const connection = await instance.connect();
  await work(connection);
  copyPair(place, left);
  connection.disconnectSync();
  instance.closeSync();
  return left;
}

function abortedCheckpoint(moment: string): (connection: DuckDBConnection) => Promise<void> {
  return async (connection) => {
    await connection.run(`SET debug_checkpoint_abort = '${moment}'`);
    await expect(connection.run("CHECKPOINT")).rejects.toThrow(/aborted/);
  };
}

function copyPair(from: DuckdbPlace, to: DuckdbPlace): void {
  copyFileSync(from.path, to.path);
  copyFileSync(logOf(from), logOf(to));
}

/** A symbolic link in another directory. */
function linkTo(place: DuckdbPlace): string {
  mkdirSync(join(place.directory, "elsewhere"));
  symlinkSync("../test.duckdb", join(place.directory, "elsewhere", "link.duckdb"));
  return "./elsewhere/link.duckdb";
}

async function expectDay(warehouse: Warehouse, day: number, count = 9000): Promise<void> {
  const { rows } = await warehouse.query(
    `SELECT count(*), count(DISTINCT idem_key), count(*) FILTER (payload->>'value' = 'day ${day} of ' || substr(external_id, 7))
FROM events_dev.raw_objects`,
    { dialect: "native" },
  );
  expect(await collect(rows)).toEqual([[count, count, count]]);
}

async function expectRefused(place: DuckdbPlace): Promise<void> {
  const before = await place.fingerprint();
  for (const access of existsSync(place.path) ? (["write", "read"] as const) : (["write"] as const)) {
    const error = await failure("WAREHOUSE_LOG_MISMATCH", () => place.open({ access }));
    expect(error.hint).toContain("mv ./test.duckdb.wal ./test.duckdb.other.wal");
    expect(await place.fingerprint()).toBe(before);
  }
}

describe("a killed run's log beside a file that it does not belong to", () => {
  for (const runsSince of [0, 1, 2]) {
    it(`is refused where the file is a copy from ${runsSince} runs before, which is whole without the log`, async () => {
      const place = placeOfTest();
      const backup = placeOfTest();
      await load(place, 1);
      copyFileSync(place.path, backup.path);
      for (let run = 1; run <= runsSince; run += 1) await load(place, 1 + run, 100 * run);
      const killed = await killedLoad(place, 9);
      copyFileSync(backup.path, killed.path);
      await expectRefused(killed);
      renameSync(logOf(killed), `${logOf(killed)}.other`);
      await using warehouse = await killed.open();
      await expectDay(warehouse, 1);
      await commitChanges(warehouse, thingsOf(9));
      await expectDay(warehouse, 9);
    });
  }

  it("is refused where the file is reached by a symbolic link", async () => {
    const place = placeOfTest();
    const backup = placeOfTest();
    await load(place, 1, 10);
    copyFileSync(place.path, backup.path);
    const killed = await killedLoad(place, 2, 10);
    copyFileSync(backup.path, killed.path);
    const address = { ...killed.address, url: `duckdb:${linkTo(killed)}` };
    const error = await failure("WAREHOUSE_LOG_MISMATCH", () => open(address, testOpenOptions()));
    expect(error.hint).toContain(`mv ${killed.path}.wal `);
  });

  it("is refused where another's first load has come as far", async () => {
    const killed = await killedLoad(placeOfTest(), 1);
    const other = await killedLoad(placeOfTest(), 2);
    copyFileSync(other.path, killed.path);
    await expectRefused(killed);
  });

  it("is refused where the file was moved away, before one is made", async () => {
    const killed = await killedLoad(placeOfTest(), 1);
    renameSync(killed.path, `${killed.path}.damaged`);
    await expectRefused(killed);
    renameSync(logOf(killed), `${killed.path}.damaged.wal`);
    {
      await using warehouse = await killed.open();
      await warehouse.prepare();
      expect(await warehouse.countLive(THINGS)).toBe(0);
    }
    renameSync(`${killed.path}.damaged`, killed.path);
    renameSync(`${killed.path}.damaged.wal`, logOf(killed));
    await using warehouse = await killed.open();
    await expectDay(warehouse, 1);
  });

  it("is refused where it was begun after a checkpoint, and the file is from before it", async () => {
    const place = placeOfTest();
    const backup = placeOfTest();
    const killed = placeOfTest();
    await load(place, 1);
    const database = await openDatabase(parseAddress(place.address), testOpenOptions(), {});
    const writer = await createWriter(database);
    const write = (sql: string): Promise<void> =>
      writer.transact("test", async (connection) => void (await connection.run(sql)));
    await write("CREATE TABLE warehouse_file.events_dev.numbers (a INTEGER)");
    copyFileSync(place.path, backup.path);
    await database.checkpoint();
    await write("INSERT INTO warehouse_file.events_dev.numbers VALUES (1)");
    copyPair(place, killed);
    await writer.close();
    await database.close();
    const log = readFileSync(logOf(killed));
    {
      await using warehouse = await killed.open();
      const { rows } = await warehouse.query("SELECT a FROM events_dev.numbers", { dialect: "native" });
      expect(await collect(rows)).toEqual([[1]]);
    }
    copyFileSync(backup.path, killed.path);
    writeFileSync(logOf(killed), log);
    await expectRefused(killed);
  });
});

describe("a killed run's log beside its own file", () => {
  for (const access of ["write", "read"] as const) {
    it(`is taken into account wherever both are, also behind a symbolic link, to ${access}`, async () => {
      const place = placeOfTest();
      await load(place, 1);
      const killed = await killedLoad(place, 2);
      const address = { ...killed.address, url: `duckdb:${linkTo(killed)}` };
      await using warehouse = await open(address, testOpenOptions({ access }));
      await expectDay(warehouse, 2);
    });
  }

  for (const moment of ["before_header", "before_truncate"]) {
    it(`is taken into account after a kill in a checkpoint, ${moment.replace("_", " ")}`, async () => {
      const place = placeOfTest();
      await load(place, 1);
      const killed = await killedLoad(place, 2);
      const again = await leftByAnother(killed, abortedCheckpoint(moment));
      {
        await using warehouse = await again.open({ access: "read" });
        await expectDay(warehouse, 2);
      }
      await using warehouse = await again.open();
      await expectDay(warehouse, 2);
    });
  }

  it("is taken into account after a kill in the first checkpoint of a new file, whose catalog is in its first block", async () => {
    const made = placeOfTest();
    const killed = placeOfTest();
    const database = await openDatabase(parseAddress(made.address), testOpenOptions(), {});
    const connection = await database.connect();
    await connection.run("BEGIN TRANSACTION");
    for (const sql of database.stampSql()) await connection.run(sql);
    await connection.run("CREATE TABLE warehouse_file.numbers AS SELECT 7 AS a");
    await connection.run("COMMIT");
    copyPair(made, killed);
    connection.disconnectSync();
    await database.close();
    const again = await leftByAnother(killed, abortedCheckpoint("before_truncate"));
    await using warehouse = await again.open();
    await warehouse.prepare();
    await warehouse[Symbol.asyncDispose]();
    expect(await askFile(again.path, "SELECT a FROM numbers")).toEqual([[7]]);
  });

  it("is taken into account with what another program has added to it", async () => {
    const place = placeOfTest();
    await load(place, 1);
    const killed = await killedLoad(place, 2);
    const again = await leftByAnother(killed, async (connection) => {
      await connection.run("CREATE TABLE events_dev.theirs AS SELECT 7 AS a");
    });
    await using warehouse = await again.open();
    await expectDay(warehouse, 2);
    await warehouse[Symbol.asyncDispose]();
    expect(await askFile(again.path, "SELECT a FROM events_dev.theirs")).toEqual([[7]]);
  });

  it("leaves nothing in the catalog that the file did not have", async () => {
    const place = placeOfTest();
    await load(place, 1, 10);
    await load(place, 2, 10);
    const schemas = "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal AND schema_name <> 'main'";
    expect(await askFile(place.path, schemas)).toEqual([["events_dev"]]);
  });
});

it("a process writes while it reads, which stands against the checkpoint that it would begin with", async () => {
  const place = placeOfTest();
  await load(place, 1, 10);
  const database = await openDatabase(parseAddress(place.address), testOpenOptions(), {});
  const reader = await database.connect();
  await reader.run("BEGIN TRANSACTION");
  await reader.run("SELECT count(*) FROM warehouse_file.events_dev.raw_objects");
  const writer = await createWriter(database);
  await writer.transact("test", async (connection) => {
    await connection.run("CREATE TABLE warehouse_file.events_dev.numbers AS SELECT 1 AS a");
  });
  expect(await database.tryCheckpoint()).toBe(false);
  await reader.run("COMMIT");
  reader.disconnectSync();
  await writer.close();
  await database.close();
  expect(await askFile(place.path, "SELECT a FROM events_dev.numbers")).toEqual([[1]]);
});

it("another program's log is taken as it is", async () => {
  const place = placeOfTest();
  const crashed = placeOfTest();
  await load(place, 1, 10);
  const instance = await DuckDBInstance.create(place.path);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE events_dev.theirs AS SELECT 7 AS a");
  copyPair(place, crashed);
  connection.disconnectSync();
  instance.closeSync();
  await load(crashed, 2, 10);
  expect(await askFile(crashed.path, "SELECT a FROM events_dev.theirs")).toEqual([[7]]);
});

it("a file of a newer format has DuckDB's own word for a log that is another's", async () => {
  const place = placeOfTest();
  const other = placeOfTest();
  for (const { path } of [place, other]) {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`ATTACH '${path}' AS made (STORAGE_VERSION 'v1.5.0')`);
    connection.disconnectSync();
    instance.closeSync();
  }
  const instance = await DuckDBInstance.create(other.path);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE theirs AS SELECT 7 AS a");
  copyFileSync(logOf(other), logOf(place));
  connection.disconnectSync();
  instance.closeSync();
  await expectRefused(place);
  rmSync(logOf(place));
  await executeSql(place.path, "SELECT 1");
});
