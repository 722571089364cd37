import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { LorchestraError } from "../../errors.js";
import type { OpenOptions } from "../warehouse.js";
import type { WarehouseAddress } from "../warehouses.js";
import type { FilePlace } from "./address.js";

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
    memory_limit: memoryLimit(settings["memory_limit"], reads ? "256MB" : "64MB"),
    temp_directory: temporaryDirectory(place, access),
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

/** Settings that follow once the file is attached. After the last two no statement reaches another file, nor undoes that. */
export const SETTINGS_ONCE_ATTACHED: readonly string[] = [
  // TIMESTAMP columns hold UTC: a conversion to or from TIMESTAMPTZ must change nothing.
  "SET GLOBAL TimeZone = 'UTC'",
  "SET GLOBAL enable_external_access = false",
  "SET GLOBAL lock_configuration = true",
];

function memoryLimit(setting: unknown, byDefault: string): string {
  if (setting === undefined) return byDefault;
  if (typeof setting === "string" && /^\d+(\.\d+)?\s*[KMGT]i?B$/i.test(setting)) return setting;
  throw new LorchestraError("CONFIG_INVALID", "warehouse_options.memory_limit is no size", {
    hint: "write it as 256MB or 1GB",
  });
}
