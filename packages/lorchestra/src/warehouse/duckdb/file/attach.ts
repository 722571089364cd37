import type { DuckDBConnection } from "@duckdb/node-api";
import type { OpenOptions } from "../../warehouse.js";
import type { FilePlace } from "../address.js";
import { checkWhole } from "./check-whole.js";
import { checkLog } from "./log-stamp.js";
import { CATALOG, quoteText } from "../names.js";
import type { OpenFile } from "./open-file.js";
import { areLarger, readRowGroups } from "./row-groups.js";
import { ROW_GROUP_ROWS } from "../settings.js";

/** Attaches a file as `CATALOG`, with the log beside it if that is its own; without a file an empty database in memory. */
export async function attach(
  connection: DuckDBConnection,
  place: FilePlace,
  file: OpenFile | null,
  access: OpenOptions["access"],
): Promise<void> {
  if (file === null) return void (await connection.run(attachSql(":memory:")));
  checkLog(place, file);
  await connection.run(attachSql(place.path, "READ_ONLY"));
  await checkWhole(connection, file);
  if (access === "write") {
    // Only to read: a killed run's log must not go into groups of another size.
    const tables = await readRowGroups(connection, { schema: place.schema, inLog: false });
    await connection.run(`DETACH ${CATALOG}`);
    const options = [...tables.values()].some(areLarger) ? undefined : `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
    await connection.run(attachSql(place.path, options));
  }
  file.noteState();
  file.checkPlace();
}

function attachSql(path: string, options?: string): string {
  return `ATTACH ${quoteText(path)} AS ${CATALOG}${options === undefined ? "" : ` (${options})`}`;
}
