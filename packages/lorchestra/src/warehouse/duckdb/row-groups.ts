import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES } from "../tables.js";
import { isOutOfMemory } from "./duckdb-error.js";
import { CATALOG, quoteName, quoteText } from "./names.js";
import { ROW_GROUP_ROWS } from "./settings.js";

/** What the row groups of the tables that this file may be written to ask for. */
export interface RowGroupNeeds {
  /**
   * A table has larger ones than ours, as every table has that DuckDB made by itself. Such a file must not be attached with
   * a smaller size: DuckDB 1.5 then appends beyond the last group's end, and gives up the whole database (INTERNAL, "Could
   * not find node in column segment tree").
   */
  readonly areLarger: boolean;
  /** Those that a checkpoint would merge hold more than it can have memory for; see `mergeRowGroups`. */
  readonly areHeavy: boolean;
}

export const NO_ROW_GROUPS: RowGroupNeeds = { areLarger: false, areHeavy: false };

/**
 * Whether checkpoints merge the row groups that fit into fewer, which frees the space of rows that were replaced.
 *
 * DuckDB holds the texts of 2,048 rows in memory when it reads them, and a checkpoint that cannot have that takes the
 * whole database with it: 200 objects of 10 MB took 4 GB. After a checkpoint rows go to a new group
 * (https://github.com/duckdb/duckdb/pull/18829). So the groups of large objects stay small as long as nothing merges
 * them, and what a commit needs follows its own size. An emptied group's space is freed in either case.
 */
export async function mergeRowGroups(connection: DuckDBConnection, merge: boolean): Promise<void> {
  await connection.run(merge ? "RESET GLOBAL max_vacuum_tasks" : "SET GLOBAL max_vacuum_tasks = 0");
}

export async function lookAtRowGroups(connection: DuckDBConnection, schema: string): Promise<RowGroupNeeds> {
  const names = Object.values(TABLES).flatMap(({ name }) => [name, `test_${name}`]);
  const result = await connection.run(
    `SELECT table_name FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2
AND table_name IN (${names.map(quoteText).join(", ")})`,
    [CATALOG, schema],
  );
  let { areLarger, areHeavy } = NO_ROW_GROUPS;
  for (const [table] of (await result.getRows()) as [string][]) {
    const name = [CATALOG, schema, table].map(quoteName).join(".");
    const groups = await rowGroupsOf(connection, name);
    areLarger ||= groups.some(({ rows }) => rows > ROW_GROUP_ROWS);
    areHeavy ||= await holdMuch(connection, name, mergeable(groups));
  }
  return { areLarger, areHeavy };
}

interface RowGroup {
  readonly firstRowId: number;
  readonly rows: number;
  /** Bytes of its longest payload; zero in tables that have none. */
  readonly longestBytes: number;
}

async function rowGroupsOf(connection: DuckDBConnection, table: string): Promise<RowGroup[]> {
  const longest = `CASE column_name WHEN 'payload' THEN regexp_extract(stats, 'Max String Length: ([0-9]+)', 1) END`;
  const result = await connection.run(`SELECT max(count)::DOUBLE, coalesce(max(try_cast(${longest} AS DOUBLE)), 0)
FROM pragma_storage_info(${quoteText(table)}) GROUP BY row_group_id ORDER BY row_group_id`);
  let firstRowId = 0;
  return ((await result.getRows()) as [number, number][]).map(([rows, longestBytes]) => {
    firstRowId += rows;
    return { firstRowId: firstRowId - rows, rows, longestBytes };
  });
}

/** Two neighbours that fit into one, and the last, which the next rows may fit into. */
function mergeable(groups: readonly RowGroup[]): RowGroup[] {
  const full = groups.some(({ rows }) => rows > ROW_GROUP_ROWS) ? DEFAULT_ROW_GROUP_ROWS : ROW_GROUP_ROWS;
  return groups.filter(({ rows }, index) => {
    const before = groups[index - 1]?.rows ?? Infinity;
    const after = groups[index + 1]?.rows ?? 1;
    return rows + before <= full || rows + after <= full;
  });
}

/** Whether a checkpoint would have too much of their payloads in memory at a time. They are read only where the longest of each group leave that open. */
async function holdMuch(connection: DuckDBConnection, table: string, groups: readonly RowGroup[]): Promise<boolean> {
  const most = groups.reduce((sum, { rows, longestBytes }) => sum + Math.min(rows, VECTOR_ROWS) * longestBytes, 0);
  if (most === 0) return false;
  let room = await roomForPayloads(connection);
  if (most <= room) return false;
  for (const { firstRowId, rows } of groups) {
    const sum = `SELECT coalesce(sum(strlen(payload)), 0)::DOUBLE FROM ${table} WHERE rowid >= $1 AND rowid < $2`;
    try {
      const [row] = (await (await connection.run(sum, [firstRowId, firstRowId + rows])).getRows()) as [number][];
      room -= (row?.[0] ?? 0) * Math.min(1, VECTOR_ROWS / rows);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return true;
    }
    if (room < 0) return true;
  }
  return false;
}

/** A checkpoint needs twice as much, and some for all else. */
async function roomForPayloads(connection: DuckDBConnection): Promise<number> {
  const sql = "SELECT parse_formatted_bytes(current_setting('memory_limit'))::DOUBLE";
  const [row] = (await (await connection.run(sql)).getRows()) as [number][];
  return (row?.[0] ?? 0) / 4;
}

/** As many rows as DuckDB reads at a time. */
const VECTOR_ROWS = 2048;
/** The size that DuckDB makes row groups of by itself. */
const DEFAULT_ROW_GROUP_ROWS = 122_880;
