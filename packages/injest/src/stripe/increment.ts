import type { Batch } from "../source.js";
import { FEED_KEPT_SECONDS, type FeedReading, readFeed } from "./feed/change-feed.js";
import type { StripeCursor } from "./cursor.js";
import { feedRefusal } from "./feed/feed-refusal.js";
import { emitList, newTally, startList } from "./sweep/list-again.js";
import { newerThan } from "./list/open-range.js";
import type { ReadSession } from "./read-session.js";
import { rereadObjects } from "./feed/reread.js";
import { secondReached } from "./second-reached.js";
import { isStepCertain, lookbackFrom, startSweep } from "./sweep/run-sweep.js";

/** What an increment came to: a new state, or the reason why its position in the change feed is of no use. */
export type Increment = { readonly outcome: "complete"; readonly state: StripeCursor } | Useless;

type Useless = { readonly outcome: "expired" | "ahead" | "forbidden" };

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
  if (asked !== null && "outcome" in asked) return asked;
  const sweep = options.sweep ? startSweep(session, state, { startedMs, newest: lookbackFrom(state) }) : null;
  const lookback = sweep?.showsNewest ? null : startList(session, newerThan(lookbackFrom(state)));
  try {
    const feed = asked ?? (await readFeedOf(session, state, startedMs));
    if ("outcome" in feed) return feed;

    const reached = (): number => secondReached(session.client, startedMs, feed.newest);
    const tally = newTally(reached);
    if (lookback) yield* emitList(session, state, feed.objects, lookback, tally);
    const swept = sweep ? yield* sweep.finish(feed.objects, tally) : state.sweep;
    yield* reread(session, state, feed, session.secondAt(startedMs));

    const listedUntil = reached();
    return {
      outcome: "complete",
      state: {
        ...state,
        live: session.identity.live ?? state.live,
        keyPrint: session.identity.keyPrint,
        watermark: listedUntil,
        feed: feed.positionAt(listedUntil),
        listedUntil,
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

async function readFeedOf(
  session: ReadSession,
  state: StripeCursor,
  startedMs: number,
): Promise<FeedReading | Useless> {
  const now = (): number => session.secondAt(startedMs);
  // By the latest that it may be: where one answer's `Date` is behind, no position is ahead, and a month that is over is over.
  const latest = (): number => session.client.serverClock.at(startedMs) / 1000;
  const isAhead = (): boolean => state.listedUntil - latest() > AHEAD_SECONDS;
  const isUseless = (): boolean => isAhead() || latest() - state.feed.from > FEED_KEPT_SECONDS;
  try {
    const { client, spec, signal, observe } = session;
    const feed = await readFeed(client, spec, state.feed, { signal, observe, isUseless, now });
    if (feed !== null) return feed;
    return { outcome: isAhead() ? "ahead" : "expired" };
  } catch (error) {
    const outcome = feedRefusal(error);
    if (outcome === null) throw error;
    return { outcome };
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
    session.count({ items: changes, isComplete: true, remaining: null });
    yield session.batch(changes, [], state);
  }
}
