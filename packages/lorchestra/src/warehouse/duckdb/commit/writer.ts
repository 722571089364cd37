import type { DuckDBConnection } from "@duckdb/node-api";
import { constraintError } from "./constraint-error.js";
import type { Database } from "../file/database.js";
import { warehouseError } from "../duckdb-error.js";
import { logBytes } from "../file/log-stamp.js";
import type { PayloadSize } from "../file/memory.js";
import { createMutex } from "./mutex.js";

/** The one connection that writes: transactions of several loads, and events, take their turns on it. */
export interface Writer {
  readonly connection: DuckDBConnection;
  /**
   * Runs a task in a transaction: all of it is durable afterwards, or, if this throws, none of it. The task runs again
   * where DuckDB had not memory enough for it. `payloads` is what it writes of them; by default nothing.
   */
  transact<T>(doing: string, task: (connection: DuckDBConnection) => Promise<T>, payloads?: PayloadSize): Promise<T>;
  /**
   * Puts the log into the file once it is large, or once many rows were replaced since the last time: only that frees the
   * space of the old ones, and the log is never large where whole row groups are written beside it.
   */
  reclaim(replacedRows: number): Promise<void>;
  /** Waits for the transaction under way. */
  close(): Promise<void>;
}

export async function createWriter(database: Database): Promise<Writer> {
  const connection = await database.connect();
  const mutex = createMutex();
  let hasOwnState = false;
  let replacedSince = 0;

  async function transact<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      database.checkPlace();
      await connection.run("BEGIN TRANSACTION");
      for (const sql of database.stampSql()) await connection.run(sql);
      const result = await task(connection);
      database.checkPlace();
      await connection.run("COMMIT");
      database.checkPlace();
      return result;
    } catch (error) {
      await rollback(connection);
      throw error;
    }
  }

  /**
   * Gives the file a state that no copy of it has: a log that begins only then fits no copy (`log-stamp.ts`). DuckDB makes
   * no checkpoint where nothing is in the log; where another transaction stands against one, the next time may do.
   */
  async function beginOwnState(): Promise<void> {
    await transact(async () => {});
    hasOwnState = await database.tryCheckpoint();
  }

  async function write<T>(
    doing: string,
    task: (connection: DuckDBConnection) => Promise<T>,
    payloads: PayloadSize,
  ): Promise<T> {
    try {
      if (!hasOwnState) await beginOwnState();
      return await database.memory.toWrite(payloads, () => transact(task));
    } catch (error) {
      throw constraintError(error, database.place, doing) ?? warehouseError(error, database.place, doing);
    }
  }

  return {
    connection,
    transact: (doing, task, payloads = NO_PAYLOADS) => mutex.run(() => write(doing, task, payloads)),
    reclaim: async (replacedRows) => {
      replacedSince += replacedRows;
      if (replacedSince < RECLAIM_AFTER_ROWS && logBytes(database.place) < LARGE_LOG_BYTES) return;
      replacedSince = 0;
      await mutex.run(() => database.checkpoint());
    },
    close: () => mutex.run(async () => connection.disconnectSync()),
  };
}

const RECLAIM_AFTER_ROWS = 65_536;
const LARGE_LOG_BYTES = 16 * 1024 * 1024;
const NO_PAYLOADS: PayloadSize = { largestBytes: 0, totalBytes: 0 };

async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run("ROLLBACK");
  } catch {
    // A transaction whose COMMIT failed is gone already.
  }
}
