import type { OpenRange } from "./open-range.js";

/** Ranges that overlap, because pages came out of order, become one: the overlap is not read twice. Their order says nothing. */
export function mergeRanges(ranges: readonly OpenRange[]): OpenRange[] {
  const oldestFirst = [...ranges].sort((a, b) => (a.from ?? -Infinity) - (b.from ?? -Infinity));
  const merged: OpenRange[] = [];
  for (const range of oldestFirst) {
    const last = merged.at(-1);
    if (!last || (range.from ?? -Infinity) >= topOf(last)) merged.push(range);
    else merged[merged.length - 1] = { from: last.from, ...newerEnd(last, range) };
  }
  return merged;
}

/** Where two ranges that overlap begin together: at the token of the newer one, since all that the other holds is older. */
function newerEnd(one: OpenRange, other: OpenRange): Pick<OpenRange, "until" | "after"> {
  const top = topOf(one);
  if (top !== topOf(other)) {
    const { until, after } = top > topOf(other) ? one : other;
    return { until, after };
  }
  // Two places within one second have no order that is known: what lies beside either is read again.
  if (isSamePlace(one.after, other.after)) return { until: one.until, after: one.after };
  return { until: Number.isFinite(top) ? top : null, after: null };
}

/** What is left of a range was created before this. */
function topOf({ until, after }: OpenRange): number {
  return after === null || after.created === null ? (until ?? Infinity) : after.created + 1;
}

function isSamePlace(one: OpenRange["after"], other: OpenRange["after"]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
