import type { Batch } from "../../source.js";
import type { FeedReading } from "../feed/change-feed.js";
import { closeRanges } from "../list/close-ranges.js";
import type { StripeCursor } from "../cursor.js";
import { NestedTurns } from "../objects/nested-turns.js";
import { sizeOf, type SweptChanges } from "../objects/read-objects.js";
import type { ReadSession } from "../read-session.js";
import { readSlices, type SlicePage } from "../list/read-slices.js";
import { earlierMsAt } from "../second-reached.js";
import type { OpenRange } from "../list/open-range.js";

/** What a page shows, and when it was asked for (monotonic). */
type Shown = SweptChanges & { readonly sentMs: number };
type Pages = AsyncGenerator<SlicePage<Shown>, readonly OpenRange[]>;

/** A list that was asked for already, before anybody takes its first page. */
export interface StartedList {
  readonly first: Promise<IteratorResult<SlicePage<Shown>, readonly OpenRange[]>>;
  readonly pages: Pages;
  /** Ends what is under way, also the first page. */
  stop(): Promise<void>;
}

/** What lists came to. */
export interface ListTally {
  /** Objects that were listed. */
  objects: number;
  /** Of these, the ones that were created since the last run, and before what this one leaves to the next. */
  created: number;
  /** Up to when this run counts, in Unix seconds. */
  readonly until: () => number;
  /** When the oldest of the objects was created. */
  oldest: number | null;
}

export function newTally(until: () => number): ListTally {
  return { objects: 0, created: 0, oldest: null, until };
}

/** Sends the first request for a range of what was listed before. With `stopAfter` it is read page after page. */
export function startList(session: ReadSession, range: OpenRange, stopAfter?: () => number): StartedList {
  const abort = new AbortController();
  // Its own: it may be full of objects that nobody takes before another list has ended.
  const turns = new NestedTurns(session.client.limiter);
  const pages = readSlices<Shown>(session.client, session.listing, {
    ranges: range.until !== null && range.from !== null && range.from >= range.until ? [] : [range],
    signal: session.signal ? AbortSignal.any([session.signal, abort.signal]) : abort.signal,
    observe: session.observe,
    ...(stopAfter === undefined ? {} : { stopAfter }),
    finish: async (items, facts, { handOn, signal }) => {
      const { sentMs } = facts;
      const shown = (changes: Shown["changes"]) => handOn({ changes, present: [], sentMs });
      return { ...(await session.reader.changesSince(items, facts, { turns, handOn: shown, signal })), sentMs };
    },
    sizeOf: ({ changes }) => sizeOf(changes),
  });
  const first = pages.next();
  // Whoever takes the page gets the error, too.
  first.catch(() => undefined);
  return {
    first,
    pages,
    stop: async () => {
      abort.abort(new Error("the list was stopped"));
      await pages.return([]);
    },
  };
}

/**
 * Passes on what a list shows, but for objects that it shows as they were before an event that the feed has of them, and
 * for those created at `until` (Unix seconds) or later, which another list shows; returns what the list left open. Objects
 * that it shows as they are now need not be read again: they leave the feed's.
 */
export async function* emitList(
  session: ReadSession,
  state: StripeCursor,
  feed: FeedReading["objects"],
  started: StartedList,
  tally: ListTally,
  until = Infinity,
): AsyncGenerator<Batch<unknown>, readonly OpenRange[]> {
  for (let next = await started.first; ; next = await started.pages.next()) {
    if (next.done === true) return next.value;
    const { value, listed, items } = next.value;
    session.count(next.value);
    tally.objects += items.length;
    const countedUntil = tally.until();
    // Also those that are as they were stored, by a window's run or by one that was killed: only a run like this one counts.
    for (const { created } of items) {
      if (created === null) continue;
      tally.oldest = Math.min(tally.oldest ?? Infinity, created);
      if (created >= state.listedUntil && created < countedUntil) tally.created += 1;
    }
    // Not by `readAt`, which may be later than that, to be later than what is stored.
    const askedAtMs = earlierMsAt(session.client, value.sentMs);
    const fresh = value.changes.filter((change) => {
      if (change.op === "upsert" && change.created !== null && change.created >= until) return false;
      const named = feed.get(change.id);
      if (!named) return true;
      const isFresh = askedAtMs > (named.changedAt + FRESH_SECONDS) * 1000;
      if (isFresh) feed.delete(change.id);
      return isFresh;
    });
    const passedOn = new Set(fresh);
    const others = value.changes.filter((change) => !passedOn.has(change));
    const present = [...value.present, ...others.map(({ id }) => id)];
    const now = Math.floor(askedAtMs / 1000);
    const closed = closeRanges(listed, { until: state.listedUntil, now }).map(({ range, alsoPresent }) => ({
      range,
      alsoPresent: [...alsoPresent, ...present],
    }));
    if (fresh.length > 0 || closed.length > 0) yield session.batch(fresh, closed, state);
  }
}

/** A list that was asked for so long after an event shows what the event tells of: both clocks are Stripe's, in whole seconds. */
const FRESH_SECONDS = 3;
