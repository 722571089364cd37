import { SourceError } from "../errors.js";
import type { Batch } from "../source.js";
import {
  FEED_KEPT_SECONDS,
  FEED_LAG_SECONDS,
  FEED_OVERLAP_SECONDS,
  type FeedReading,
  readFeed,
} from "./change-feed.js";
import { closeRanges } from "./close-ranges.js";
import type { StripeCursor } from "./cursor.js";
import type { SweptChanges } from "./read-objects.js";
import type { ReadSession } from "./read-session.js";
import { readSlices, type SlicePage } from "./read-slices.js";
import { rereadObjects } from "./reread.js";
import type { OpenRange } from "./slices/slice.js";
import { sweepStep } from "./sweep.js";

/** So far before the last listing the newest objects are listed again: an object may become visible late. */
const LOOKBACK_SECONDS = 3600;

/** What an increment came to: a new state, or the reason why everything has to be listed instead. */
export type Increment =
  | { readonly outcome: "complete"; readonly state: StripeCursor }
  | { readonly outcome: "expired" | "forbidden" };

type Pages = AsyncGenerator<SlicePage<SweptChanges>, readonly OpenRange[]>;

/**
 * Brings what was created, changed or deleted since the last run.
 *
 * 1. The change feed names objects; what was created lately is listed besides, because some creations have no event;
 *    and a step of the rolling sweep is listed. The three are asked for at once.
 * 2. An object that the feed names and that no list showed after its last event is read again.
 *
 * Nothing of this is in the cursor before its end: an increment that was interrupted is done again.
 */
export async function* increment(
  session: ReadSession,
  state: StripeCursor,
  options: { sweep: boolean },
): AsyncGenerator<Batch<unknown>, Increment> {
  const { client } = session;
  const startedMs = client.clock.monotonicMs();
  const guessedNow = session.secondAt(startedMs);
  const lookbackFrom = state.listedUntil - LOOKBACK_SECONDS;
  const step = options.sweep ? sweepStep(state, guessedNow, session.sweepDays) : null;
  // A sweep that begins at the newest end shows what is new, too.
  const sweepsTop = step !== null && step.range.until === null && step.range.after === null;
  const sweep = step && list(session, sweepsTop ? step.range : below(step.range, lookbackFrom), step.stopAfter);
  const lookback = sweepsTop ? null : list(session, { from: lookbackFrom, until: null, after: null }, null);
  const started = [lookback, sweep].filter((pages) => pages !== null).map(start);
  try {
    const feed = await readFeedOf(session, state, startedMs);
    if (typeof feed === "string") return { outcome: feed };

    let rest: readonly OpenRange[] = [];
    for (const pages of started) rest = yield* emit(session, state, feed, pages);
    const swept = step === null ? null : (oldestOpen(rest) ?? nextAbove(step.range.from, step.stopAfter));
    if (sweepsTop && swept && swept.until !== null && swept.until > lookbackFrom) {
      yield* emit(session, state, feed, start(list(session, { ...swept, from: lookbackFrom }, null)));
    }
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
        },
        listedUntil: now,
        sweep: step === null ? state.sweep : { rest: swept, at: now },
      },
    };
  } finally {
    for (const { pages } of started) await pages.return([]);
  }
}

async function readFeedOf(
  session: ReadSession,
  state: StripeCursor,
  startedMs: number,
): Promise<FeedReading | "expired" | "forbidden"> {
  const isExpired = (): boolean => session.secondAt(startedMs) - state.feed.from > FEED_KEPT_SECONDS;
  try {
    const { client, spec, signal, observe } = session;
    return (await readFeed(client, spec, state.feed, { signal, observe, isExpired })) ?? "expired";
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.code === "SOURCE_FORBIDDEN") return "forbidden";
    // A `created` that it does not take any more.
    if (error.code === "SOURCE_REQUEST_REFUSED" && error.facts.parameter?.startsWith("created")) return "expired";
    throw error;
  }
}

function list(session: ReadSession, range: OpenRange, stopAfter: number | null): Pages {
  return readSlices(session.client, session.listing, {
    ranges: range.until !== null && range.from !== null && range.from >= range.until ? [] : [range],
    signal: session.signal,
    observe: session.observe,
    ...(stopAfter === null ? {} : { stopAfter }),
    finish: (items, facts) => session.reader.changesSince(items, facts),
  });
}

interface StartedPages {
  readonly first: Promise<IteratorResult<SlicePage<SweptChanges>, readonly OpenRange[]>>;
  readonly pages: Pages;
}

/** Sends the first request now, before anybody asks for the first page. */
function start(pages: Pages): StartedPages {
  const first = pages.next();
  // Whoever takes the page gets the error, too.
  first.catch(() => undefined);
  return { first, pages };
}

/** Passes on what a list shows, but for objects that it shows as they were before an event that the feed has of them. */
async function* emit(
  session: ReadSession,
  state: StripeCursor,
  feed: FeedReading,
  started: StartedPages,
): AsyncGenerator<Batch<unknown>, readonly OpenRange[]> {
  for (let next = await started.first; ; next = await started.pages.next()) {
    if (next.done === true) return next.value;
    const { value, listed, count, remaining } = next.value;
    session.count(count, remaining);
    const fresh = value.changes.filter((change) => {
      const named = feed.objects.get(change.id);
      if (!named) return true;
      const isFresh = change.readAt.getTime() > (named.changedAt + FRESH_SECONDS) * 1000;
      if (isFresh) feed.objects.delete(change.id);
      return isFresh;
    });
    const later =
      value.changes.length === fresh.length ? [] : value.changes.filter((change) => feed.objects.has(change.id));
    const present = [...value.present, ...later.map(({ id }) => id)];
    const closed = closeRanges(listed, state.listedUntil).map(({ range, alsoPresent }) => ({
      range,
      alsoPresent: [...alsoPresent, ...present],
    }));
    if (fresh.length > 0 || closed.length > 0) yield session.batch(fresh, closed, state);
  }
}

/** A list that was asked for so long after an event shows what the event tells of: both clocks are Stripe's, in whole seconds. */
const FRESH_SECONDS = 3;

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

/** What is left of a range below a second that is listed besides. */
function below(range: OpenRange, second: number): OpenRange {
  if (range.until !== null && range.until <= second) return range;
  return { from: range.from, until: second, after: null };
}

/** Where the sweep goes on: at the newest of what it left open. */
function oldestOpen(open: readonly OpenRange[]): OpenRange | null {
  return open.length === 0 ? null : open.reduce((a, b) => ((a.until ?? Infinity) >= (b.until ?? Infinity) ? a : b));
}

/** A window of the sweep that was read whole: the next one is just below it; none below the oldest. */
function nextAbove(from: number | null, stopAfter: number | null): OpenRange | null {
  return stopAfter !== null || from === null ? null : { from: null, until: from, after: null };
}
