import type { CreatedRange } from "injest";

/** Ranges of `created` as one set of seconds: sorted, disjoint, infinite where a range has no bound. */
export interface CreatedRanges {
  readonly isEmpty: boolean;
  readonly isEverything: boolean;
  /** Objects without `created` belong to ranges without a lower bound. */
  has(created: number | null): boolean;
  /** Whether it has seconds in [from, until). */
  meets(from: number, until: number): boolean;
  /** A condition on a TIMESTAMP column, not null, that all seconds of the set meet, and few others. */
  nearSql(column: string): string;
}

export function createdRanges(ranges: readonly CreatedRange[]): CreatedRanges {
  const joined = join(ranges);
  const takesUndated = ranges.some(({ from }) => from === null);
  const [first] = joined;
  return {
    isEmpty: first === undefined && !takesUndated,
    isEverything: first?.from === -Infinity && first.until === Infinity,
    has: (created) => (created === null ? takesUndated : contains(joined, created)),
    meets: (from, until) => meets(joined, from, until),
    nearSql: (column) => nearSql(joined, column),
  };
}

interface Interval {
  readonly from: number;
  readonly until: number;
}

function join(ranges: readonly CreatedRange[]): Interval[] {
  const sorted = ranges
    .map(({ from, until }) => ({ from: from ?? -Infinity, until: until ?? Infinity }))
    .filter(({ from, until }) => from < until)
    .toSorted((a, b) => a.from - b.from);
  const joined: Interval[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last === undefined || range.from > last.until) joined.push(range);
    else if (range.until > last.until) joined[joined.length - 1] = { from: last.from, until: range.until };
  }
  return joined;
}

/** The last interval that begins at or before `created` is the only one that can hold it. */
function contains(joined: readonly Interval[], created: number): boolean {
  return created < (joined[beginBy(joined, created) - 1]?.until ?? -Infinity);
}

/** And of those that begin before `until`, the last reaches furthest. */
function meets(joined: readonly Interval[], from: number, until: number): boolean {
  return from < (joined[beginBy(joined, until - 1) - 1]?.until ?? -Infinity);
}

/** How many intervals begin at or before `second`. */
function beginBy(joined: readonly Interval[], second: number): number {
  let low = 0;
  let high = joined.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((joined[middle]?.from ?? Infinity) <= second) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A read lists many ranges at once, all over the history, and a comparison with each would cost as much as all of them:
 * a scan of the narrow column looks up instead in which stretch of 2^n microseconds a row lies.
 */
function nearSql(joined: readonly Interval[], column: string): string {
  const bounded = joined.filter(({ from, until }) => Number.isFinite(from) && Number.isFinite(until));
  const open = joined.flatMap(({ from, until }) => {
    if (Number.isFinite(from) === Number.isFinite(until)) return [];
    return [Number.isFinite(from) ? `${column} >= ${timestamp(from)}` : `${column} < ${timestamp(until)}`];
  });
  const { shift, numbers } = stretches(bounded);
  const near =
    numbers.length === 0
      ? []
      : [`(epoch_us(${column}) >> ${shift}) IN (${numbers.join(", ")})${within(bounded, column)}`];
  return `(${[...near, ...open].join(" OR ") || "false"})`;
}

/** Of the few rows that are left then, as many again may lie just beside an interval: they need not become JavaScript's. */
function within(intervals: readonly Interval[], column: string): string {
  if (intervals.length > MOST_COMPARED) return "";
  const each = intervals.map(
    ({ from, until }) => `${column} >= ${timestamp(from)} AND ${column} < ${timestamp(until)}`,
  );
  return ` AND (${each.join(" OR ")})`;
}

/** The narrowest stretches of which no more than `MOST_STRETCHES` cover the intervals. */
function stretches(intervals: readonly Interval[]): { shift: number; numbers: number[] } {
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
