import { SourceError } from "../errors.js";
import type { Batch } from "../source.js";
import {
  FEED_KEPT_SECONDS,
  FEED_LAG_SECONDS,
  FEED_OVERLAP_SECONDS,
  type FeedReading,
  readFeed,
} from "./change-feed.js";
import type { StripeCursor } from "./cursor.js";
import { emitList, newTally, startList } from "./list-again.js";
import type { ReadSession } from "./read-session.js";
import { rereadObjects } from "./reread.js";
import { isStepCertain, lookbackFrom, newerThan, startSweep } from "./run-sweep.js";

/** What an increment came to: a new state, or the reason why everything has to be listed instead. */
export type Increment = { readonly outcome: "complete"; readonly state: StripeCursor } | { readonly outcome: Useless };

/** Why a position in the change feed is of no use. */
type Useless = "expired" | "ahead" | "misdated" | "forbidden";

/**
 * Brings what was created, changed or deleted since the last run.
 *
 * 1. The change feed names objects; what was created lately is listed besides, because some creations have no event;
 *    and a step of the rolling sweep is listed. The three are asked for at once, unless the feed was forbidden last time, or
 *    only its answer tells what time it is.
 * 2. An object that the feed names and that no list showed after its last event is read again.
 *
 * Nothing of this is in the cursor before its end: an increment that was interrupted is done again.
 */
export async function* increment(
  session: ReadSession,
  state: StripeCursor,
  options: { sweep: boolean },
): AsyncGenerator<Batch<unknown>, Increment> {
  const startedMs = session.client.clock.monotonicMs();
  const isFeedFirst = state.feed.isForbidden || (options.sweep && !isStepCertain(session, state, startedMs));
  const asked = isFeedFirst ? await readFeedOf(session, state, startedMs) : null;
  if (typeof asked === "string") return { outcome: asked };
  const sweep = options.sweep ? startSweep(session, state, { startedMs, newest: lookbackFrom(state) }) : null;
  const lookback = sweep?.showsNewest ? null : startList(session, newerThan(lookbackFrom(state)));
  const tally = newTally(() => session.secondAt(startedMs));
  try {
    const feed = asked ?? (await readFeedOf(session, state, startedMs));
    if (typeof feed === "string") return { outcome: feed };

    if (lookback) yield* emitList(session, state, feed.objects, lookback, tally);
    const swept = sweep ? yield* sweep.finish(feed.objects, tally) : state.sweep;
    const now = session.secondAt(startedMs);
    yield* reread(session, state, feed, now);

    const from = now - FEED_LAG_SECONDS;
    return {
      outcome: "complete",
      state: {
        ...state,
        live: session.identity.live ?? state.live,
        keyPrint: session.identity.keyPrint,
        watermark: now,
        feed: {
          from,
          floor: state.feed.floor,
          seen: feed.seenFrom(Math.max(from - FEED_OVERLAP_SECONDS, state.feed.floor)),
          isForbidden: false,
        },
        listedUntil: now,
        aheadOfOwn: session.aheadOfOwn(),
        sweep: swept,
        objects: state.objects + tally.created,
        oldest: state.oldest ?? tally.oldest,
      },
    };
  } finally {
    await lookback?.stop();
    await sweep?.stop();
  }
}

/** A run that ended so much later than it is now went by a clock that was wrong: what came since may lie before its position. */
const AHEAD_SECONDS = 60;

/**
 * By how much the last run went by a time that was ahead, as this machine's own clock tells: since then that has moved on by
 * so much more than Stripe's. 0 where the two moved alike, or that is not known.
 *
 * It may be this clock that was set, or another machine's: then some events are read again. By more than Stripe keeps events
 * for, it is.
 */
function secondsMisdated(session: ReadSession, { aheadOfOwn }: StripeCursor): number {
  const seconds = aheadOfOwn === null ? 0 : aheadOfOwn - session.aheadOfOwn();
  // By as much as a position stays behind it does no harm.
  return seconds > FEED_LAG_SECONDS && seconds < FEED_KEPT_SECONDS ? seconds : 0;
}

/** The state as if the last run had gone by the right time: nothing that came since is taken for read. */
export function dateBack(session: ReadSession, state: StripeCursor): StripeCursor {
  const seconds = secondsMisdated(session, state);
  const { from, floor, isForbidden } = state.feed;
  return {
    ...state,
    feed: { from: from - seconds, floor: floor - seconds, seen: [], isForbidden },
    listedUntil: state.listedUntil - seconds,
    watermark: state.watermark === null ? null : state.watermark - seconds,
    aheadOfOwn: null,
  };
}

async function readFeedOf(
  session: ReadSession,
  state: StripeCursor,
  startedMs: number,
): Promise<FeedReading | Useless> {
  const now = (): number => session.secondAt(startedMs);
  // By the latest that it may be: where one answer's `Date` is behind, no position is ahead, and a month that is over is over.
  const latest = (): number => session.client.serverClock.at(startedMs) / 1000;
  const isAhead = (): boolean => state.listedUntil - latest() > AHEAD_SECONDS;
  const isMisdated = (): boolean => secondsMisdated(session, state) > 0;
  const isUseless = (): boolean => isAhead() || isMisdated() || latest() - state.feed.from > FEED_KEPT_SECONDS;
  // A month of events is not remembered for the sake of its last minutes.
  const recentSince = (): number => now() - FEED_LAG_SECONDS - FEED_OVERLAP_SECONDS;
  try {
    const { client, spec, signal, observe } = session;
    const feed = await readFeed(client, spec, state.feed, { signal, observe, isUseless, recentSince });
    return feed ?? (isAhead() ? "ahead" : isMisdated() ? "misdated" : "expired");
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.code === "SOURCE_FORBIDDEN" || error.code === "SOURCE_NOT_ENABLED") return "forbidden";
    // A `created` that it does not take any more.
    if (error.code === "SOURCE_REQUEST_REFUSED" && error.facts.parameter?.startsWith("created")) return "expired";
    throw error;
  }
}

async function* reread(
  session: ReadSession,
  state: StripeCursor,
  feed: FeedReading,
  now: number,
): AsyncGenerator<Batch<unknown>> {
  const span = now - (state.oldest ?? now);
  const density = span > 0 ? state.objects / span : 0;
  const { client, listing, reader, signal, observe } = session;
  for await (const changes of rereadObjects(feed.objects, { client, listing, reader, density, signal, observe })) {
    session.count(changes.length, null);
    yield session.batch(changes, [], state);
  }
}
