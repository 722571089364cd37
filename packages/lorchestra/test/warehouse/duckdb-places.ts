import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection, type Json } from "@duckdb/node-api";
import { onTestFinished } from "vitest";
import { testOpenOptions, type WarehousePlace } from "../../src/testing/index.js";
import { open } from "../../src/warehouse/duckdb/index.js";
import type { WarehouseAddress } from "../../src/warehouse/warehouse-kind.js";

/** A directory of its own for one warehouse. */
export interface DuckdbPlace extends WarehousePlace {
  readonly directory: string;
  readonly path: string;
  readonly address: WarehouseAddress;
}

export function newDuckdbPlace(): DuckdbPlace {
  const directory = mkdtempSync(join(tmpdir(), "lorchestra-duckdb-"));
  const path = join(directory, "test.duckdb");
  const address = { url: "duckdb:./test.duckdb", directory, environment: {}, settings: {} };
  return {
    directory,
    path,
    address,
    open: (options) => open(address, testOpenOptions(options)),
    tableName: (name) => `events_dev.${name}`,
    execute: (sql) => executeSql(path, sql),
    fingerprint: async () =>
      readdirSync(directory)
        .map(
          (name) =>
            `${name} ${createHash("sha256")
              .update(readFileSync(join(directory, name)))
              .digest("hex")}`,
        )
        .join("\n"),
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

/** For one test, whose end removes it. */
export function placeOfTest(): DuckdbPlace {
  const place = newDuckdbPlace();
  onTestFinished(() => place.remove());
  return place;
}

/** Runs a statement on a file that nobody has open. */
export async function executeSql(path: string, sql: string): Promise<void> {
  await withFile(path, {}, async (connection) => {
    await connection.run("CREATE SCHEMA IF NOT EXISTS events_dev");
    await connection.run(sql);
  });
}

/** The rows of a query on a file that nobody has open; whole numbers beyond 32 bits come as text. */
export function askFile(path: string, sql: string): Promise<Json[][]> {
  const readOnly = { access_mode: "READ_ONLY" };
  return withFile(path, readOnly, async (connection) => (await connection.run(sql)).getRowsJson());
}

async function withFile<T>(
  path: string,
  options: Record<string, string>,
  task: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(path, options);
  const connection = await instance.connect();
  try {
    return await task(connection);
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}
