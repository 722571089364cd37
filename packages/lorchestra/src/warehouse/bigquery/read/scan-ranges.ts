import type { CreatedRange } from "injest";

/**
 * Ranges, side by side, of so few rows each that the result of a query is no larger than BigQuery returns without a table to
 * write it to (10 GB compressed, https://cloud.google.com/bigquery/quotas#query_jobs). Whole months, as a table is partitioned
 * by, so that each is read, and billed, once. `months` are the oldest first, in Unix seconds.
 */
export function scanRanges(months: readonly { readonly from: number; readonly rows: number }[]): CreatedRange[] {
  const starts: number[] = [];
  let rows = 0;
  for (const month of months) {
    if (rows > 0 && rows + month.rows > ROWS_A_SCAN) {
      starts.push(month.from);
      rows = 0;
    }
    rows += month.rows;
  }
  return [null, ...starts].map((from, index) => ({ from, until: starts[index] ?? null }));
}

/** Of objects that are as large as Stripe's usually are, some 3 GB. */
export const ROWS_A_SCAN = 2_000_000;
