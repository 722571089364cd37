import { type BigIntStats, closeSync, existsSync, fstatSync, openSync, statSync } from "node:fs";
import { LorchestraError } from "../../../errors.js";
import type { FilePlace } from "../address.js";
import { readHeaders, stateOf, type FileState } from "./file-header.js";

/**
 * A second descriptor of the file that DuckDB has open, to see which file that is and in which state.
 *
 * Open it before DuckDB opens the file, and close it after DuckDB has closed it: closing any descriptor of a file gives up
 * all of the process's locks on it (fcntl(2)).
 */
export interface OpenFile {
  /** Null where the file's headers are not as DuckDB writes them. */
  readState(): FileState | null;
  sizeBytes(): number;
  /** Says that the file is now as this process has it: once it is locked, and after each checkpoint. */
  noteState(): void;
  /**
   * Throws WAREHOUSE_REPLACED where the path does not lead to this file any more, or another's content was written over it.
   * What is written is then not where anybody will look for it, or spoils that content; and the log may be another
   * process's, which has the file that is there now.
   */
  checkPlace(): void;
  /** Whether the path leads to it. */
  isInPlace(): boolean;
  /** Whether another's content was written over it. A checkpoint would write into that. */
  isOverwritten(): boolean;
  close(): void;
}

export function openFile(place: FilePlace): OpenFile {
  const descriptor = openSync(place.path, "r");
  let noted = readHeaders(descriptor);
  const isOverwritten = (): boolean => !readHeaders(descriptor).equals(noted);
  const isInPlace = (): boolean => {
    const named = statSync(place.path, { bigint: true, throwIfNoEntry: false });
    return named !== undefined && isSame(named, fstatSync(descriptor, { bigint: true }));
  };
  return {
    readState: () => stateOf(readHeaders(descriptor)),
    sizeBytes: () => fstatSync(descriptor).size,
    noteState: () => void (noted = readHeaders(descriptor)),
    checkPlace: () => {
      if (!isInPlace()) {
        throw replaced(place, existsSync(place.path) ? "replaced by another file" : "deleted or moved");
      }
      if (isOverwritten()) throw replaced(place, "overwritten");
    },
    isInPlace,
    isOverwritten,
    close: () => closeSync(descriptor),
  };
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function replaced(place: FilePlace, how: string): LorchestraError {
  return new LorchestraError("WAREHOUSE_REPLACED", `\`${place.name}\` was ${how} while it was open`, {
    hint: "put the file in its place that is to be there while no run is under way, then run again: what it lacks is read from Stripe",
    facts: { path: place.path },
  });
}
