import type { WarehouseCapabilities } from "../warehouse.js";
import { ROW_GROUP_ROWS } from "./settings.js";

/**
 * When a commit is due: after one row group, and in a large table later.
 *
 * A commit has to look at one narrow column of the whole table. Where its size grows with the table, at a hundredth of
 * it, the work for a row stays the same however large the table is.
 */
export function createCommitSize(): CommitSize {
  let tableRows = 0;
  const groups = (): number => Math.min(MOST_GROUPS, Math.max(1, Math.ceil(tableRows / (100 * ROW_GROUP_ROWS))));
  return {
    commitAfter: {
      get rows() {
        return groups() * ROW_GROUP_ROWS;
      },
      get sizeBytes() {
        return groups() * BYTES_PER_GROUP;
      },
      get elapsedMs() {
        return Math.min(MOST_ELAPSED_MS, groups() * ELAPSED_MS_PER_GROUP);
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

/** Some 500,000 rows: about a hundred bytes of each stay in memory. */
const MOST_GROUPS = 64;
const BYTES_PER_GROUP = 16 * 1024 * 1024;
const ELAPSED_MS_PER_GROUP = 15_000;
/** A crash loses no more reading than this. */
const MOST_ELAPSED_MS = 180_000;
