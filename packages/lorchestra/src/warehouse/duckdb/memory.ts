import type { DuckDBConnection } from "@duckdb/node-api";
import { LorchestraError } from "../../errors.js";
import type { OpenOptions } from "../warehouse.js";
import type { WarehouseAddress } from "../warehouses.js";

/**
 * The memory that DuckDB may use while it writes.
 *
 * It keeps whatever it may have, so that a run's own size is this limit and what Node needs. Objects of usual size need no
 * more than the least; large ones, several times their own size, while they are written.
 */
export interface WritingMemory {
  /** Makes room for a commit of payloads: the largest of them, and all together. Never less than before, as the next too. */
  makeRoomToWrite(largestBytes: number, totalBytes: number): Promise<void>;
  /** Makes room for payloads that are read back. */
  makeRoomToRead(): Promise<void>;
}

/** Once the file is attached. A limit in the settings stands, whatever comes. */
export async function limitWritingMemory(
  connection: DuckDBConnection,
  settings: WarehouseAddress["settings"],
): Promise<WritingMemory> {
  let limitMb = settings["memory_limit"] === undefined ? LEAST_MB : Infinity;
  if (limitMb === LEAST_MB) {
    // A log that a killed run left behind may be in memory still: then the limit to open with stands.
    await setLimit(connection, limitMb).catch(() => (limitMb = TO_OPEN_MB));
  }
  const atLeast = async (neededMb: number): Promise<void> => {
    if (neededMb <= limitMb) return;
    await setLimit(connection, neededMb);
    limitMb = neededMb;
  };
  return {
    makeRoomToWrite: (largestBytes, totalBytes) => {
      const together = largestBytes > LARGE_BYTES ? totalBytes * ROOM_FOR_ALL : 0;
      return atLeast(Math.ceil(Math.max(largestBytes * ROOM_FOR_ONE, together) / 1e6));
    },
    makeRoomToRead: () => atLeast(READING_MB),
  };
}

/**
 * What DuckDB may use while it opens a file, as it takes the setting; a killed run's log is then read into memory. For
 * what only reads, it stays. Throws CONFIG_INVALID.
 */
export function memoryToOpen(access: OpenOptions["access"], settings: WarehouseAddress["settings"]): string {
  const setting = settings["memory_limit"];
  if (setting === undefined) return `${access === "read" ? READING_MB : TO_OPEN_MB}MB`;
  if (typeof setting === "string" && /^\d+(\.\d+)?\s*[KMGT]i?B$/i.test(setting)) return setting;
  throw new LorchestraError("CONFIG_INVALID", "warehouse_options.memory_limit is no size", {
    hint: "write it as 256MB or 1GB",
  });
}

function setLimit(connection: DuckDBConnection, megabytes: number): Promise<unknown> {
  return connection.run(`SET GLOBAL memory_limit = '${megabytes}MB'`);
}

const LEAST_MB = 40;
/** Three rows of 10, 20, 30 and 60 MB in one commit, then updated, took 64, 128, 192 and 400 MB. */
const ROOM_FOR_ONE = 8;
/** DuckDB keeps a row group's large texts in memory until it is full: 64 MB of texts of 100 KB took 96 MB, 128 took 192. */
const LARGE_BYTES = 16 * 1024;
const ROOM_FOR_ALL = 2;
const READING_MB = 256;
const TO_OPEN_MB = 1024;
