import { closeSync, openSync, readSync, statSync } from "node:fs";
import { LorchestraError } from "../../../errors.js";
import type { FilePlace } from "../address.js";
import { hintForOtherLog, logName, logPath } from "./file-place.js";
import type { FileState } from "./file-header.js";
import { CATALOG, quoteName } from "../names.js";
import type { OpenFile } from "./open-file.js";

/**
 * The log that DuckDB writes beside a file fits one state of that file alone: it names rows by their place, and blocks that
 * were written for it. A log of the format that our files have does not say which state that is, and DuckDB puts it into
 * whatever file lies beside it: a copy that was put back would lose rows, have them twice, or hold others' values.
 *
 * So the first thing in each log of ours is its stamp: a schema that is named for the state, made and dropped again in the
 * log's first transaction, which leaves nothing in the catalog. As it is part of the log, it goes wherever that goes. A
 * log that begins otherwise is of another program, or of an earlier version, and is taken as it is.
 *
 * A state must be one process's own: a copy of the file that was made before has none of the blocks that its commits write.
 * So a process makes a checkpoint before its first transaction (`database.ts`).
 */
export function stampSql(place: FilePlace, file: OpenFile): readonly string[] {
  const state = logBytes(place) > EMPTY_LOG_BYTES ? null : file.readState();
  if (state === null) return [];
  const schema = [CATALOG, stampOf(state)].map(quoteName).join(".");
  return [`CREATE SCHEMA ${schema}`, `DROP SCHEMA ${schema}`];
}

/** Throws WAREHOUSE_LOG_MISMATCH where the log beside a file is that of another one, or of another state. Call it before DuckDB reads either. */
export function checkLog(place: FilePlace, file: OpenFile): void {
  for (;;) {
    const stamp = readStamp(place);
    if (stamp === null) return;
    const state = file.readState();
    if (state === null || stamp === stampOf(state) || isOfCheckpoint(place, stamp, state)) return;
    // Another process, which has the file open, may have begun a log meanwhile.
    if (readStamp(place) === stamp) break;
  }
  throw mismatch(place, `\`${logName(place)}\` is not the log of this file as it is now, and was not put into it`);
}

/** The same for a place where no file is: DuckDB would put the log into the one that is made. */
export function checkNoLog(place: FilePlace): void {
  if (logBytes(place) <= EMPTY_LOG_BYTES) return;
  // Another process may have made the file meanwhile, which comes before its log.
  if (statSync(place.path, { throwIfNoEntry: false }) !== undefined) return;
  throw mismatch(place, `\`${logName(place)}\` is the log of a file that is not there any more`);
}

/** Whether a checkpoint would take away no other process's log: DuckDB goes by the path. */
export function mayCheckpoint(place: FilePlace, file: OpenFile): boolean {
  if (file.isOverwritten()) return false;
  const state = file.readState();
  return file.isInPlace() || (state !== null && readStamp(place) === stampOf(state));
}

/** What is committed and not in the file yet. Its size may be asked for; see README.md for what may not be done to it. */
export function logBytes(place: FilePlace): number {
  return statSync(logPath(place), { throwIfNoEntry: false })?.size ?? 0;
}

function mismatch(place: FilePlace, problem: string): LorchestraError {
  return new LorchestraError("WAREHOUSE_LOG_MISMATCH", `could not open \`${place.name}\`: ${problem}`, {
    hint: hintForOtherLog(place),
    facts: { path: place.path, log: logPath(place) },
  });
}

function stampOf({ file, iteration, header }: FileState): string {
  return `${STAMP}${file}:${iteration}:${header}`;
}

/** What DuckDB begins a log with is 8 bytes, or less than 64 in newer formats, and stays where the first commit failed. */
const EMPTY_LOG_BYTES = 64;

const STAMP = "lorchestra:";
const STAMP_PATTERN = /lorchestra:[0-9a-f]{16}:\d+:[0-9a-f]{16}/;
const STAMP_WITHIN_BYTES = 192;

/** Null where there is no log, or one that has none. */
function readStamp(place: FilePlace): string | null {
  return STAMP_PATTERN.exec(readLog(place, "start").toString("latin1"))?.[0] ?? null;
}

/**
 * True for the log of a checkpoint that was done, where the process was killed before it took the log away: the file has
 * its next state. DuckDB knows this by the log's last entry, which says where the new catalog would begin, and drops the log.
 */
function isOfCheckpoint(place: FilePlace, stamp: string, state: FileState): boolean {
  const [, file, iteration] = stamp.split(":");
  if (file !== state.file || BigInt(iteration ?? 0) + 1n !== state.iteration) return false;
  const end = readLog(place, "end");
  const at = end.lastIndexOf(CHECKPOINT_ENTRY);
  return at >= 0 && readBlock(end.subarray(at + CHECKPOINT_ENTRY.length)) === state.catalogAt;
}

/** The fields 100 and 101 of an entry, as DuckDB serializes them: its kind, a checkpoint; and a pointer. */
const CHECKPOINT_ENTRY = Buffer.from([100, 0, 99, 101, 0]);
/** The field of a pointer that is the block. It is left out of a pointer to block 0, where a file's first catalog is, and later ones may be. */
const BLOCK_FIELD = Buffer.from([100, 0]);
const CHECKPOINT_WITHIN_BYTES = 128;

function readBlock(pointer: Buffer): bigint {
  return pointer.indexOf(BLOCK_FIELD) === 0 ? readVarint(pointer, BLOCK_FIELD.length) : 0n;
}

function readVarint(bytes: Buffer, start: number): bigint {
  let value = 0n;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - start));
    if (byte < 0x80) break;
  }
  return value;
}

function readLog(place: FilePlace, from: "start" | "end"): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(logPath(place), "r");
  } catch {
    // There is none; or one that DuckDB cannot read either, as it will say.
    return Buffer.alloc(0);
  }
  try {
    const size = logBytes(place);
    const bytes = Buffer.alloc(from === "start" ? STAMP_WITHIN_BYTES : CHECKPOINT_WITHIN_BYTES);
    const position = from === "start" ? 0 : Math.max(0, size - bytes.length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, position));
  } finally {
    closeSync(descriptor);
  }
}
