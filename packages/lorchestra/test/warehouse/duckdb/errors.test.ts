import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { LorchestraErrorCode } from "../../../src/errors.js";
import { upsert } from "../../../src/testing/changes.js";
import { commitChanges, failure } from "../../../src/testing/warehouse-context.js";
import { parseAddress } from "../../../src/warehouse/duckdb/address.js";
import { readFailure, warehouseError } from "../../../src/warehouse/duckdb/duckdb-error.js";
import { open } from "../../../src/warehouse/duckdb/index.js";
import { openDatabase } from "../../../src/warehouse/duckdb/file/database.js";
import { createWriter } from "../../../src/warehouse/duckdb/commit/writer.js";
import { openFile } from "../../../src/warehouse/duckdb/file/open-file.js";
import { testOpenOptions } from "../../../src/testing/index.js";
import { placeOfTest, type DuckdbPlace } from "../duckdb-places.js";
import { ofVersion } from "./file-version.js";

async function filled(place: DuckdbPlace): Promise<void> {
  await using warehouse = await place.open();
  await warehouse.prepare();
  await commitChanges(
    warehouse,
    Array.from({ length: 3000 }, (_, index) => upsert(`thing_${index}`)),
  );
}

describe("what cannot be opened", () => {
  for (const access of ["write", "read"] as const) {
    it(`a directory in its place, to ${access}`, async () => {
      const place = placeOfTest();
      mkdirSync(place.path);
      const error = await failure("WAREHOUSE_NOT_FOUND", () => place.open({ access }));
      expect(error.message).toMatch(/directory/);
    });

    it(`a device, a pipe, or links in a circle, to ${access}`, async () => {
      const place = placeOfTest();
      const opened = (url: string): Promise<unknown> => open({ ...place.address, url }, testOpenOptions({ access }));
      spawnSync("/bin/sh", ["-c", `mkfifo "${place.directory}/pipe"`]);
      symlinkSync("circle", `${place.directory}/circle`);
      for (const url of ["duckdb:/dev/null", "duckdb:./pipe", "duckdb:./circle"]) {
        const error = await failure("WAREHOUSE_NOT_FOUND", () => opened(url));
        expect(error.hint).toBe("name a file, such as duckdb:./lorchestra.duckdb");
      }
    });

    it(`text that is no DuckDB file, to ${access}`, async () => {
      const place = placeOfTest();
      writeFileSync(place.path, "id,amount\n1,2\n");
      const alone = await failure("WAREHOUSE_CORRUPT", () => place.open({ access }));
      expect(alone.hint).toMatch(/: mv \.\/test\.duckdb \.\/test\.duckdb\.damaged$/);
      writeFileSync(`${place.path}.wal`, "");
      const withLog = await failure("WAREHOUSE_CORRUPT", () => place.open({ access }));
      expect(withLog.hint).toMatch(/damaged && mv \.\/test\.duckdb\.wal \.\/test\.duckdb\.damaged\.wal$/);
      expect(readFileSync(place.path, "utf8")).toBe("id,amount\n1,2\n");
    });

    it(`an empty file, to ${access}`, async () => {
      const place = placeOfTest();
      writeFileSync(place.path, "");
      await failure("WAREHOUSE_CORRUPT", () => place.open({ access }));
    });

    for (const bytesLess of [1, 4_096, 262_144, 786_432]) {
      it(`a file whose last ${bytesLess} bytes are cut off, to ${access}`, async () => {
        const place = placeOfTest();
        await filled(place);
        truncateSync(place.path, statSync(place.path).size - bytesLess);
        const before = await place.fingerprint();
        await failure("WAREHOUSE_CORRUPT", () => place.open({ access }));
        expect(await place.fingerprint()).toBe(before);
      });
    }

    for (const sizeBytes of [100, 9_000, 20_000]) {
      it(`a file cut off at ${sizeBytes} bytes, to ${access}`, async () => {
        const place = placeOfTest();
        await filled(place);
        truncateSync(place.path, sizeBytes);
        await failure("WAREHOUSE_CORRUPT", () => place.open({ access }));
      });
    }

    it(`a file with a damaged header, to ${access}`, async () => {
      const place = placeOfTest();
      await filled(place);
      const bytes = readFileSync(place.path);
      bytes.fill(0x55, 4_200, 12_200);
      writeFileSync(place.path, bytes);
      await failure("WAREHOUSE_CORRUPT", () => place.open({ access }));
    });

    it(`a file of a newer DuckDB, to ${access}`, async () => {
      const place = placeOfTest();
      await filled(place);
      writeFileSync(place.path, ofVersion(readFileSync(place.path), 99n));
      const error = await failure("WAREHOUSE_NEWER", () => place.open({ access }));
      expect(error.message).toMatch(/version/);
    });
  }

  it("not a whole file that is shorter than its header says, as one is whose last blocks were free", async () => {
    const place = placeOfTest();
    await filled(place);
    const database = await openDatabase(parseAddress(place.address), testOpenOptions(), {});
    const writer = await createWriter(database);
    const random = Array.from({ length: 5 }, () => "md5(random()::VARCHAR)").join(" || ");
    const makeNumbers = writer.transact("test", async (connection) => {
      await connection.run(`CREATE TABLE warehouse_file.numbers AS SELECT ${random} AS a FROM range(50000)`);
      throw new Error("nothing of that is to stay");
    });
    await expect(makeNumbers).rejects.toThrow();
    await writer.transact("test", async (connection) => {
      await connection.run("CREATE TABLE warehouse_file.others (a INTEGER)");
    });
    await writer.close();
    await database.close();
    const file = openFile(parseAddress(place.address));
    const state = file.readState();
    file.close();
    expect((state?.blocks ?? 0) * (state?.blockBytes ?? 0)).toBeGreaterThan(statSync(place.path).size);
    for (const access of ["write", "read"] as const) await (await place.open({ access }))[Symbol.asyncDispose]();
  });

  it("a file in a directory that does not exist", async () => {
    const place = placeOfTest();
    const address = { ...place.address, url: "duckdb:no/such/directory/x.duckdb" };
    await failure("WAREHOUSE_NOT_FOUND", () => open(address, testOpenOptions()));
    await using reader = await open(address, testOpenOptions({ access: "read" }));
    await failure("WAREHOUSE_NOT_FOUND", () => reader.exists());
  });
});

