import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { testOpenOptions, type WarehousePlace } from "../../src/testing/index.js";
import { open } from "../../src/warehouse/duckdb/index.js";
import type { WarehouseAddress } from "../../src/warehouse/warehouses.js";

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

/** Runs a statement on a file that nobody has open. */
export async function executeSql(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    await connection.run("CREATE SCHEMA IF NOT EXISTS events_dev");
    await connection.run(sql);
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}
