import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it, onTestFinished } from "vitest";
import { LorchestraError } from "../../../src/errors.js";
import { upsert } from "../../../src/testing/changes.js";
import { commitChanges, THINGS } from "../../../src/testing/warehouse-context.js";
import { parseAddress } from "../../../src/warehouse/duckdb/address.js";
import { openDatabase } from "../../../src/warehouse/duckdb/file/database.js";
import { makeFile } from "../../../src/warehouse/duckdb/file/make-file.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { placeOfTest, type DuckdbPlace } from "../duckdb-places.js";
import { startChild, type Child } from "./child.js";

async function holdingChild(place: DuckdbPlace): Promise<Child> {
  const child = startChild("hold", place.directory);
  onTestFinished(() => child.kill());
  expect(await child.line()).toBe("open");
  return child;
}

async function refusal(operation: () => Promise<unknown>): Promise<LorchestraError> {
  const error: unknown = await operation().then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(LorchestraError);
  return error as LorchestraError;
}

describe("the file's lock", () => {
  for (const access of ["write", "read"] as const) {
    it(`refuses a second process that wants to ${access}, at once, and names the first`, async () => {
      const place = placeOfTest();
      const child = await holdingChild(place);
      const startedAt = performance.now();
      const error = await refusal(() => place.open({ access }));
      expect(performance.now() - startedAt).toBeLessThan(2000);
      expect(error.code).toBe("ALREADY_RUNNING");
      expect(error.facts).toMatchObject({ pid: child.pid, run_id: "run-child" });
      expect(error.facts["started_at"]).toMatch(/^\d{4}-\d\d-\d\dT/);
      expect(error.message).toContain(String(child.pid));
    });
  }

  it("is free once the process that held it was killed", async () => {
    const place = placeOfTest();
    const child = await holdingChild(place);
    await child.kill();
    expect(existsSync(`${place.path}.holder`)).toBe(true);
    await using warehouse = await place.open();
    expect(await warehouse.countLive(THINGS)).toBe(0);
  });

  it("believes no note that a process which does not hold it has left", async () => {
    const place = placeOfTest();
    const child = await holdingChild(place);
    writeFileSync(`${place.path}.holder`, JSON.stringify({ pid: 1, run_id: "run-of-nobody", started_at: null }));
    const error = await refusal(() => place.open());
    expect(error.facts).toMatchObject({ pid: child.pid, run_id: null });
  });

  it("keeps this process from opening the file twice, which DuckDB's own lock would allow", async () => {
    const place = placeOfTest();
    await using first = await place.open({ runId: "run-first" });
    await first.prepare();
    const error = await refusal(() => place.open({ access: "read" }));
    expect(error.code).toBe("ALREADY_RUNNING");
    expect(error.facts).toMatchObject({ pid: process.pid, run_id: "run-first" });
  });

  it("is given up with the database, also when a task ends on its connection only afterwards", async () => {
    const place = placeOfTest();
    const address = { url: `duckdb:${place.path}`, directory: place.directory, environment: {}, settings: {} };
    const options = { tablePrefix: "", access: "write", runId: "run-1", nowMs: Date.now } as const;
    const database = await openDatabase(parseAddress(address), options, {});
    let end = (): void => undefined;
    const task = database.withConnection(() => new Promise<void>((resolve) => (end = resolve)));
    await database.withConnection(async () => undefined);
    await database.close();
    end();
    await task;
    await holdingChild(place);
  });

  it("is given up with the warehouse, also when the rows of a query were not read to their end", async () => {
    const place = placeOfTest();
    const warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(
      warehouse,
      Array.from({ length: 5000 }, (_, index) => upsert(`thing_${index}`)),
    );
    const abandoned = await warehouse.query("SELECT * FROM raw_objects", { dialect: "native" });
    const unread = await warehouse.query("SELECT * FROM raw_objects", { dialect: "native" });
    expect(unread.columns.length).toBeGreaterThan(0);
    for await (const row of abandoned.rows) {
      expect(row.length).toBeGreaterThan(0);
      break;
    }
    await warehouse[Symbol.asyncDispose]();
    await holdingChild(place);
  });

  it("decides between processes that make the file at once, also where one takes the other's draft away", async () => {
    const place = placeOfTest();
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    let first: Warehouse | null = null;
    const overtaken = {
      run: async (sql: string) => {
        const result = await connection.run(sql);
        if (sql.startsWith("DETACH")) first = await place.open();
        return result;
      },
    } as DuckDBConnection;
    await makeFile(overtaken, parseAddress(place.address));
    expect(first).not.toBeNull();
    expect((await refusal(() => place.open())).code).toBe("ALREADY_RUNNING");
    await (first as Warehouse | null)?.[Symbol.asyncDispose]();
    connection.disconnectSync();
    instance.closeSync();
  });

  it("leaves nothing but the file behind, which its owner alone may read", async () => {
    const place = placeOfTest();
    const umask = process.umask(0o022);
    try {
      const warehouse = await place.open();
      await warehouse.prepare();
      await commitChanges(warehouse, [upsert("a")]);
      for (const name of readdirSync(place.directory)) {
        expect(`${name} ${(statSync(`${place.directory}/${name}`).mode & 0o777).toString(8)}`).toBe(`${name} 600`);
      }
      await warehouse[Symbol.asyncDispose]();
      expect(readdirSync(place.directory)).toEqual(["test.duckdb"]);
      expect(process.umask()).toBe(0o022);
    } finally {
      process.umask(umask);
    }
  });
});
