import type { WarehouseCapabilities } from "../../warehouse.js";
import { ROW_GROUP_ROWS } from "../settings.js";

/** As many changes as a batch brings: a page of a list. */
const BATCH_ROWS = 100;

/**
 * When a commit is due: just before two row groups are full, however large the table is.
 *
 * DuckDB writes the rows of a commit as row groups of their own once they fill one; a group of the few rows beyond would
 * make the next checkpoint of the file write all its neighbours again to be rid of it (measured: half as much work again).
 * So a commit ends with a group that is nearly full, whatever the size of the last batch.
 */
export const COMMIT_AFTER: WarehouseCapabilities["commitAfter"] = {
  rows: 2 * ROW_GROUP_ROWS - BATCH_ROWS,
  /** What DuckDB needs for large objects is twice this (`memory.ts`). */
  sizeBytes: 32 * 1024 * 1024,
  elapsedMs: 20_000,
};
