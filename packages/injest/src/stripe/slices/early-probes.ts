import { densityAt } from "./density.js";
import type { Pace } from "./guess-budget.js";
import type { Slice } from "./slice.js";
import type { SliceList } from "./slice-list.js";

/**
 * Where a slow line looks before its first page has come.
 *
 * Until then nothing is known of the account, and a second of waiting is time for 25 requests. Some of them at ages that
 * grow tell how far back it goes, how its density changes, and of clusters between years of silence, half a round trip
 * before the first page could have said where to look. On a quick line they would cost more than they save.
 */
export const EARLY_PROBES = {
  /** From the first request on: a line that has answered by then is quick enough. */
  afterSeconds: 0.4,
  /** From then on all of them may go. */
  allAfterSeconds: 0.5,
  /**
   * Every other age first, and then those between them: as many as are sent, they lie all over the account. They fall a hundredth
   * short of whole months and of thirds and multiples of a year: where an account began then, or something was imported,
   * a probe's page holds it.
   */
  ages: [59, 120, 241, 483, 720, 1_440, 2_520, 29, 88, 178, 361, 600, 1_080, 1_800].map((days) => days * 86_400),
} as const;

/** By seconds without an answer: what has not answered yet may be about to, and would have needed none of them. */
const MOST_AFTER = [
  { seconds: EARLY_PROBES.allAfterSeconds, probes: Infinity },
  { seconds: 0.45, probes: 5 },
  { seconds: EARLY_PROBES.afterSeconds, probes: 2 },
];

/** Cuts a slice in two for the next probe, and returns the older one; null where no probe is worth a request. */
export function cutForProbe(list: SliceList, pace: Pace, now: number): Slice | null {
  const slices = list.newestFirst;
  const isAllAhead = slices[0]?.until === null && slices.at(-1)?.from === null;
  const isWaiting = slices.every((slice) => slice.inFlight !== null && slice.token === null);
  const sent = slices.length - 1;
  const most = MOST_AFTER.find(({ seconds }) => pace.latencySeconds >= seconds)?.probes ?? 0;
  const age = EARLY_PROBES.ages[sent];
  if (!isAllAhead || !isWaiting || sent >= most || age === undefined) return null;
  const second = now - age;
  const slice = slices.find(({ from }) => (from ?? -Infinity) < second);
  if (!slice) return null;
  const older = slice.cut(second);
  list.putBelow(slice, older);
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
