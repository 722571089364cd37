import type { LoadResult } from "./warehouse.js";

/** Rows by what a commit did with them; to be added to. */
export type RowCounts = { -readonly [Name in keyof Omit<LoadResult, "staged">]: number };

export function noRows(): RowCounts {
  return { inserted: 0, updated: 0, unchanged: 0, deleted: 0, stale: 0, quarantined: 0 };
}
