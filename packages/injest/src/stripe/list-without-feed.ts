import type { Batch } from "../source.js";
import { backfill } from "./backfill.js";
import type { StripeCursor } from "./cursor.js";
import { newTally } from "./sweep/list-again.js";
import { EVERYTHING, newerThan } from "./list/open-range.js";
import type { ReadSession } from "./read-session.js";
import { lookbackFrom, startSweep } from "./sweep/run-sweep.js";
import { secondReached } from "./second-reached.js";

/** A stream of up to so many objects is listed whole where the change feed may not be read: 20 s at 25 pages a second. */
const LISTED_WHOLE_MOST = 50_000;
/** Of a larger one, what was created in so many days, or since the last run; older objects are left to the sweep. */
const LISTED_DAYS = 90;

/**
 * Brings what a key that may not read the change feed can know: what the lists show. Nested lists are completed anew with each
 * object that is listed: no event would tell of a change further down.
 */
export async function* listWithoutFeed(
  session: ReadSession,
  known: StripeCursor,
  options: { readonly sweep: boolean; readonly account: Promise<string | null> },
): AsyncGenerator<Batch<unknown>, StripeCursor> {
  const { account } = options;
  const state = { ...known, feed: { ...known.feed, isForbidden: true } };
  if (state.objects <= LISTED_WHOLE_MOST) {
    session.notice(
      "FEED_FORBIDDEN",
      "this key may not read Stripe's events (event_read), so that every object was listed again; deletions are found by what the list lacks",
    );
    return yield* backfill(session, { passes: [[EVERYTHING]], resume: null, previous: state, account });
  }
  const startedMs = session.client.clock.monotonicMs();
  const reached = (): number => secondReached(session.client, startedMs);
  // After a longer pause all of it: what was created meanwhile was never listed.
  const from = Math.min(reached() - LISTED_DAYS * 86_400, lookbackFrom(known));
  const days = Math.ceil((reached() - from) / 86_400);
  session.notice(
    "FEED_FORBIDDEN",
    `this key may not read Stripe's events (event_read): only what was created in the last ${days} days was listed again, older changes are seen up to ${session.sweepDays} days late`,
  );
  const listed = yield* backfill(session, { passes: [[newerThan(from)]], resume: null, previous: state, account });
  if (!options.sweep) return listed;
  const sweep = startSweep(session, listed, { startedMs, newest: from, newestIsListed: true });
  try {
    return { ...listed, sweep: yield* sweep.finish(new Map(), newTally(reached)) };
  } finally {
    await sweep.stop();
  }
}
