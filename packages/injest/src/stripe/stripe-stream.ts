import type { Batch, Change, ReadOptions, RetrieveOptions, Stream } from "../source.js";
import { backfill, EVERYTHING } from "./backfill.js";
import type { StreamSpec } from "./catalog.js";
import { closeRanges } from "./close-ranges.js";
import { readCursor, type StripeCursor, summarizeCursor } from "./cursor.js";
import { estimateRead } from "./estimate.js";
import { checkIdentity } from "./identity.js";
import { increment } from "./increment.js";
import { newTally } from "./list-again.js";
import { checkReadOptions, checkRetrieval } from "./read-options.js";
import { openSession, type ReadSession, type StripeContext } from "./read-session.js";
import { readSingly } from "./read-singly.js";
import { readSlices } from "./read-slices.js";
import { newerThan, startSweep } from "./run-sweep.js";
import { secondReached } from "./second-reached.js";
import type { OpenRange } from "./slices/slice.js";

/** A stream of up to so many objects is listed whole where the change feed may not be read: 20 s at 25 pages a second. */
const LISTED_WHOLE_MOST = 50_000;
/** Of a larger one, what was created in so many days; older objects are left to the sweep. */
const LISTED_DAYS = 90;
/** After a listing that took longer, what changed meanwhile is read at once. */
const CATCH_UP_MS = 180_000;

/**
 * One of Stripe's list endpoints.
 *
 * A first read lists everything (`backfill`), a later one brings what changed (`increment`). The whole is listed anew when
 * the change feed cannot tell: it may not be read, its position is older than what Stripe keeps, or the API version is
 * another one, so that no stored object is as it would be sent now.
 */
export function createStripeStream<R>(context: StripeContext, spec: StreamSpec): Stream<R> {
  return {
    name: spec.name,
    objectType: spec.objectType,
    facts: {
      idPrefixes: spec.idPrefixes,
      volatileFields: spec.volatileFields,
      nestedLists: spec.nestedLists.map(({ field }) => field),
      money: spec.money,
    },
    read: (options = {}) => read(openSession(context, spec, options), options) as AsyncGenerator<Batch<R>>,
    async *retrieve(ids: readonly string[], options: RetrieveOptions = {}) {
      checkRetrieval(ids, options);
      if (ids.length === 0) return;
      const session = openSession(context, spec, options);
      await checkIdentity(session.identity, knownIn(options), options);
      for await (const changes of readSingly(new Set(ids), session.reader, options.signal)) {
        yield* changes as readonly Change<R>[];
      }
    },
    async estimate(options = {}) {
      checkReadOptions(options);
      return estimateRead(context, spec, options);
    },
    summarize: (cursor) => summarizeCursor(readCursor(cursor)),
  };
}

/** Of the stream itself where it has a checkpoint, else of others of its account. */
function knownIn({ cursor, accountOf = [] }: Pick<ReadOptions, "cursor" | "accountOf">): StripeCursor[] {
  return cursor === undefined || cursor === null ? accountOf.map(readCursor) : [readCursor(cursor)];
}

async function* read(session: ReadSession, options: ReadOptions): AsyncGenerator<Batch<unknown>> {
  checkReadOptions(options);
  session.signal?.throwIfAborted();
  const startedMs = session.client.clock.monotonicMs();
  const previous = options.cursor === undefined || options.cursor === null ? null : readCursor(options.cursor);
  const known = knownIn(options);
  if (options.window) {
    // Nothing of it is remembered: whose the key is matters only where something is stored.
    await checkIdentity(session.identity, known, options);
    yield* readWindow(session, options.window);
    return;
  }

  const account =
    known.length > 0 ? checkIdentity(session.identity, known, options) : session.identity.account(options);
  // Whoever needs it awaits it; until then it may fail while pages are read.
  account.catch(() => undefined);
  if (known.some(({ keyPrint }) => keyPrint !== session.identity.keyPrint)) await account;

  const begin = (
    passes: OpenRange[][],
    from: StripeCursor | null = previous,
  ): AsyncGenerator<Batch<unknown>, StripeCursor> =>
    backfill(session, { passes, resume: null, previous: from, account });
  let state: StripeCursor;
  let catchUp = false;
  if (!previous || options.full === true) {
    state = yield* begin(firstPasses(options.firstSince));
  } else if (previous.apiVersion !== session.apiVersion) {
    session.notice(
      "API_VERSION_CHANGED",
      `the API version changed from ${previous.apiVersion} to ${session.apiVersion}: everything is read again`,
    );
    state = yield* begin([[EVERYTHING]]);
  } else if (previous.open.length > 0 || previous.watermark === null) {
    // With nothing open and no watermark it was interrupted just before its end.
    if (previous.open.length > 0) {
      session.notice("RESUMED", `the backfill goes on where it stood: ${previous.open.length} ranges are still open`);
    }
    state = yield* backfill(session, { passes: [previous.open], resume: previous, previous, account });
    catchUp = true;
  } else {
    state = yield* bringUpToDate(session, previous, { sweep: true }, begin);
  }

  if (catchUp || session.client.clock.monotonicMs() - startedMs > CATCH_UP_MS) {
    // The listing is durable before the catching up begins: that starts again after an interruption, the listing must not.
    yield session.batch([], [], state);
    state = yield* bringUpToDate(session, state, { sweep: false }, begin);
  }
  yield session.batch([], [], { ...state, account: (await account) ?? state.account });
}

