import { SourceError } from "../../errors.js";
import type { SourceEvent } from "../../source.js";
import type { StreamSpec } from "../catalog.js";
import {
  eventListing,
  FEED_KEPT_SECONDS,
  objectNamedBy,
  printOf,
  readingSince,
  type StripeEvent,
} from "./change-feed.js";
import type { FeedPosition } from "../cursor.js";
import { feedRefusal } from "./feed-refusal.js";
import { readSlices } from "../list/read-slices.js";
import type { StripeClient } from "../client/stripe-client.js";

export interface StripeEventsOptions {
  readonly since: Date;
  /** Only those that name an object of this stream; Stripe is asked for no others. Null: all that name an object. */
  readonly spec: StreamSpec | null;
  /** Only those that a reading from there would act on. Null: whether they were read or not. */
  readonly unreadBy: FeedPosition | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Stripe events since then that name an object, in any order; Stripe keeps them for 30 days. Throws SOURCE_FORBIDDEN for
 * whatever reason they may not be read.
 */
export async function* readStripeEvents(
  client: StripeClient,
  options: StripeEventsOptions,
): AsyncGenerator<SourceEvent, void, undefined> {
  try {
    yield* eventsSince(client, options);
  } catch (error) {
    const refusal = feedRefusal(error);
    if (refusal === null || !(error instanceof SourceError)) throw error;
    if (refusal === "forbidden") throw new SourceError("SOURCE_FORBIDDEN", error.message, error);
    const keptMs = client.serverClock.at(client.clock.monotonicMs()) - FEED_KEPT_SECONDS * 1000;
    if (options.since.getTime() >= keptMs) throw error;
    yield* eventsSince(client, { ...options, since: new Date(keptMs) });
  }
}

/** From when on Stripe keeps events, by its own clock, in Unix seconds; before an answer of its nothing is known of that. */
function keptSince({ clock, serverClock }: StripeClient): number {
  if (!serverClock.isKnown) return -Infinity;
  return Math.floor(serverClock.earliestAt(clock.monotonicMs()) / 1000) - FEED_KEPT_SECONDS;
}

async function* eventsSince(
  client: StripeClient,
  { since, spec, unreadBy, signal }: StripeEventsOptions,
): AsyncGenerator<SourceEvent, void, undefined> {
  const listing = eventListing(spec);
  if (spec !== null && listing.parameters.length === 0) return;
  const seen = new Set(unreadBy?.seen);
  // An event that grows too old while pages are read is refused as the place where the next one begins.
  const from = Math.max(
    Math.floor(since.getTime() / 1000),
    unreadBy === null ? -Infinity : readingSince(unreadBy),
    keptSince(client),
  );
  const pages = readSlices(client, listing, {
    ranges: [{ from, until: null, after: null }],
    signal,
    finish: (items) => items.map(({ bytes }) => JSON.parse(bytes.toString("utf8")) as StripeEvent),
  });
  for await (const page of pages) {
    for (const event of page.value) {
      if (seen.has(printOf(event))) continue;
      const { id, type, created } = event;
      const objectId = spec === null ? event.data?.object?.["id"] : objectNamedBy(event, spec)?.id;
      if (typeof objectId === "string" && objectId !== "")
        yield { id, type, created: new Date(created * 1000), objectId };
    }
  }
}
