import type { Listed } from "../../source.js";

/**
 * Ends ranges that go up to now at the second up to which a listing can vouch: newer objects may not be visible yet. It vouches
 * again for what is still to be created (`now`, Unix seconds): only a test clock creates such objects, and one that is stored
 * has been visible before.
 */
export function closeRanges(
  listed: readonly Listed[],
  { until, now }: { readonly until: number; readonly now: number },
): Listed[] {
  const closed: Listed[] = [];
  for (const { range, alsoPresent } of listed) {
    const end = range.until ?? until;
    if (range.from === null || range.from < end) closed.push({ range: { from: range.from, until: end }, alsoPresent });
    if (range.until !== null) continue;
    const toCome = Math.max(range.from ?? 0, end, now + CLOCKS_APART_SECONDS);
    closed.push({ range: { from: toCome, until: null }, alsoPresent });
  }
  return closed;
}

/** By so much servers' clocks may differ: an object that says so little ahead may have been created just now. */
const CLOCKS_APART_SECONDS = 60;
