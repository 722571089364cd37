import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenOptions } from "../warehouse.js";
import type { WarehouseAddress } from "../warehouse-kind.js";
import type { FilePlace } from "./address.js";
import { memoryToOpen } from "./file/memory.js";

/** How a file is attached: rows go to it in groups that one commit fills, so that no commit writes a group again. */
export const ROW_GROUP_ROWS = 8192;

/** DuckDB 1.2 is the first whose format has zstd; a newer one would shut out tools that read the file today. */
export const STORAGE_VERSION = "v1.2.0";

/**
 * Settings of the whole instance, which take effect before any file is opened.
 *
 * DuckDB would by default take 80 % of the machine's memory. A run stays small beside other work, with one thread: two
 * cost half as much processor time again. What only reads, such as `lorchestra sql`, sorts and joins, and may take more.
 */
export function instanceSettings(
  place: FilePlace,
  access: OpenOptions["access"],
  settings: WarehouseAddress["settings"],
): Record<string, string> {
  const reads = access === "read";
  return {
    threads: reads ? String(Math.min(4, cpus().length)) : "1",
    memory_limit: memoryToOpen(access, settings),
    temp_directory: temporaryDirectory(place, access),
    // Row groups are merged at the very end, if at all (`merging.ts`).
    max_vacuum_tasks: "0",
    errors_as_json: "true",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    allow_persistent_secrets: "false",
  };
}

/**
 * Beside the file, because a system's own directory for such files is often memory; but a run that only reads makes
 * nothing there.
 */
export function temporaryDirectory(place: FilePlace, access: OpenOptions["access"]): string {
  return access === "write" ? `${place.path}.tmp` : join(tmpdir(), `lorchestra-${process.pid}.tmp`);
}

/**
 * Settings that follow once the file is attached. After the second no statement reaches another file, nor undoes that. What
 * writes goes on to set its memory (`memory.ts`), and lets users' queries do nothing but read.
 */
export function settingsOnceAttached(access: OpenOptions["access"]): readonly string[] {
  return [
    // TIMESTAMP columns hold UTC: a conversion to or from TIMESTAMPTZ must change nothing.
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL enable_external_access = false",
    access === "read"
      ? "SET GLOBAL lock_configuration = true"
      : // One that a commit makes by itself has no more memory than the commit, and fails it; `writer.ts` makes them.
        "SET GLOBAL checkpoint_threshold = '1TB'",
  ];
}
