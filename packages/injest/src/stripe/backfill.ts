import type { Batch } from "../source.js";
import { positionAnew } from "./feed/change-feed.js";
import { closeRanges } from "./list/close-ranges.js";
import type { StripeCursor } from "./cursor.js";
import { listChanges } from "./list/list-changes.js";
import { mergeRanges } from "./list/merge-ranges.js";
import type { ReadSession } from "./read-session.js";
import { secondReached } from "./second-reached.js";
import type { OpenRange } from "./list/open-range.js";
import type { ListedItem } from "./slices/listed-item.js";

export interface BackfillOptions {
  /** Read one after the other; each from many places at once. */
  readonly passes: readonly (readonly OpenRange[])[];
  /** The state to go on with; null to begin a listing anew, now. */
  readonly resume: StripeCursor | null;
  /** What was known before a listing that begins anew. */
  readonly previous: StripeCursor | null;
  /** The account that the key is of, asked for while the first pages are on their way. */
  readonly account: Promise<string | null>;
}

/**
 * Lists ranges to their end. A range leaves the cursor only in the batch that holds the last of its objects.
 *
 * The position in the change feed is that of the time before the first request, if everything is listed: what changes while
 * this is listing is read from there afterwards, however often the listing is interrupted and resumed. With a part of the
 * stream it stays where it was.
 */
export async function* backfill(
  session: ReadSession,
  options: BackfillOptions,
): AsyncGenerator<Batch<unknown>, StripeCursor> {
  const startedMs = session.client.clock.monotonicMs();
  let state = options.resume;
  const isEverything = options.passes.some((pass) => pass.some(({ from }) => from === null));
  for (const [index, ranges] of options.passes.entries()) {
    const later = options.passes.slice(index + 1).flat();
    for await (const page of listChanges(session, mergeRanges(ranges), state?.oldest)) {
      state ??= begin(session, options.previous, await options.account, startedMs, isEverything);
      // A part of a page counts with the page: it may be read again.
      const oldest = oldestOf(page.items, state.oldest);
      // What is newer than the listing is counted by the next run, which lists it as well.
      const newer = createdIn(state.listedUntil, Infinity, page.items);
      const counted = state.counted === null ? null : state.counted + page.items.length - newer;
      const since = options.previous?.listedUntil ?? state.listedUntil;
      const isNewest = counted === null;
      const objects = state.objects + (isNewest ? createdIn(since, state.listedUntil, page.items) : 0);
      state = { ...state, open: [...page.open, ...later], counted, objects, oldest };
      session.count(page);
      if (page.value.length === 0 && page.listed.length === 0) continue;
      const now = session.secondAt(session.client.clock.monotonicMs());
      const listed = closeRanges(page.listed, { until: session.secondAt(startedMs), now });
      yield session.batch(page.value, listed, state);
    }
  }
  // An account without a single object still has had its first page.
  state ??= begin(session, options.previous, await options.account, startedMs, isEverything);
  const objects = state.counted ?? state.objects;
  return { ...state, open: [], objects, counted: null, watermark: state.listedUntil };
}

function begin(
  session: ReadSession,
  previous: StripeCursor | null,
  account: string | null,
  startedMs: number,
  isEverything: boolean,
): StripeCursor {
  const { keyPrint, live: liveByName } = session.identity;
  const live = liveByName ?? previous?.live ?? null;
  const listedUntil = secondReached(session.client, startedMs);
  // A part shows nothing of the rest: what happened to that is still to be read from where the change feed was read last.
  if (previous && !isEverything)
    return { ...previous, account, live, keyPrint, watermark: null, open: [], listedUntil, counted: null };
  return {
    apiVersion: session.apiVersion,
    account,
    live,
    keyPrint,
    watermark: null,
    open: [],
    feed: { ...positionAnew(listedUntil), isForbidden: previous?.feed.isForbidden ?? false },
    listedUntil,
    sweep: { rest: null, at: session.secondAt(startedMs) },
    counted: 0,
    objects: previous?.objects ?? 0,
    oldest: previous?.oldest ?? null,
  };
}

/** How many of these were created in [from, until). */
function createdIn(from: number, until: number, items: readonly ListedItem[]): number {
  return items.filter(({ created }) => created !== null && created >= from && created < until).length;
}

function oldestOf(items: readonly ListedItem[], known: number | null): number | null {
  let oldest = known;
  for (const { created } of items) if (created !== null && (oldest === null || created < oldest)) oldest = created;
  return oldest;
}
