import type { Listed } from "../../source.js";

/** Ends ranges that go up to now at the second up to which a listing can vouch: newer objects may not be visible yet. */
export function closeRanges(listed: readonly Listed[], until: number): Listed[] {
  const closed: Listed[] = [];
  for (const { range, alsoPresent } of listed) {
    const end = range.until ?? until;
    if (range.from === null || range.from < end) closed.push({ range: { from: range.from, until: end }, alsoPresent });
  }
  return closed;
}
