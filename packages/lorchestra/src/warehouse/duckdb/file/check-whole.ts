import type { DuckDBConnection } from "@duckdb/node-api";
import { bytesOfBlocks } from "./file-header.js";
import { CATALOG, quoteName, quoteText } from "../names.js";
import type { OpenFile } from "./open-file.js";

/**
 * Throws as DuckDB does for a damaged file where one ends before a block that it uses, as a copy does that was cut off. DuckDB
 * itself notices that when it reads such a block, which may be after it has written others.
 */
export async function checkWhole(connection: DuckDBConnection, file: OpenFile): Promise<void> {
  const state = file.readState();
  if (state === null) return;
  const sizeBytes = file.sizeBytes();
  // A whole file can be shorter than its header says: free blocks at its end are cut off after that was written.
  if (sizeBytes >= bytesOfBlocks(state.blocks, state)) return;
  if (sizeBytes < bytesOfBlocks((await lastBlock(connection)) + 1, state)) {
    throw new Error("IO Error: the file ends before a block that it uses");
  }
}

/** Of all tables, whoever made them; -1 where none uses any. */
async function lastBlock(connection: DuckDBConnection): Promise<number> {
  const tables = await connection.run("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1", [
    CATALOG,
  ]);
  let last = -1;
  for (const path of (await tables.getRows()) as [string, string][]) {
    const name = [CATALOG, ...path].map(quoteName).join(".");
    const result = await connection.run(
      `SELECT coalesce(max(greatest(block_id, coalesce(list_max(additional_block_ids), -1))), -1)::DOUBLE
FROM pragma_storage_info(${quoteText(name)}) WHERE persistent`,
    );
    const [row] = (await result.getRows()) as [number][];
    last = Math.max(last, row?.[0] ?? -1);
  }
  return last;
}
