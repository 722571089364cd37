import { closeSync, openSync } from "node:fs";
import type { FilePlace } from "./address.js";
import { readFileState, type FileState } from "./file-header.js";

/**
 * A second descriptor of the file that DuckDB has open, to see which file that is and in which state.
 *
 * Open it before DuckDB opens the file, and close it after DuckDB has closed it: closing any descriptor of a file gives up
 * all of the process's locks on it (fcntl(2)).
 */
export interface OpenFile {
  /** Null where the file's headers are not as DuckDB writes them. */
  readState(): FileState | null;
  close(): void;
}

export function openFile(place: FilePlace): OpenFile {
  const descriptor = openSync(place.path, "r");
  return {
    readState: () => readFileState(descriptor),
    close: () => closeSync(descriptor),
  };
}
