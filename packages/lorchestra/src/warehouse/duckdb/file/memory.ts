import type { DuckDBConnection } from "@duckdb/node-api";
import { LorchestraError } from "../../../errors.js";
import type { OpenOptions } from "../../warehouse.js";
import type { WarehouseAddress } from "../../warehouse-kind.js";
import { isOutOfMemory } from "../duckdb-error.js";
import { isMemorySize } from "./memory-size.js";

/**
 * The memory that DuckDB may use while a file is open for writing.
 *
 * It keeps blocks until its limit is reached, so that a run is as large as this limit is. But a transaction or a checkpoint
 * that cannot have what it needs fails, and a checkpoint takes the whole database with it. So the limit is low between
 * statements, which lets go what is kept, and high while something is written.
 *
 * A limit in the settings stands, whatever comes.
 */
export interface WritingMemory {
  /** Runs a task with room for payloads of that size; again with much more, if that was not enough. */
  toWrite<T>(payloads: PayloadSize, task: () => Promise<T>): Promise<T>;
  /** Runs a checkpoint with ample room. */
  toCheckpoint(task: () => Promise<void>): Promise<void>;
  /** Makes room for payloads that are read back, from now on. */
  toRead(): Promise<void>;
}

export interface PayloadSize {
  readonly largestBytes: number;
  readonly totalBytes: number;
}

/** A limit that stands: for a file that is only read, and where the settings have one. */
export const FIXED_MEMORY: WritingMemory = {
  toWrite: (_, task) => task(),
  toCheckpoint: (task) => task(),
  toRead: async () => {},
};

/** Call it once the file is attached. Its tasks must not overlap. */
export async function writingMemory(
  connection: DuckDBConnection,
  settings: WarehouseAddress["settings"],
): Promise<WritingMemory> {
  if (settings["memory_limit"] !== undefined) return FIXED_MEMORY;
  let betweenMb = LEAST_MB;
  // What is not written yet may not be let go: then the limit stays as it was, and the next time may do.
  const lower = (): Promise<unknown> => setLimit(connection, betweenMb).catch(() => null);
  const within = async <T>(megabytes: number, task: () => Promise<T>): Promise<T> => {
    await setLimit(connection, Math.max(megabytes, betweenMb));
    try {
      return await task();
    } finally {
      await lower();
    }
  };
  await lower();
  return {
    toWrite: async (payloads, task) => {
      const neededMb = roomMb(payloads);
      try {
        return await within(neededMb, task);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        return await within(Math.max(AMPLE_MB, 4 * neededMb), task);
      }
    },
    toCheckpoint: (task) => within(AMPLE_MB, task),
    toRead: async () => {
      if (betweenMb >= READING_MB) return;
      betweenMb = READING_MB;
      await lower();
    },
  };
}

/**
 * What DuckDB may use while it opens a file, as it takes the setting; a killed run's log is then read into memory. For
 * what only reads, it stays. Throws CONFIG_INVALID.
 */
export function memoryToOpen(access: OpenOptions["access"], settings: WarehouseAddress["settings"]): string {
  const setting = settings["memory_limit"];
  if (setting === undefined) return `${access === "read" ? READING_MB : AMPLE_MB}MB`;
  if (isMemorySize(setting)) return setting;
  throw new LorchestraError("CONFIG_INVALID", "warehouse_options.memory_limit is no size", {
    hint: "write it as 256MB or 1GB",
  });
}

function roomMb({ largestBytes, totalBytes }: PayloadSize): number {
  const together = largestBytes > LARGE_BYTES ? totalBytes * ROOM_FOR_ALL : 0;
  return Math.max(WRITING_MB, Math.ceil(Math.max(largestBytes * ROOM_FOR_ONE, together) / 1e6));
}

function setLimit(connection: DuckDBConnection, megabytes: number): Promise<unknown> {
  return connection.run(`SET GLOBAL memory_limit = '${megabytes}MB'`);
}

const LEAST_MB = 40;
const WRITING_MB = 48;
/** Three rows of 10, 20, 30 and 60 MB in one commit, then updated, took 64, 128, 192 and 400 MB. */
const ROOM_FOR_ONE = 8;
/** DuckDB keeps a row group's large texts in memory until it is full: 64 MB of texts of 100 KB took 96 MB, 128 took 192. */
const LARGE_BYTES = 16 * 1024;
const ROOM_FOR_ALL = 2;
const READING_MB = 256;
const AMPLE_MB = 1024;
