import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES } from "../../tables.js";
import { CATALOG, quoteName, quoteText } from "../names.js";
import { ROW_GROUP_ROWS } from "../settings.js";

/** A row group of a table: what DuckDB writes, and merges, as one. */
export interface RowGroup {
  readonly firstRowId: number;
  /** With those that were deleted. */
  readonly rows: number;
  /** Bytes of its longest payload; zero in tables that have none. */
  readonly longestBytes: number;
}

/** The row groups of our tables that the file itself holds, in all schemas or one, by the table's quoted name. */
export async function readRowGroups(
  connection: DuckDBConnection,
  { schema, inLog }: { readonly schema: string | null; readonly inLog: boolean },
): Promise<Map<string, readonly RowGroup[]>> {
  const names = Object.values(TABLES).flatMap(({ name }) => [name, `test_${name}`]);
  const result = await connection.run(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND ($2 IS NULL OR lower(schema_name) = lower($2))
AND lower(table_name) IN (${names.map(quoteText).join(", ")})`,
    [CATALOG, schema],
  );
  const groups = new Map<string, readonly RowGroup[]>();
  for (const path of (await result.getRows()) as [string, string][]) {
    const name = [CATALOG, ...path].map(quoteName).join(".");
    groups.set(name, await rowGroupsOf(connection, name, inLog));
  }
  return groups;
}

/**
 * True when a table has larger row groups than ours, as every table has that DuckDB made by itself. Such a file must not be
 * attached with a smaller size: DuckDB 1.5 then appends beyond the last group's end, and gives up the whole database
 * (INTERNAL, "Could not find node in column segment tree").
 */
export function areLarger(groups: readonly RowGroup[]): boolean {
  return groups.some(({ rows }) => rows > ROW_GROUP_ROWS);
}

async function rowGroupsOf(connection: DuckDBConnection, table: string, inLog: boolean): Promise<RowGroup[]> {
  const longest = `CASE lower(column_name) WHEN 'payload' THEN regexp_extract(stats, 'Max String Length: ([0-9]+)', 1) END`;
  const result = await connection.run(`SELECT max(count)::DOUBLE, coalesce(max(try_cast(${longest} AS DOUBLE)), 0)
FROM pragma_storage_info(${quoteText(table)}) WHERE ${inLog ? "true" : "persistent"}
GROUP BY row_group_id ORDER BY row_group_id`);
  let firstRowId = 0;
  return ((await result.getRows()) as [number, number][]).map(([rows, longestBytes]) => {
    firstRowId += rows;
    return { firstRowId: firstRowId - rows, rows, longestBytes };
  });
}
