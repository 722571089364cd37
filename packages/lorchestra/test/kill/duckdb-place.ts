import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { makeProject, type Place, type Row, type Tables } from "./place.js";
import type { StripeProcess } from "./stripe-process.js";

/** A DuckDB file in a folder of its own. */
export function duckdbPlace(directory: string, stripe: StripeProcess): Place {
  const project = makeProject(directory, "duckdb:./lorchestra.duckdb", stripe);
  const path = join(directory, "lorchestra.duckdb");

  /** Reads a copy, with the log that a killed run left: looking changes nothing, and holds no lock. */
  async function read(): Promise<Tables | null> {
    if (!existsSync(path)) return null;
    const copies = mkdtempSync(`${directory}-read-`);
    const copy = join(copies, "lorchestra.duckdb");
    try {
      copyFileSync(path, copy);
      if (existsSync(`${path}.wal`)) copyFileSync(`${path}.wal`, `${copy}.wal`);
      const instance = await DuckDBInstance.create(copy, { access_mode: "READ_ONLY", threads: "1" });
      const connection = await instance.connect();
      try {
        return await readTables(connection);
      } finally {
        connection.disconnectSync();
        instance.closeSync();
      }
    } finally {
      rmSync(copies, { recursive: true });
    }
  }

  return {
    ...project,
    kind: "duckdb",
    link: () => Promise.resolve({ env: {}, connect: () => {}, close: () => Promise.resolve() }),
    read,
    expireLeases: () => Promise.reject(new Error("the lock of a file does not pass")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function readTables(connection: DuckDBConnection): Promise<Tables | null> {
  const rowsOf = async <T>(sql: string): Promise<T[]> =>
    (await (await connection.run(sql)).getRowObjectsJson()) as unknown as T[];
  const [found] = await rowsOf<{ count: string }>(
    "SELECT count(*)::VARCHAR AS count FROM information_schema.tables WHERE table_name IN ('raw_objects', 'event_log', 'checkpoints')",
  );
  if (found?.count !== "3") return null;
  const [quarantined] = await rowsOf<{ count: string }>("SELECT count(*)::VARCHAR AS count FROM events_dev.quarantine");
  return {
    rows: await rowsOf<Row>(
      `SELECT idem_key, source_system, connection_name, object_type, external_id, payload::VARCHAR AS payload,
  deleted_at IS NOT NULL AS is_deleted, run_id FROM events_dev.raw_objects`,
    ),
    events: await rowsOf(
      `SELECT event_id, event_type, correlation_id, target_object_type, payload::VARCHAR AS payload
FROM events_dev.event_log`,
    ),
    checkpoints: await rowsOf("SELECT stream, run_id FROM events_dev.checkpoints"),
    quarantined: Number(quarantined?.count),
    staging: [],
    leases: [],
  };
}
