import type { Batch, Change, ReadOptions, RetrieveOptions, Stream } from "../source.js";
import { backfill } from "./backfill.js";
import type { StreamSpec } from "./catalog.js";
import { FEED_KEPT_SECONDS, FEED_LATE_SECONDS } from "./feed/change-feed.js";
import { readCursor, type StripeCursor, summarizeCursor } from "./cursor.js";
import { estimateRead } from "./estimate/estimate.js";
import { checkIdentity, type IdentityProof } from "./identity/identity.js";
import { increment } from "./increment.js";
import { listWithoutFeed } from "./list-without-feed.js";
import { createReadsAny } from "./identity/reads-any.js";
import { checkReadOptions, checkRetrieval } from "./read-options.js";
import { PAGE_MOST } from "./list/page-size.js";
import { openSession, type ReadSession, type StripeContext } from "./read-session.js";
import { readSingly } from "./objects/read-singly.js";
import { readWindow } from "./read-window.js";
import { EVERYTHING, newerThan, type OpenRange } from "./list/open-range.js";

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
  const readsAny = createReadsAny();
  const proofOf = (session: ReadSession, options: RetrieveOptions): IdentityProof => ({
    ...options,
    readsStored: () => readsAny(session, options.storedIds),
  });
  return {
    name: spec.name,
    objectType: spec.objectType,
    facts: {
      idPrefixes: spec.idPrefixes,
      volatileFields: spec.volatileFields,
      nestedLists: spec.nestedLists.map(({ field }) => field),
      pageSize: PAGE_MOST,
      events: { lateSeconds: FEED_LATE_SECONDS, keptSeconds: FEED_KEPT_SECONDS },
      money: spec.money,
    },
    read: (options = {}) => {
      const session = openSession(context, spec, options);
      return read(session, options, proofOf(session, options)) as AsyncGenerator<Batch<R>>;
    },
    async *retrieve(ids: readonly string[], options: RetrieveOptions = {}) {
      checkRetrieval(ids, options);
      if (ids.length === 0) return;
      const session = openSession(context, spec, options);
      await checkIdentity(session.identity, knownIn(options), proofOf(session, options));
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

async function* read(session: ReadSession, options: ReadOptions, proof: IdentityProof): AsyncGenerator<Batch<unknown>> {
  checkReadOptions(options);
  session.signal?.throwIfAborted();
  const startedMs = session.client.clock.monotonicMs();
  const previous = options.cursor === undefined || options.cursor === null ? null : readCursor(options.cursor);
  const known = knownIn(options);
  if (options.window) {
    // Nothing of it is remembered: whose the key is matters only where something is stored.
    await checkIdentity(session.identity, known, proof);
    yield* readWindow(session, options.window);
    return;
  }

  const account = known.length > 0 ? checkIdentity(session.identity, known, proof) : session.identity.account(options);
  // Whoever needs it awaits it; until then it may fail while pages are read.
  account.catch(() => undefined);
  if (known.some(({ keyPrint }) => keyPrint !== session.identity.keyPrint)) await account;

  let state: StripeCursor;
  let isResumed = false;
  if (!previous || options.full === true) {
    state = yield* backfill(session, { passes: firstPasses(options.firstSince), resume: null, previous, account });
  } else if (previous.apiVersion !== session.apiVersion) {
    session.notice(
      "API_VERSION_CHANGED",
      `the API version changed from ${previous.apiVersion} to ${session.apiVersion}: everything is read again`,
    );
    state = yield* backfill(session, { passes: [[EVERYTHING]], resume: null, previous, account });
  } else if (previous.open.length > 0 || previous.watermark === null) {
    // With nothing open and no watermark it was interrupted just before its end.
    if (previous.open.length > 0) {
      session.notice(
        "RESUMED",
        `the backfill goes on where it stood, with ${previous.open.length} of its ranges still open`,
      );
    }
    state = yield* backfill(session, { passes: [previous.open], resume: previous, previous, account });
    isResumed = true;
  } else {
    state = yield* bringUpToDate(session, previous, { sweep: true, account });
  }

  const isOld = session.client.clock.monotonicMs() - startedMs > CATCH_UP_MS;
  if (isResumed || (isOld && !state.feed.isForbidden)) {
    // The listing is durable before the catching up begins: that starts again after an interruption, the listing must not.
    yield session.batch([], [], state);
    state = yield* bringUpToDate(session, state, { sweep: false, account, isJustListed: !isResumed });
  }
  yield session.batch([], [], { ...state, account: await account });
}

interface UpToDateOptions {
  readonly sweep: boolean;
  readonly account: Promise<string | null>;
  /** The listing that it is brought up to date from is of this run: where no events may be read, another one is left to the next. */
  readonly isJustListed?: boolean;
}

async function* bringUpToDate(
  session: ReadSession,
  state: StripeCursor,
  options: UpToDateOptions,
): AsyncGenerator<Batch<unknown>, StripeCursor> {
  const everything = { passes: [[EVERYTHING]], resume: null, previous: state, account: options.account };
  const result = yield* increment(session, state, options);
  if (result.outcome === "complete") return result.state;
  if (result.outcome === "expired") {
    session.notice(
      "FEED_EXPIRED",
      "Stripe keeps its events for 30 days, and they were last read longer ago: everything is read again",
    );
    return yield* backfill(session, everything);
  }
  if (result.outcome === "ahead") {
    session.notice(
      "POSITION_AHEAD",
      "the last run ended at a time that is still to come by Stripe's clock: everything is read again",
    );
    return yield* backfill(session, everything);
  }
  if (options.isJustListed) return { ...state, feed: { ...state.feed, isForbidden: true } };
  return yield* listWithoutFeed(session, state, options);
}

/** What was created since `firstSince` comes first. */
function firstPasses(firstSince: Date | undefined): OpenRange[][] {
  if (!firstSince) return [[EVERYTHING]];
  const second = Math.floor(firstSince.getTime() / 1000);
  return [[newerThan(second)], [{ from: null, until: second, after: null }]];
}
