import { densityAt } from "./density.js";
import type { Pace } from "./guess-budget.js";
import type { Slice } from "./slice.js";
import type { SliceList } from "./slice-list.js";

/**
 * Where a slow line looks before its first page has come.
 *
 * Until then nothing is known of the account, and a second of waiting is time for 25 requests. A few of them at ages that
 * grow tell how far back it goes, how its density changes, and of clusters between years of silence, half a round trip
 * before the first page could have said where to look. On a quick line they would cost more than they save.
 */
export const EARLY_PROBES = {
  /** From the first request on: a line that has answered by then is quick enough. */
  afterSeconds: 0.5,
  ages: [30, 60, 120, 240, 400, 600, 1_000, 1_700, 2_700].map((days) => days * 86_400),
} as const;

/** Cuts the oldest slice in two for the next probe, and returns the older one; null where no probe is worth a request. */
export function cutForProbe(list: SliceList, pace: Pace, now: number): Slice | null {
  const slices = list.newestFirst;
  const oldest = slices.at(-1);
  const isAllAhead = slices[0]?.until === null && oldest?.from === null;
  const isWaiting = slices.every((slice) => slice.inFlight !== null && slice.token === null);
  if (!oldest || !isAllAhead || !isWaiting || pace.latencySeconds < EARLY_PROBES.afterSeconds) return null;
  const until = oldest.until ?? now;
  const age = EARLY_PROBES.ages.find((seconds) => now - seconds < until);
  if (age === undefined) return null;
  const older = oldest.cut(now - age);
  list.putBelow(oldest, older);
  return older;
}

/**
 * Lets the first page tell what it can of the probes that are still on their way: as if its density fell with the age, and
 * somewhat faster than elsewhere, as they are about to tell more, and what lies near is there for sure.
 */
export function expectFrom(first: Slice, slices: readonly Slice[], horizon: number): void {
  const { density, token } = first;
  const top = token?.created ?? null;
  if (density === null || top === null) return;
  const stretch = { spanSeconds: null, newest: density, oldest: null, horizonSeconds: top - horizon };
  for (const slice of slices) {
    if (slice.density !== null || slice.until === null || slice.until > top) continue;
    slice.density = density * (densityAt(stretch, top - slice.until) / density) ** FALL;
  }
}

/** Exponent of what is left of the density at an age. */
const FALL = 1.25;
