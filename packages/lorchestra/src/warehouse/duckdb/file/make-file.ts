import { existsSync, linkSync, rmSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { FilePlace } from "../address.js";
import { giveIdentity } from "./file-header.js";
import { checkNoLog } from "./log-stamp.js";
import { quoteText } from "../names.js";
import { STORAGE_VERSION } from "../settings.js";

/**
 * Makes the file under another name and links it to its own once it is whole: a process killed in between leaves no
 * half of a file that nobody can open.
 */
export async function makeFile(connection: DuckDBConnection, place: FilePlace): Promise<void> {
  checkNoLog(place);
  const draft = `${place.path}.new-${process.pid}`;
  try {
    rmSync(draft, { force: true });
    await connection.run(`ATTACH ${quoteText(draft)} AS draft (STORAGE_VERSION ${quoteText(STORAGE_VERSION)})`);
    await connection.run("DETACH draft");
    giveIdentity(draft);
    linkSync(draft, place.path);
  } catch (error) {
    // Where another process made it first, its lock decides; it may have taken this draft for a killed process's.
    if (!existsSync(place.path)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
