import { FEED_KEPT_SECONDS, FEED_LAG_SECONDS } from "./change-feed.js";
import type { StripeCursor } from "./cursor.js";
import type { ReadSession } from "./read-session.js";

/**
 * By how many seconds the last run went by a time that was ahead, as this machine's own clock tells: since then that has moved
 * on by so much more than Stripe's. 0 where the two moved alike, or that is not known.
 *
 * It may be this clock that was set, or another machine's: then some events are read again. By more than Stripe keeps events
 * for, it is.
 */
export function secondsMisdated(session: ReadSession, { aheadOfOwn }: StripeCursor): number {
  const seconds = aheadOfOwn === null ? 0 : aheadOfOwn - session.aheadOfOwn();
  // By as much as a position stays behind it does no harm: a list is held to be newer than an event with as much to spare.
  return seconds > FEED_LAG_SECONDS && seconds < FEED_KEPT_SECONDS ? seconds : 0;
}

/** The state as if the last run had gone by the right time: nothing that came since is taken for read. */
export function datedBack(state: StripeCursor, seconds: number): StripeCursor {
  const { from, floor, isForbidden } = state.feed;
  return {
    ...state,
    feed: { from: from - seconds, floor: floor - seconds, seen: [], isForbidden },
    listedUntil: state.listedUntil - seconds,
    watermark: state.watermark === null ? null : state.watermark - seconds,
    aheadOfOwn: null,
  };
}
