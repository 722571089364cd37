import type { Clock } from "../../clock.js";

/**
 * The time by the server's clock, as far as its `Date` headers tell it.
 *
 * `Date` counts whole seconds and was written before the response arrived: the time at its arrival is no earlier. A front end
 * or a proxy may write a wrong one.
 */
export interface ServerClock {
  /** Takes the `Date` header of a response that arrived at `receivedMs` (monotonic). */
  observe(date: string | undefined, receivedMs: number): void;
  /** Whether it was observed: until then this machine's own clock stands in for it, which may be wrong by any time. */
  readonly isKnown: boolean;
  /**
   * Milliseconds since the epoch at a monotonic time, by the largest of the bounds: never ahead of the server's clock, behind it
   * by less than a second plus half a round trip, and it does not go back. Before the first observation by this machine's
   * own clock.
   */
  at(monotonicMs: number): number;
  /**
   * The same by the smallest of the bounds: behind by as much as the slowest response took, and not ahead as long as one
   * `Date` is right. What comes before it is over.
   */
  earliestAt(monotonicMs: number): number;
  /**
   * By this machine's own clock, the earliest that it said when a response arrived, or says now: it may have been set meanwhile, and
   * monotonic time may stand still while a machine sleeps.
   */
  ownAt(monotonicMs: number): number;
}

export function createServerClock(clock: Clock): ServerClock {
  let latestOffsetMs: number | null = null;
  let earliestOffsetMs: number | null = null;
  let ownEarliestOffsetMs = Infinity;
  const ownOffsetMs = (): number => clock.wallMs() - clock.monotonicMs();
  return {
    observe(date, receivedMs) {
      ownEarliestOffsetMs = Math.min(ownEarliestOffsetMs, ownOffsetMs());
      const offsetMs = Date.parse(date ?? "") - receivedMs;
      if (Number.isNaN(offsetMs)) return;
      latestOffsetMs = Math.max(latestOffsetMs ?? offsetMs, offsetMs);
      earliestOffsetMs = Math.min(earliestOffsetMs ?? offsetMs, offsetMs);
    },
    get isKnown() {
      return latestOffsetMs !== null;
    },
    at: (monotonicMs) => monotonicMs + (latestOffsetMs ?? ownOffsetMs()),
    earliestAt: (monotonicMs) => monotonicMs + (earliestOffsetMs ?? ownOffsetMs()),
    ownAt: (monotonicMs) => monotonicMs + Math.min(ownEarliestOffsetMs, ownOffsetMs()),
  };
}

/** Gives the reads of one stream their times: by the server's clock, but all later than what was stored before. */
export function createReadTimes(server: ServerClock, newestReadAt: Date | undefined): (sentMs: number) => Date {
  let firstSentMs: number | null = null;
  return (sentMs) => {
    firstSentMs ??= sentMs;
    // The first one that is asked for need not be the first one that was sent.
    const sinceFirstMs = Math.max(0, sentMs - firstSentMs);
    const atLeastMs = newestReadAt ? newestReadAt.getTime() + 1 + sinceFirstMs : -Infinity;
    return new Date(Math.max(server.at(sentMs), atLeastMs));
  };
}
