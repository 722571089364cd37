import type { DuckDBConnection } from "@duckdb/node-api";
import type { Database } from "./database.js";
import { warehouseError } from "./duckdb-error.js";
import { createMutex } from "./mutex.js";

/** The one connection that writes: transactions of several loads, and events, take their turns on it. */
export interface Writer {
  readonly connection: DuckDBConnection;
  /** Runs a task in a transaction: all of it is durable afterwards, or, if this throws, none of it. */
  transact<T>(doing: string, task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Waits for the transaction under way. */
  close(): Promise<void>;
}

export async function createWriter(database: Database): Promise<Writer> {
  const connection = await database.connect();
  const mutex = createMutex();

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
    close: () => mutex.run(async () => connection.disconnectSync()),
  };
}

async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run("ROLLBACK");
  } catch {
    // A transaction whose COMMIT failed is gone already.
  }
}
