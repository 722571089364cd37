import type { WarehouseCapabilities } from "../warehouse.js";
import { ROW_GROUP_ROWS } from "./settings.js";

/**
 * When a commit is due: just before two row groups are full, and in a large table later.
 *
 * DuckDB writes the rows of a commit as row groups of their own once they fill one; a group of the few rows beyond would
 * make the next checkpoint of the file write all its neighbours again to be rid of it (measured: half as much work again).
 * So a commit ends with a group that is nearly full, whatever the size of the last batch.
 *
 * A commit has to look at one narrow column of the whole table. Where its size grows with the table, at a hundredth of
 * it, the work for a row stays the same however large the table is; but what is staged stays in memory, so that it ends at
 * eight groups. Beyond that the work for a row grows with the table.
 */
export function createCommitSize(): CommitSize {
  let tableRows = 0;
  const groups = (): number => Math.min(MOST_GROUPS, Math.max(2, Math.ceil(tableRows / (100 * ROW_GROUP_ROWS))));
  return {
    commitAfter: {
      get rows() {
        return groups() * ROW_GROUP_ROWS - BATCH_ROWS;
      },
      get sizeBytes() {
        return Math.min(MOST_BYTES, groups() * BYTES_PER_GROUP);
      },
      get elapsedMs() {
        return groups() * ELAPSED_MS_PER_GROUP;
      },
    },
    tableGrewTo: (rows) => {
      tableRows = rows;
    },
  };
}

export interface CommitSize {
  /** Changes as the table grows. */
  readonly commitAfter: WarehouseCapabilities["commitAfter"];
  tableGrewTo(rows: number): void;
}

/** As many changes as a batch brings: a page of a list. */
const BATCH_ROWS = 100;
/** Some 65,000 rows: all of each but its payload is in memory until the commit ends. */
const MOST_GROUPS = 8;
const BYTES_PER_GROUP = 16 * 1024 * 1024;
/** What DuckDB needs for large objects is twice this (`memory.ts`). */
const MOST_BYTES = 64 * 1024 * 1024;
/** A crash loses no more reading than eight times this. */
const ELAPSED_MS_PER_GROUP = 10_000;