/** Where the file may not be written or may not grow, as the limits of a process of its own make it. */
describe("what cannot be written", () => {
  it("a file that may not grow any more: nothing of the commit is stored", async () => {
    const place = placeOfTest();
    await filled(place);
    expect(codeUnder(place, "ulimit -f 4000")).toBe("WAREHOUSE_FULL");
    await using warehouse = await place.open();
    const { rows } = await warehouse.query("SELECT count(*) FROM raw_objects", { dialect: "native" });
    for await (const row of rows) expect(row).toEqual([3000]);
  });

  it("a file that may not even begin: nothing of it is left", () => {
    const place = placeOfTest();
    expect(codeUnder(place, "trap '' XFSZ; ulimit -f 8")).not.toBe("open");
    expect(readdirSync(place.directory)).toEqual([]);
  });

  const doing = "write to";
  const place = parseAddress({ url: "duckdb:./x.duckdb", directory: "/tmp", environment: {}, settings: {} });
  const cases: readonly [string, string, LorchestraErrorCode][] = [
    ["a full disk", `{"exception_type":"IO","exception_message":"secret","errno":"28"}`, "WAREHOUSE_FULL"],
    [
      "a full disk at the commit",
      `TransactionContext Error: Failed to commit: Could not write file "x": No space left on device`,
      "WAREHOUSE_FULL",
    ],
    [
      "a full disk under a file of our own",
      `{"exception_type":"Invalid Input","exception_message":"ENOSPC: no space left on device, write"}`,
      "WAREHOUSE_FULL",
    ],
    [
      "a full disk for temporary files",
      `{"exception_type":"Out of Memory","exception_message":"secret 'max_temp_directory_size' secret"}`,
      "WAREHOUSE_FULL",
    ],
    [
      "a read-only file system",
      `{"exception_type":"IO","exception_message":"secret","errno":"30"}`,
      "WAREHOUSE_READ_ONLY",
    ],
    [
      "a file of another owner",
      `{"exception_type":"IO","exception_message":"secret","errno":"13"}`,
      "WAREHOUSE_READ_ONLY",
    ],
    ["too little memory", `{"exception_type":"Out of Memory","exception_message":"secret"}`, "WAREHOUSE_FAILED"],
    [
      "a checkpoint that took the database with it",
      `{"exception_type":"IO","exception_message":"Database \\"secret\\" has been invalidated because checkpointing failed."}`,
      "WAREHOUSE_FAILED",
    ],
    ["a damaged block", `{"exception_type":"IO","exception_message":"secret checksum"}`, "WAREHOUSE_CORRUPT"],
    ["what nobody has thought of", `{"exception_type":"INTERNAL","exception_message":"secret"}`, "WAREHOUSE_FAILED"],
    ["an error that is not DuckDB's", "secret {", "WAREHOUSE_FAILED"],
  ];
  for (const [name, message, code] of cases) {
    it(`${name} is ${code}, and nothing of DuckDB's text is shown`, () => {
      const error = warehouseError(new Error(message), place, doing);
      expect(error.code).toBe(code);
      expect(`${error.message} ${error.hint} ${JSON.stringify(error.facts)}`).not.toMatch(/secret/);
      expect(error.cause).toBeUndefined();
    });
  }

  it("too little memory at a checkpoint is told as that, and not as a damaged file", () => {
    const message = `{"exception_type":"IO","exception_message":"Database \\"x\\" has been invalidated because checkpointing failed. Original error: failed to pin block of size 9.5 MiB"}`;
    expect(warehouseError(new Error(message), place, doing).hint).toMatch(/memory_limit/);
  });

  it("reads the error number of Node's own errors", () => {
    expect(readFailure(Object.assign(new Error("no"), { code: "ENOSPC" })).errno).toBe(28);
  });
});

/** The code of the error that loading objects ends with in a process with such a limit. */
function codeUnder(place: DuckdbPlace, limit: string): string {
  const script = fileURLToPath(new URL("child-process.js", import.meta.url));
  const shell = `${limit}; exec "${process.execPath}" "${script}" load-much "${place.directory}"`;
  const child = spawnSync("/bin/sh", ["-c", shell], { encoding: "utf8" });
  return child.stdout.trim().split("\n").at(-1) ?? "";
}
