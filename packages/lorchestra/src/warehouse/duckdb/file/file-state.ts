import { accessSync, constants, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LorchestraError } from "../../../errors.js";
import type { OpenOptions } from "../../warehouse.js";
import type { WarehouseAddress } from "../../warehouse-kind.js";
import { type FilePlace, parseAddress } from "../address.js";
import { warehouseError } from "../duckdb-error.js";

/** Whether a run would make the file. */
export function isMissing(address: WarehouseAddress): boolean {
  try {
    return !fileExists(parseAddress(address), "write");
  } catch {
    // It cannot be opened either, which will say why.
    return false;
  }
}

/**
 * Looks at the place before DuckDB does; throws where no file can be opened or made. True when there is a file.
 *
 * Nothing here, nor anywhere else, may open the file itself while DuckDB has it open: closing any descriptor of a file
 * gives up all of the process's locks on it (fcntl(2)), and a second process could then write too.
 */
export function fileExists(place: FilePlace, access: OpenOptions["access"]): boolean {
  try {
    const state = statSync(place.path, { throwIfNoEntry: false });
    if (state?.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    if (state !== undefined && !state.isFile()) throw noFile(place);
    if (state === undefined && access === "read") return false;
    if (access === "write") {
      statSync(dirname(place.path));
      accessSync(dirname(place.path), constants.W_OK);
    }
    if (state !== undefined)
      accessSync(place.path, access === "write" ? constants.R_OK | constants.W_OK : constants.R_OK);
    return state !== undefined;
  } catch (error) {
    throw warehouseError(error, place, "open");
  }
}

/** A pipe would be waited for, and nothing is to be moved out of its way. */
function noFile(place: FilePlace): LorchestraError {
  return new LorchestraError(
    "WAREHOUSE_NOT_FOUND",
    `could not open \`${place.name}\`: a device, pipe or socket stands in its place`,
    { hint: "name a file, such as duckdb:./lorchestra.duckdb", facts: { path: place.path } },
  );
}

/** Removes what a killed run left beside the file; call only while holding the file's lock. */
export function removeLeftovers(place: FilePlace): void {
  rmSync(`${place.path}.tmp`, { recursive: true, force: true });
  const directory = dirname(place.path);
  const base = basename(place.path);
  for (const name of readdirSync(directory)) {
    if (LEFTOVER.test(name.slice(base.length)) && name.startsWith(base)) rmSync(join(directory, name), { force: true });
  }
}

/** A file that was not whole yet; and what was staged, of a run that was killed before it took the name from that file. */
const LEFTOVER = /^\.(?:new-\d+(?:\.wal)?|staged-\d+-[0-9a-f]+)$/;
