import type { DuckDBConnection } from "@duckdb/node-api";
import type { Database } from "./database.js";
import { warehouseError } from "./duckdb-error.js";
import { createMutex } from "./mutex.js";

/** The one connection that writes: transactions of several loads, and events, take their turns on it. */
export interface Writer {
  readonly connection: DuckDBConnection;
  /** Runs a task in a transaction: all of it is durable afterwards, or, if this throws, none of it. */
  transact<T>(doing: string, task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /**
   * Puts the log into the file once many rows were replaced since the last time: only that frees the space of the old ones,
   * and DuckDB itself waits until the log is large, which it never is when whole row groups are written beside it.
   */
  reclaim(replacedRows: number): Promise<void>;
  /** Waits for the transaction under way. */
  close(): Promise<void>;
}

export async function createWriter(database: Database): Promise<Writer> {
  const connection = await database.connect();
  const mutex = createMutex();
  let replacedSince = 0;

  async function transact<T>(doing: string, task: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      await connection.run("BEGIN TRANSACTION");
      const result = await task(connection);
      await connection.run("COMMIT");
      return result;
    } catch (error) {
      await rollback(connection);
      throw warehouseError(error, database.place, doing);
    }
  }

  return {
    connection,
    transact: (doing, task) => mutex.run(() => transact(doing, task)),
    reclaim: async (replacedRows) => {
      replacedSince += replacedRows;
      if (replacedSince < RECLAIM_AFTER_ROWS) return;
      replacedSince = 0;
      await mutex.run(() => database.checkpoint());
    },
    close: () => mutex.run(async () => connection.disconnectSync()),
  };
}

const RECLAIM_AFTER_ROWS = 65_536;

async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run("ROLLBACK");
  } catch {
    // A transaction whose COMMIT failed is gone already.
  }
}
