import { linkSync, rmSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { OpenOptions } from "../warehouse.js";
import type { WarehouseAddress } from "../warehouses.js";
import type { FilePlace } from "./address.js";
import { DuckDBInstance } from "./api.js";
import { isOutOfMemory, lockHolderPid, warehouseError } from "./duckdb-error.js";
import { fileExists, removeLeftovers } from "./file-state.js";
import { alreadyRunning, announceHolder, claimPath, holderOf, type Holder } from "./holder.js";
import { CATALOG, quoteText } from "./names.js";
import { areLarger, readRowGroups } from "./row-groups.js";
import { restrictUmask } from "./restrict-umask.js";
import { FIXED_MEMORY, writingMemory, type WritingMemory } from "./memory.js";
import { letMerge } from "./merging.js";
import { instanceSettings, ROW_GROUP_ROWS, settingsOnceAttached, STORAGE_VERSION } from "./settings.js";

/** An opened file: attached to an instance in memory as `CATALOG`. With access "read" and no file, an empty one in memory. */
export interface Database {
  readonly place: FilePlace;
  readonly holder: Holder;
  readonly memory: WritingMemory;
  connect(): Promise<DuckDBConnection>;
  /** Runs a task on a connection that nothing else uses meanwhile; what it reads must be read whole when it resolves. */
  withConnection<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Puts the log into the file, where nothing stands against it. */
  checkpoint(): Promise<void>;
  /** Every connection must be closed before. Puts the log into the file and frees the lock. */
  close(): Promise<void>;
}

/** Opens a file, and makes one where access is "write". Throws ALREADY_RUNNING and WAREHOUSE_ codes. */
export async function openDatabase(
  place: FilePlace,
  { access, runId, nowMs }: OpenOptions,
  settings: WarehouseAddress["settings"],
): Promise<Database> {
  const holder: Holder = { pid: process.pid, runId, startedAt: new Date(nowMs()) };
  const undo: (() => void)[] = [claimPath(place, holder)];
  const undoAll = (): void => {
    for (const step of undo.toReversed()) step();
  };
  try {
    const exists = fileExists(place, access);
    undo.push(restrictUmask());
    const instance = await DuckDBInstance.create(":memory:", instanceSettings(place, access, settings));
    undo.push(() => instance.closeSync());
    const main = await instance.connect();
    undo.push(() => main.disconnectSync());
    if (access === "write" && !exists) await makeFile(main, place);
    await attach(main, place, access, exists);
    if (access === "write") {
      removeLeftovers(place);
      undo.push(announceHolder(place, holder));
    }
    for (const sql of settingsOnceAttached(access)) await main.run(sql);
    // A new one takes DuckDB 3 ms of the main thread.
    const idle: DuckDBConnection[] = [];
    let isClosed = false;
    undo.push(() => {
      isClosed = true;
      for (const connection of idle.splice(0)) connection.disconnectSync();
    });
    const memory = access === "write" ? await writingMemory(main, settings) : FIXED_MEMORY;
    return {
      place,
      holder,
      memory,
      connect: () => instance.connect(),
      withConnection: async (task) => {
        const connection = idle.pop() ?? (await instance.connect());
        const result = await task(connection).catch((error: unknown) => {
          connection.disconnectSync();
          throw error;
        });
        if (isClosed) connection.disconnectSync();
        else idle.push(connection);
        return result;
      },
      checkpoint: async () => void (await checkpoint(main, memory)),
      close: async () => {
        const outcome = access === "write" ? await lastCheckpoint(main, memory) : "done";
        undoAll();
        if (outcome === "no memory") await checkpointAnew(place, settings);
      },
    };
  } catch (error) {
    undoAll();
    const pid = lockHolderPid(error);
    throw pid === null ? warehouseError(error, place, "open") : alreadyRunning(place, holderOf(place, pid));
  }
}

/**
 * Makes the file under another name and links it to its own once it is whole: a process killed in between leaves no
 * half of a file that nobody can open.
 */
async function makeFile(connection: DuckDBConnection, place: FilePlace): Promise<void> {
  const draft = `${place.path}.new-${process.pid}`;
  rmSync(draft, { force: true });
  await connection.run(`ATTACH ${quoteText(draft)} AS draft (STORAGE_VERSION ${quoteText(STORAGE_VERSION)})`);
  await connection.run("CHECKPOINT draft");
  await connection.run("DETACH draft");
  try {
    linkSync(draft, place.path);
  } catch (error) {
    // Another process made it first: its lock decides.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function attach(
  connection: DuckDBConnection,
  place: FilePlace,
  access: OpenOptions["access"],
  exists: boolean,
): Promise<void> {
  if (access === "read") {
    await connection.run(exists ? attachSql(place.path, "READ_ONLY") : attachSql(":memory:"));
    return;
  }
  if (exists) {
    // Only to read: a killed run's log must not go into groups of another size.
    await connection.run(attachSql(place.path, "READ_ONLY"));
    const tables = await readRowGroups(connection, { schema: place.schema, inLog: false });
    await connection.run(`DETACH ${CATALOG}`);
    if ([...tables.values()].some(areLarger)) return void (await connection.run(attachSql(place.path)));
  }
  await connection.run(attachSql(place.path, `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`));
}

function attachSql(path: string, options?: string): string {
  return `ATTACH ${quoteText(path)} AS ${CATALOG}${options === undefined ? "" : ` (${options})`}`;
}

type CheckpointOutcome = "done" | "no memory" | "not now";

async function checkpoint(connection: DuckDBConnection, memory: WritingMemory): Promise<CheckpointOutcome> {
  try {
    await memory.toCheckpoint(async () => void (await connection.run(`CHECKPOINT ${CATALOG}`)));
    return "done";
  } catch (error) {
    // Another reads, or the disk is full. What was committed is durable in the log beside the file, which the next one that
    // opens it takes over.
    return isOutOfMemory(error) ? "no memory" : "not now";
  }
}

/** Merges row groups, where there is memory for that. */
async function lastCheckpoint(connection: DuckDBConnection, memory: WritingMemory): Promise<CheckpointOutcome> {
  await memory.toCheckpoint(() => letMerge(connection)).catch(() => null);
  return checkpoint(connection, memory);
}

/** DuckDB gives a database up when it had not the memory for a checkpoint; opened again, and without merging, it has. */
async function checkpointAnew(place: FilePlace, settings: WarehouseAddress["settings"]): Promise<void> {
  const liftUmask = restrictUmask();
  try {
    const instance = await DuckDBInstance.create(":memory:", instanceSettings(place, "write", settings));
    try {
      const connection = await instance.connect();
      await attach(connection, place, "write", true);
      for (const sql of settingsOnceAttached("write")) await connection.run(sql);
      await checkpoint(connection, FIXED_MEMORY);
      connection.disconnectSync();
    } finally {
      instance.closeSync();
    }
  } catch {
    // Another process has it by now, and takes the log over.
  } finally {
    liftUmask();
  }
}
