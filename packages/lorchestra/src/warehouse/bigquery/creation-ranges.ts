import { timestamp } from "./quote.js";

/** Months of creation, as [from, until) in whole months since year 0. */
export interface MonthRange {
  readonly from: number;
  readonly until: number;
}

/** More ranges than this make no better filter, only a longer one. */
const MAX_RANGES = 40;

/** The month of a `created` in Unix seconds. */
export function monthOf(created: number): number {
  const date = new Date(created * 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Joins neighbours; while there are too many, those with the smallest gap. */
export function monthRanges(months: Iterable<number>): MonthRange[] {
  const ranges: { from: number; until: number }[] = [];
  for (const month of [...new Set(months)].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.until === month) last.until = month + 1;
    else ranges.push({ from: month, until: month + 1 });
  }
  while (ranges.length > MAX_RANGES) {
    let narrowest = 1;
    for (let index = 2; index < ranges.length; index += 1) {
      if (gapBefore(ranges, index) < gapBefore(ranges, narrowest)) narrowest = index;
    }
    const [joined] = ranges.splice(narrowest, 1);
    const before = ranges[narrowest - 1];
    if (joined !== undefined && before !== undefined) before.until = joined.until;
  }
  return ranges;
}

/**
 * A filter on partitions: constants only, because BigQuery skips no partition for a value that it learns while it runs
 * (https://cloud.google.com/bigquery/docs/querying-partitioned-tables). Rows whose creation is not known always pass.
 */
export function monthsSql(column: string, ranges: readonly MonthRange[]): string {
  const terms = ranges.map(
    ({ from, until }) =>
      `(${column} >= ${timestamp(monthStart(from))} AND ${column} < ${timestamp(monthStart(until))})`,
  );
  return `(${[`${column} IS NULL`, ...terms].join(" OR ")})`;
}

function monthStart(month: number): Date {
  return new Date(Date.UTC(Math.floor(month / 12), month % 12, 1));
}

function gapBefore(ranges: readonly MonthRange[], index: number): number {
  return (ranges[index]?.from ?? 0) - (ranges[index - 1]?.until ?? 0);
}
