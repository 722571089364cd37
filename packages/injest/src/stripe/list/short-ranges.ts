import { mergeRanges } from "./merge-ranges.js";
import type { OpenRange } from "./open-range.js";

/** Bytes that open ranges may take up in a cursor: with the ids of Stripe events beside them it stays under 64 KB. */
const RANGES_BYTES = 40 * 1024;

/**
 * The same ranges, or, where they would take up too much, fewer that hold all of them.
 *
 * A reading that is interrupted again and again with many answers on their way leaves more ranges each time. First they
 * forget which objects of their second were read; then those that are closest to each other become one, and what lies
 * between is read a second time.
 */
export function shortRanges(ranges: readonly OpenRange[]): readonly OpenRange[] {
  if (sizeOf(ranges) <= RANGES_BYTES) return ranges;
  let short = mergeRanges(ranges).map(withoutBeside);
  while (sizeOf(short) > RANGES_BYTES && short.length > 1) short = joinClosest(short, Math.ceil(short.length / 8));
  return short;
}

function sizeOf(ranges: readonly OpenRange[]): number {
  return ranges.reduce(
    (sum, { after }) =>
      sum + BOUNDS_BYTES + (after === null ? 0 : Buffer.byteLength(JSON.stringify([after.id, after.beside]))),
    0,
  );
}

/** Three instants, and what stands between them. */
const BOUNDS_BYTES = 40;

function withoutBeside(range: OpenRange): OpenRange {
  return range.after === null ? range : { ...range, after: { ...range.after, beside: null } };
}

/** Of ranges that are sorted, oldest first: so many gaps, the smallest ones, are closed. */
function joinClosest(ranges: readonly OpenRange[], count: number): OpenRange[] {
  const gaps = ranges
    .slice(1)
    .map((range, index) => ({ index: index + 1, seconds: (range.from ?? 0) - (ranges[index]?.until ?? 0) }))
    .toSorted((a, b) => a.seconds - b.seconds);
  const closed = new Set(gaps.slice(0, count).map(({ index }) => index));
  const joined: OpenRange[] = [];
  for (const [index, range] of ranges.entries()) {
    const older = joined.at(-1);
    if (older !== undefined && closed.has(index)) joined[joined.length - 1] = { ...range, from: older.from };
    else joined.push(range);
  }
  return joined;
}