async function* bringUpToDate(
  session: ReadSession,
  state: StripeCursor,
  options: { sweep: boolean },
  begin: (passes: OpenRange[][], previous: StripeCursor) => AsyncGenerator<Batch<unknown>, StripeCursor>,
): AsyncGenerator<Batch<unknown>, StripeCursor> {
  const result = yield* increment(session, state, options);
  if (result.outcome === "complete") return result.state;
  if (result.outcome === "expired") {
    session.notice(
      "FEED_EXPIRED",
      "Stripe keeps its events for 30 days, and they were last read longer ago: everything is read again",
    );
    return yield* begin([[EVERYTHING]], state);
  }
  if (result.outcome === "ahead") {
    session.notice(
      "POSITION_AHEAD",
      "the last run ended at a time that is still to come by Stripe's clock: everything is read again",
    );
    return yield* begin([[EVERYTHING]], state);
  }
  const listed = yield* listWithoutFeed(session, state, options, begin);
  return { ...listed, feed: { ...listed.feed, isForbidden: true } };
}

/** What a key that may not read the change feed can know: what the lists show. */
async function* listWithoutFeed(
  session: ReadSession,
  state: StripeCursor,
  options: { sweep: boolean },
  begin: (passes: OpenRange[][], previous: StripeCursor) => AsyncGenerator<Batch<unknown>, StripeCursor>,
): AsyncGenerator<Batch<unknown>, StripeCursor> {
  if (state.objects <= LISTED_WHOLE_MOST) {
    session.notice(
      "FEED_FORBIDDEN",
      "this key may not read Stripe's events (event_read), so that every object was listed again; deletions are found by what the list lacks",
    );
    return yield* begin([[EVERYTHING]], state);
  }
  const startedMs = session.client.clock.monotonicMs();
  const reached = (): number => secondReached(session.client, startedMs);
  const from = reached() - LISTED_DAYS * 86_400;
  session.notice(
    "FEED_FORBIDDEN",
    `this key may not read Stripe's events (event_read): only what was created in the last ${LISTED_DAYS} days was listed again, older changes are seen up to ${session.sweepDays} days late`,
  );
  const listed = yield* begin([[newerThan(from)]], state);
  if (!options.sweep) return listed;
  const sweep = startSweep(session, listed, { startedMs, newest: from, newestIsListed: true });
  try {
    return { ...listed, sweep: yield* sweep.finish(new Map(), newTally(reached)) };
  } finally {
    await sweep.stop();
  }
}

/** What was created since `firstSince` comes first. */
function firstPasses(firstSince: Date | undefined): OpenRange[][] {
  if (!firstSince) return [[EVERYTHING]];
  const second = Math.floor(firstSince.getTime() / 1000);
  return [[newerThan(second)], [{ from: null, until: second, after: null }]];
}

/**
 * Lists what was created in [since, until); its cursors stand for nothing. Objects without `created` are in no window but
 * the one without bounds.
 */
async function* readWindow(
  session: ReadSession,
  window: NonNullable<ReadOptions["window"]>,
): AsyncGenerator<Batch<unknown>> {
  const second = (date: Date | undefined): number | null => (date ? Math.ceil(date.getTime() / 1000) : null);
  const isBounded = window.since !== undefined || window.until !== undefined;
  const range = { from: second(window.since) ?? (isBounded ? 0 : null), until: second(window.until), after: null };
  if (range.until !== null && range.from !== null && range.from >= range.until) return;
  const startedMs = session.client.clock.monotonicMs();
  const pages = readSlices(session.client, session.listing, {
    ranges: [range],
    signal: session.signal,
    observe: session.observe,
    finish: session.reader.changesOf,
  });
  for await (const page of pages) {
    session.count(page.count, page.remaining);
    const listed = closeRanges(page.listed, session.secondAt(startedMs));
    if (page.value.length > 0 || listed.length > 0) yield { changes: page.value, listed, cursor: null };
  }
}
