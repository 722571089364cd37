import type { DuckDBConnection } from "@duckdb/node-api";
import type { OpenOptions } from "../../warehouse.js";
import type { WarehouseAddress } from "../../warehouse-kind.js";
import type { FilePlace } from "../address.js";
import { DuckDBInstance } from "../api.js";
import { attach } from "./attach.js";
import { isOutOfMemory, lockHolderPid, readFailure, warehouseError } from "../duckdb-error.js";
import { behindLinks } from "./file-place.js";
import { fileExists, removeLeftovers } from "./file-state.js";
import { alreadyRunning, announceHolder, claimPath, holderOf, type Holder } from "./holder.js";
import { mayCheckpoint, stampSql } from "./log-stamp.js";
import { makeFile } from "./make-file.js";
import { CATALOG } from "../names.js";
import { openFile, type OpenFile } from "./open-file.js";
import { restrictUmask } from "./restrict-umask.js";
import { FIXED_MEMORY, writingMemory, type WritingMemory } from "./memory.js";
import { letMerge } from "./merging.js";
import { instanceSettings, settingsOnceAttached } from "../settings.js";

/** An opened file: attached to an instance in memory as `CATALOG`. With access "read" and no file, an empty one in memory. */
export interface Database {
  readonly place: FilePlace;
  readonly holder: Holder;
  readonly memory: WritingMemory;
  /** Throws WAREHOUSE_REPLACED where what is written is not in the file at the path. */
  checkPlace(): void;
  /** What a transaction has to begin with, so that the log says whose it is. */
  stampSql(): readonly string[];
  connect(): Promise<DuckDBConnection>;
  /** Runs a task on a connection that nothing else uses meanwhile; what it reads must be read whole when it resolves. */
  withConnection<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Puts the log into the file, where nothing stands against it. */
  checkpoint(): Promise<void>;
  /** The same, but throws where it fails; false where another transaction stands against it. */
  tryCheckpoint(): Promise<boolean>;
  /** Every connection must be closed before. Puts the log into the file and frees the lock. */
  close(): Promise<void>;
}

/** Opens a file, and makes one where access is "write". Throws ALREADY_RUNNING and WAREHOUSE_ codes. */
export async function openDatabase(
  named: FilePlace,
  { access, runId, nowMs }: OpenOptions,
  settings: WarehouseAddress["settings"],
): Promise<Database> {
  const place = behindLinks(named);
  const holder: Holder = { pid: process.pid, runId, startedAt: new Date(nowMs()) };
  const undo: (() => void)[] = [claimPath(place, holder)];
  const undoAll = (): void => {
    for (const step of undo.toReversed()) step();
  };
  try {
    const exists = fileExists(place, access);
    undo.push(restrictUmask());
    let file: OpenFile | null = null;
    undo.push(() => file?.close());
    const instance = await DuckDBInstance.create(":memory:", instanceSettings(place, access, settings));
    undo.push(() => instance.closeSync());
    const main = await instance.connect();
    undo.push(() => main.disconnectSync());
    if (access === "write" && !exists) await makeFile(main, place);
    file = exists || access === "write" ? openFile(place) : null;
    await attach(main, place, file, access);
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
      checkPlace: () => file?.checkPlace(),
      stampSql: () => (file === null ? [] : stampSql(place, file)),
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
      checkpoint: async () => void (await checkpoint(main, memory, file)),
      tryCheckpoint: () => tryCheckpoint(main, memory, file),
      close: async () => {
        const outcome = access === "write" ? await lastCheckpoint(main, memory, place, file) : "done";
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

type CheckpointOutcome = "done" | "no memory" | "not now";

async function checkpoint(
  connection: DuckDBConnection,
  memory: WritingMemory,
  file: OpenFile | null,
): Promise<CheckpointOutcome> {
  try {
    return (await tryCheckpoint(connection, memory, file)) ? "done" : "not now";
  } catch (error) {
    // Or the disk is full. What was committed is durable in the log beside the file, which the next one that opens it takes over.
    return isOutOfMemory(error) ? "no memory" : "not now";
  }
}

async function tryCheckpoint(
  connection: DuckDBConnection,
  memory: WritingMemory,
  file: OpenFile | null,
): Promise<boolean> {
  try {
    await memory.toCheckpoint(async () => void (await connection.run(`CHECKPOINT ${CATALOG}`)));
    return true;
  } catch (error) {
    if (readFailure(error).type === "TransactionContext") return false;
    throw error;
  } finally {
    file?.noteState();
  }
}

/** Merges row groups, where there is memory for that. */
async function lastCheckpoint(
  connection: DuckDBConnection,
  memory: WritingMemory,
  place: FilePlace,
  file: OpenFile | null,
): Promise<CheckpointOutcome> {
  const mayBe = file === null || mayCheckpoint(place, file);
  if (mayBe) await memory.toCheckpoint(() => letMerge(connection)).catch(() => null);
  const outcome = mayBe ? await checkpoint(connection, memory, file) : "not now";
  // DuckDB would make another one when it closes, with a log that is a second process's by then.
  if (!mayBe || file?.isInPlace() === false) await connection.run("PRAGMA disable_checkpoint_on_shutdown");
  return outcome;
}

/** DuckDB gives a database up when it had not the memory for a checkpoint; opened again, and without merging, it has. */
async function checkpointAnew(place: FilePlace, settings: WarehouseAddress["settings"]): Promise<void> {
  const liftUmask = restrictUmask();
  let file: OpenFile | null = null;
  try {
    file = openFile(place);
    const instance = await DuckDBInstance.create(":memory:", instanceSettings(place, "write", settings));
    try {
      const connection = await instance.connect();
      await attach(connection, place, file, "write");
      for (const sql of settingsOnceAttached("write")) await connection.run(sql);
      await checkpoint(connection, FIXED_MEMORY, file);
      connection.disconnectSync();
    } finally {
      instance.closeSync();
    }
  } catch {
    // Another process has it by now, and takes the log over.
  } finally {
    file?.close();
    liftUmask();
  }
}
