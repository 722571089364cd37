import type { Interval } from "../../source.js";
import { PAGE_MOST } from "../list/page-size.js";
import { EARLY_PROBES } from "../slices/early-probes.js";

/** What a read meets. */
export interface ReadScale {
  readonly objects: Interval;
  /** Of each object on average: requests for the rest of its nested lists. */
  readonly nestedRequests: number;
  /** Requests that an endpoint takes. */
  readonly requestsPerSecond: number;
  readonly latencyMs: number;
}

export interface ReadCost {
  readonly requests: Interval;
  readonly durationMs: Interval;
}

/**
 * Requests and time of a read of so many objects, as measured of the reader: see `read-cost.test.ts`.
 *
 * Up to a page is one request, and on a slow line some probes beside it. Of more, the first pages tell where the others
 * are, one after the other, and the slices end with a part of a page each. The nested lists' endpoint has a rate of its
 * own, and is asked from the first page on.
 */
export function readCost({ objects, nestedRequests, requestsPerSecond, latencyMs }: ReadScale): ReadCost {
  const perLatency = (requestsPerSecond * latencyMs) / 1000;
  const requestMs = 1000 / requestsPerSecond;
  const nested = mapInterval(objects, (count) => count * nestedRequests);
  const pages = mapInterval(objects, (count) => Math.max(1, Math.ceil(count / PAGE_MOST)));

  const isSlow = latencyMs >= EARLY_PROBES.afterSeconds * 1000;
  const sentMs = (pageCount: number, savedMs: number): number => Math.max(0, (pageCount - 1) * requestMs - savedMs);
  const latenciesAlone = isSlow ? LATENCIES_ALONE.slowLine : LATENCIES_ALONE.usual;
  function likelyMs(pageCount: number, nestedCount: number): number {
    const listedMs = PACE_SLACK * sentMs(pageCount, SAVED_MS.likely) + Math.min(pageCount, latenciesAlone) * latencyMs;
    return Math.max(listedMs, nestedCount > 0 ? nestedCount * requestMs + 2 * latencyMs : 0);
  }

  const probes = isSlow ? EARLY_PROBES.ages.length : 0;
  function guesses(pageCount: number): number {
    if (pageCount === 1) return probes;
    // A small account's probes bring some of its pages.
    if (isSlow)
      return Math.max(probes - Math.min(3, pageCount - 1), Math.min(1 + 1.5 * perLatency, 2.3 * pageCount ** 0.6));
    return Math.min(1 + 1.1 * perLatency, (1.8 + (0.8 * latencyMs) / 1000) * Math.sqrt(pageCount));
  }
  return {
    requests: {
      low: pages.low + Math.floor(nested.low),
      likely: Math.round(pages.likely + guesses(pages.likely) + nested.likely),
      high: Math.ceil(
        pages.high === 1 ? 1 + probes + nested.high : pages.high * 1.1 + 2 * perLatency + 20 + nested.high,
      ),
    },
    durationMs: {
      low: Math.round(sentMs(pages.low, SAVED_MS.most) + Math.min(pages.low, 2) * latencyMs),
      likely: Math.round(likelyMs(pages.likely, nested.likely)),
      high: Math.round(1.25 * likelyMs(pages.high, nested.high) + 2 * latencyMs),
    },
  };
}

/** During which a read cannot send at its full rate yet, or no more. */
const LATENCIES_ALONE = { usual: 3.5, slowLine: 2.8 };
/** What the rate limiter lets a read make up for of the time in which it had nothing to send. */
const SAVED_MS = { likely: 250, most: 500 };
/** The rate limiter keeps a second's requests a little further apart than the vendor asks for. */
const PACE_SLACK = 1.01;

export function mapInterval(interval: Interval, change: (value: number) => number): Interval {
  return { low: change(interval.low), likely: change(interval.likely), high: change(interval.high) };
}
