import type { ReadEvent } from "injest";
import type { Notice } from "../run-report.js";

/** What a read cost, counted from what it tells its observer. */
export interface ReadTally {
  readonly requests: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly notices: readonly Notice[];
}

/** The counts as reports and events name them. */
export function requestCounts({ requests, retries, rateLimited }: ReadTally): {
  readonly requests: number;
  readonly retries: number;
  readonly rate_limited: number;
} {
  return { requests, retries, rate_limited: rateLimited };
}

/** Counts, and passes each event on to `forward`. */
export function tallyReads(forward: (event: ReadEvent) => void): {
  readonly tally: ReadTally;
  observe(event: ReadEvent): void;
} {
  const tally = { requests: 0, retries: 0, rateLimited: 0, notices: [] as Notice[] };
  return {
    tally,
    observe(event) {
      if (event.type === "request") tally.requests += 1;
      else if (event.type === "retry") tally.retries += 1;
      else if (event.type === "rate-limited") tally.rateLimited += 1;
      else if (event.type === "notice") tally.notices.push({ code: event.code, message: event.message });
      forward(event);
    },
  };
}
