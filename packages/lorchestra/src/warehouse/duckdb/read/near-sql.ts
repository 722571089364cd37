import type { CreatedInterval } from "../../created-ranges.js";

/**
 * A condition on a TIMESTAMP column, not null, that all seconds of the intervals meet, and few others.
 *
 * A read lists many ranges at once, all over the history, and a comparison with each would cost as much as all of them:
 * a scan of the narrow column looks up instead in which stretch of 2^n microseconds a row lies. What lies in an interval without
 * an end counts as in the first stretch: DuckDB looks a list up by hash, and leaves out row groups, only where no OR is around it.
 */
export function nearSql(intervals: readonly CreatedInterval[], column: string): string {
  const isBounded = ({ from, until }: CreatedInterval): boolean => Number.isFinite(from) && Number.isFinite(until);
  const bounded = intervals.filter(isBounded);
  const open = intervals.filter((interval) => !isBounded(interval));
  const { shift, numbers } = stretches(bounded);
  const [first] = numbers;
  if (first === undefined) return `(${anyOf(open, column)})`;
  const stretch = `epoch_us(${column}) >> ${shift}`;
  const placed = open.length === 0 ? `(${stretch})` : `if(${anyOf(open, column)}, ${first}, ${stretch})`;
  return `(${placed} IN (${numbers.join(", ")})${within(intervals, column)})`;
}

/** Of the few rows that are left then, as many again may lie just beside an interval: they need not become JavaScript's. */
function within(intervals: readonly CreatedInterval[], column: string): string {
  return intervals.length > MOST_COMPARED ? "" : ` AND (${anyOf(intervals, column)})`;
}

/** In one of them at least, each of which has a bound; false where there are none. */
function anyOf(intervals: readonly CreatedInterval[], column: string): string {
  const each = intervals.map(({ from, until }) =>
    [
      ...(Number.isFinite(from) ? [`${column} >= ${timestamp(from)}`] : []),
      ...(Number.isFinite(until) ? [`${column} < ${timestamp(until)}`] : []),
    ].join(" AND "),
  );
  return each.join(" OR ") || "false";
}

/** The narrowest stretches of which no more than `MOST_STRETCHES` cover the intervals. */
function stretches(intervals: readonly CreatedInterval[]): { shift: number; numbers: number[] } {
  for (let shift = NARROWEST_SHIFT; ; shift += 1) {
    const width = 2 ** shift / MICROSECONDS;
    const bounds = intervals.map(({ from, until }) => ({
      first: Math.floor(from / width),
      last: Math.floor((until - 1) / width),
    }));
    if (bounds.reduce((sum, { first, last }) => sum + last - first + 1, 0) > MOST_STRETCHES + bounds.length) continue;
    const numbers = new Set<number>();
    for (const { first, last } of bounds) {
      for (let number = first; number <= last; number += 1) numbers.add(number);
    }
    return { shift, numbers: [...numbers] };
  }
}

const MICROSECONDS = 1_000_000;
/** About a second. */
const NARROWEST_SHIFT = 20;
const MOST_STRETCHES = 500;
const MOST_COMPARED = 100;

function timestamp(seconds: number): string {
  return `make_timestamp(${seconds * MICROSECONDS})`;
}
