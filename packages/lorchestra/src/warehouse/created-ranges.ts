import type { CreatedRange } from "injest";

/** Ranges of `created` as one set of seconds. */
export interface CreatedRanges {
  readonly isEmpty: boolean;
  readonly isEverything: boolean;
  /** Sorted and disjoint, infinite where a range has no bound. */
  readonly intervals: readonly CreatedInterval[];
  /** Objects without `created` belong to ranges without a lower bound. */
  has(created: number | null): boolean;
  /** Whether it has seconds in [from, until). */
  meets(from: number, until: number): boolean;
}

/** Seconds of [from, until). */
export interface CreatedInterval {
  readonly from: number;
  readonly until: number;
}

export function createdRanges(ranges: readonly CreatedRange[]): CreatedRanges {
  const intervals = join(ranges);
  const takesUndated = ranges.some(({ from }) => from === null);
  const [first] = intervals;
  return {
    isEmpty: first === undefined && !takesUndated,
    isEverything: first?.from === -Infinity && first.until === Infinity,
    intervals,
    has: (created) => (created === null ? takesUndated : contains(intervals, created)),
    meets: (from, until) => meets(intervals, from, until),
  };
}

/** The same seconds in as few ranges as it takes, in order: a backfill's many slices become the few stretches that they cover. */
export function joinRanges(ranges: readonly CreatedRange[]): CreatedRange[] {
  return join(ranges).map(({ from, until }) => ({
    from: Number.isFinite(from) ? from : null,
    until: Number.isFinite(until) ? until : null,
  }));
}

function join(ranges: readonly CreatedRange[]): CreatedInterval[] {
  const sorted = ranges
    .map(({ from, until }) => ({ from: from ?? -Infinity, until: until ?? Infinity }))
    .filter(({ from, until }) => from < until)
    .toSorted((a, b) => a.from - b.from);
  const joined: CreatedInterval[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last === undefined || range.from > last.until) joined.push(range);
    else if (range.until > last.until) joined[joined.length - 1] = { from: last.from, until: range.until };
  }
  return joined;
}

/** The last interval that begins at or before `created` is the only one that can hold it. */
function contains(joined: readonly CreatedInterval[], created: number): boolean {
  return created < (joined[beginBy(joined, created) - 1]?.until ?? -Infinity);
}

/** And of those that begin before `until`, the last reaches furthest. */
function meets(joined: readonly CreatedInterval[], from: number, until: number): boolean {
  return from < (joined[beginBy(joined, until - 1) - 1]?.until ?? -Infinity);
}

/** How many intervals begin at or before `second`. */
function beginBy(joined: readonly CreatedInterval[], second: number): number {
  let low = 0;
  let high = joined.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((joined[middle]?.from ?? Infinity) <= second) low = middle + 1;
    else high = middle;
  }
  return low;
}
