import type { DuckDBConnection } from "@duckdb/node-api";
import { areLarger, readRowGroups, type RowGroup } from "./row-groups.js";
import { ROW_GROUP_ROWS } from "../settings.js";

/**
 * Lets the checkpoints to come merge row groups that fit into fewer, which frees the space of rows that were replaced, where
 * that takes no more memory than there is. Until then none does; an emptied group's space is freed in either case.
 *
 * DuckDB holds the texts of 2,048 rows in memory when it reads them, and a checkpoint that cannot have that takes the
 * whole database with it: 200 objects of 10 MB took 4 GB. After a checkpoint rows go to a new group
 * (https://github.com/duckdb/duckdb/pull/18829). So the groups of large objects stay small as long as nothing merges
 * them, and what a commit needs follows its own size.
 *
 * This looks at what the groups hold, not at which of their rows are still there: of a file in which most were replaced
 * a merge may take more. So it is the last thing that a process does, and one that fails costs nothing (`database.ts`).
 */
export async function letMerge(connection: DuckDBConnection): Promise<void> {
  const room = await roomForPayloads(connection);
  for (const [table, groups] of await readRowGroups(connection, { schema: null, inLog: true })) {
    if (await holdMore(connection, table, mergeable(groups), room)) return;
  }
  await connection.run("RESET GLOBAL max_vacuum_tasks");
}

/** Two neighbours that fit into one, and the last, which the next rows may fit into. */
function mergeable(groups: readonly RowGroup[]): RowGroup[] {
  const full = areLarger(groups) ? DEFAULT_ROW_GROUP_ROWS : ROW_GROUP_ROWS;
  return groups.filter(({ rows }, index) => {
    const before = groups[index - 1]?.rows ?? Infinity;
    const after = groups[index + 1]?.rows ?? 1;
    return rows + before <= full || rows + after <= full;
  });
}

/**
 * Whether 2,048 rows of these groups may have more payload than that. Payloads are read only of groups whose longest one
 * leaves it open.
 */
async function holdMore(
  connection: DuckDBConnection,
  table: string,
  groups: readonly RowGroup[],
  room: number,
): Promise<boolean> {
  const most = groups.map((group) => ({ ...group, bytes: group.rows * group.longestBytes }));
  if (largestVector(most) <= room) return false;
  const looked: typeof most = [];
  for (const group of most) {
    const isSmall = group.bytes <= room / FEW;
    looked.push(isSmall ? group : { ...group, bytes: await payloadBytes(connection, table, group) });
    if (largestVector(looked) > room) return true;
  }
  return false;
}

/** Bytes of the payloads of 2,048 rows in a row, those of a group being taken to lie evenly in it. */
function largestVector(groups: readonly { readonly rows: number; readonly bytes: number }[]): number {
  let largest = 0;
  let [first, rows, bytes] = [0, 0, 0];
  for (const group of groups) {
    rows += group.rows;
    bytes += group.bytes * partOfVector(group);
    for (let oldest = groups[first]; oldest && rows - oldest.rows >= VECTOR_ROWS; oldest = groups[++first]) {
      rows -= oldest.rows;
      bytes -= oldest.bytes * partOfVector(oldest);
    }
    largest = Math.max(largest, bytes);
  }
  return largest;
}

function partOfVector({ rows }: { readonly rows: number }): number {
  return Math.min(1, VECTOR_ROWS / rows);
}

/** More than there is room for where it cannot be told. */
async function payloadBytes(
  connection: DuckDBConnection,
  table: string,
  { firstRowId, rows }: RowGroup,
): Promise<number> {
  const sql = `SELECT coalesce(sum(strlen(payload)), 0)::DOUBLE FROM ${table} WHERE rowid >= $1 AND rowid < $2`;
  try {
    const [row] = (await (await connection.run(sql, [firstRowId, firstRowId + rows])).getRows()) as [number][];
    return row?.[0] ?? 0;
  } catch {
    // They have no room in memory, or are no texts.
    return Number.MAX_SAFE_INTEGER;
  }
}

/** A merge has the payloads twice, and needs some for all else. */
async function roomForPayloads(connection: DuckDBConnection): Promise<number> {
  const sql = "SELECT parse_formatted_bytes(current_setting('memory_limit'))::DOUBLE";
  const [row] = (await (await connection.run(sql)).getRows()) as [number][];
  return (row?.[0] ?? 0) / 4;
}

/** As many rows as DuckDB reads at a time. */
const VECTOR_ROWS = 2048;
/** The size that DuckDB makes row groups of by itself. */
const DEFAULT_ROW_GROUP_ROWS = 122_880;
/** So many groups or more have no room together where each alone is worth a look. */
const FEW = 8;
