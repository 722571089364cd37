import type { Clock } from "../clock.js";

/**
 * The time by the server's clock, as far as its `Date` headers tell it.
 *
 * `Date` counts whole seconds and was written before the response arrived: the time at its arrival is no earlier. The
 * largest such bound is kept, so that what is said here is never ahead of the server's clock, is behind it by less
 * than a second plus half a round trip, and does not go back.
 */
export interface ServerClock {
  /** Takes the `Date` header of a response that arrived at `receivedMs` (monotonic). */
  observe(date: string | undefined, receivedMs: number): void;
  /** Milliseconds since the epoch at a monotonic time. Before the first observation by this machine's own clock. */
  at(monotonicMs: number): number;
}

export function createServerClock(clock: Clock): ServerClock {
  let offsetMs: number | null = null;
  return {
    observe(date, receivedMs) {
      const dateMs = Date.parse(date ?? "");
      if (!Number.isNaN(dateMs) && (offsetMs === null || dateMs - receivedMs > offsetMs))
        offsetMs = dateMs - receivedMs;
    },
    at: (monotonicMs) => monotonicMs + (offsetMs ?? clock.wallMs() - clock.monotonicMs()),
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
