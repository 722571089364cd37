import type { Batch } from "../../source.js";
import type { FeedReading } from "../feed/change-feed.js";
import type { StripeCursor, Sweep } from "../cursor.js";
import { emitList, type ListTally, startList, type StartedList } from "./list-again.js";
import type { ReadSession } from "../read-session.js";
import type { OpenRange } from "../list/open-range.js";
import {
  objectsDue,
  restAfter,
  secondStep,
  type SweepMoment,
  type SweepStep,
  sweepStep,
  type SweptStep,
  sweptTo,
} from "./sweep.js";

/** So far before the last listing the newest objects are listed again: an object may become visible late. */
const LOOKBACK_SECONDS = 3600;

export function lookbackFrom(state: StripeCursor): number {
  return state.listedUntil - LOOKBACK_SECONDS;
}

/** The sweep's part of a run, whose first request is on its way. */
export interface RunningSweep {
  /** It begins at the newest end: what was created lately need not be listed besides. */
  readonly showsNewest: boolean;
  /** Passes on what the sweep shows. Adds up what is new in `tally`. */
  finish(feed: FeedReading["objects"], tally: ListTally): AsyncGenerator<Batch<unknown>, Sweep>;
  stop(): Promise<void>;
}

export interface SweepOptions {
  readonly startedMs: number;
  /** Unix seconds: what was created since then is listed besides, unless the sweep begins at the newest end. */
  readonly newest: number;
  /** What was created since `newest` was listed already. */
  readonly newestIsListed?: boolean;
}

/**
 * Whether the step that is due can be told before Stripe has answered, by this machine's clock: how much is read page after
 * page is decided as the answers come, but what is read from many places at once is as much as that clock says.
 */
export function isStepCertain(session: ReadSession, state: StripeCursor, startedMs: number): boolean {
  const step = sweepStep(momentOf(session, state, startedMs));
  return session.client.serverClock.isKnown || step.isPaged;
}

/** Starts the step of the sweep that is due. */
export function startSweep(session: ReadSession, state: StripeCursor, options: SweepOptions): RunningSweep {
  const { startedMs, newest, newestIsListed = false } = options;
  // Each answer may tell more exactly what time it was.
  const moment = (): SweepMoment => momentOf(session, state, startedMs);
  const due = (): number => objectsDue(moment());
  const step = sweepStep(moment());
  const showsNewest = !newestIsListed && step.range.until === null && step.range.after === null;
  let running = start(step, showsNewest ? step.range : olderThan(newest, step.range), due);

  return {
    showsNewest,
    async *finish(feed, tally) {
      // A place that is gone may have the step begin above its range.
      const first = yield* finishStep(step, feed, tally, showsNewest ? Infinity : newest);
      const rest = restAfter(first);
      if (showsNewest && rest?.until && rest.until > newest) {
        running = startList(session, { ...rest, from: newest });
        yield* emitList(session, state, feed, running, tally);
      }
      const afterFirst = moment();
      const again = secondStep(afterFirst, first);
      if (!again) return sweptTo(afterFirst, [first]);
      const missing = objectsDue(afterFirst) - first.objects;
      running = start(again, olderThan(newest, again.range), () => missing);
      return sweptTo(afterFirst, [first, yield* finishStep(again, feed, tally, newest)]);
    },
    stop: () => running.stop(),
  };

  function start({ isPaged }: SweepStep, range: OpenRange, stopAfter: () => number): StartedList {
    return isPaged ? startList(session, range, stopAfter) : startList(session, range);
  }

  async function* finishStep(
    swept: SweepStep,
    feed: FeedReading["objects"],
    tally: ListTally,
    until: number,
  ): AsyncGenerator<Batch<unknown>, SweptStep> {
    const before = tally.objects;
    const open = yield* emitList(session, state, feed, running, tally, until);
    return { ...swept, objects: tally.objects - before, open };
  }
}

function momentOf(session: ReadSession, state: StripeCursor, startedMs: number): SweepMoment {
  return { state, now: session.secondAt(startedMs), sweepDays: session.sweepDays };
}

/** What is left of a range below a second that is listed besides. */
function olderThan(second: number, range: OpenRange): OpenRange {
  if (range.until !== null && range.until <= second) return range;
  return { from: range.from, until: second, after: null };
}
