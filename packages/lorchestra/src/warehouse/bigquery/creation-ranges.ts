import { timestamp } from "./api/quote.js";

/** Days of creation, as [from, until) in whole days since 1970, in UTC. */
export interface DayRange {
  readonly from: number;
  readonly until: number;
}

/** More ranges than this make no better filter, only a longer one. */
const MAX_RANGES = 40;

/** The day of a `created` in Unix seconds. */
export function dayOf(created: number): number {
  return Math.floor(created / DAY_SECONDS);
}

const DAY_SECONDS = 86_400;

/** Joins neighbours; while there are too many, those with the smallest gap. */
export function dayRanges(days: Iterable<number>): DayRange[] {
  const ranges: { from: number; until: number }[] = [];
  for (const day of [...new Set(days)].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.until === day) last.until = day + 1;
    else ranges.push({ from: day, until: day + 1 });
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
 * A filter on partitions, and on the blocks that clustering makes in them: constants only, because BigQuery skips no
 * partition for a value that it learns while it runs
 * (https://cloud.google.com/bigquery/docs/querying-partitioned-tables). Rows whose creation is not known always pass.
 */
export function daysSql(column: string, ranges: readonly DayRange[]): string {
  const terms = ranges.map(
    ({ from, until }) => `(${column} >= ${timestamp(startOf(from))} AND ${column} < ${timestamp(startOf(until))})`,
  );
  return `(${[`${column} IS NULL`, ...terms].join(" OR ")})`;
}

function startOf(day: number): Date {
  return new Date(day * DAY_SECONDS * 1000);
}

function gapBefore(ranges: readonly DayRange[], index: number): number {
  return (ranges[index]?.from ?? 0) - (ranges[index - 1]?.until ?? 0);
}
