import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { LorchestraError } from "../../../errors.js";
import { HELD_BY_US } from "../../held-by-us.js";
import type { FilePlace } from "../address.js";

/** Who has the file open. */
export interface Holder {
  readonly pid: number;
  readonly runId: string | null;
  readonly startedAt: Date | null;
}

/** Files that this process has open. DuckDB's lock does not keep one process from opening a file twice. */
const openHere = new Map<string, Holder>();

/** Claims a path for this process; the returned function gives it back. Throws ALREADY_RUNNING. */
export function claimPath(place: FilePlace, holder: Holder): () => void {
  const path = realPath(place.path);
  const other = openHere.get(path);
  if (other !== undefined) throw alreadyRunning(place, other);
  openHere.set(path, holder);
  return () => void openHere.delete(path);
}

/**
 * Writes down beside the file who holds it, so that a second run can name this one; the returned function removes it.
 *
 * The lock itself is DuckDB's and ends with the process: this note proves nothing, and one that a killed process left
 * is believed by nobody, because its pid is not that of the lock.
 */
export function announceHolder(place: FilePlace, { pid, runId, startedAt }: Holder): () => void {
  const note = notePath(place);
  writeFileSync(note, JSON.stringify({ pid, run_id: runId, started_at: startedAt }), { mode: 0o600 });
  return () => {
    // Where the file was replaced, another process may have this place by now.
    if (readNote(place)?.pid === pid) rmSync(note, { force: true });
  };
}

/** What is known of the process that holds the lock. */
export function holderOf(place: FilePlace, pid: number): Holder {
  const note = readNote(place);
  return note?.pid === pid ? note : { pid, runId: null, startedAt: null };
}

/** The file, or a stream in it, belongs to another run. */
export function alreadyRunning(place: FilePlace, holder: Holder, stream?: string): LorchestraError {
  const { pid, runId, startedAt } = holder;
  const run = runId === null ? "" : `, run ${runId}`;
  const since = startedAt === null ? "" : `, since ${startedAt.toISOString()}`;
  const what = stream === undefined ? `\`${place.name}\`` : `stream \`${stream}\` in \`${place.name}\``;
  return new LorchestraError("ALREADY_RUNNING", `${what} is in use by process ${pid}${run}${since}`, {
    // Two processes never have one file: the stream is another load's of this one.
    hint: stream === undefined ? `wait until process ${pid} has ended, then run again` : HELD_BY_US,
    facts: { pid, run_id: runId, started_at: startedAt?.toISOString() ?? null, path: place.path },
  });
}

/** Behind symbolic links; a file that is not there yet is at the path that was given. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readNote(place: FilePlace): Holder | null {
  try {
    const note = JSON.parse(readFileSync(notePath(place), "utf8")) as Record<string, unknown>;
    const { pid, run_id: runId, started_at: startedAt } = note;
    if (typeof pid !== "number") return null;
    const instant = typeof startedAt === "string" ? new Date(startedAt) : null;
    return {
      pid,
      runId: typeof runId === "string" ? runId : null,
      startedAt: instant === null || Number.isNaN(instant.getTime()) ? null : instant,
    };
  } catch {
    // A note that is missing, or cut off, only makes the message shorter.
    return null;
  }
}

function notePath(place: FilePlace): string {
  return `${place.path}.holder`;
}
