import { createHash } from "node:crypto";
import type { ReadEvent } from "../../source.js";
import type { StreamSpec } from "../catalog.js";
import type { FeedPosition } from "../cursor.js";
import type { Listing } from "../list/listing.js";
import { readSlices } from "../list/read-slices.js";
import type { StripeClient } from "../client/stripe-client.js";

/** Stripe events may be late by up to a minute, and come in any order: so far back they are read again. */
const FEED_OVERLAP_SECONDS = 15 * 60;
/** The position stays so far behind the present. */
const FEED_LAG_SECONDS = 60;
/** An event that shows later than that after its time is read by no run. */
export const FEED_LATE_SECONDS = FEED_OVERLAP_SECONDS + FEED_LAG_SECONDS;
/** Stripe keeps events for 30 days. https://docs.stripe.com/api/events */
export const FEED_KEPT_SECONDS = 29 * 86_400;
/** As many ids of events as a cursor remembers; with more, some objects are read twice. */
const SEEN_MOST = 1500;

/** An object that Stripe events name. */
export interface NamedObject {
  /** Unix seconds; null where no event tells. */
  readonly created: number | null;
  /** When the last of the events happened, in Unix seconds. */
  readonly changedAt: number;
}

interface SeenEvent {
  readonly print: string;
  readonly created: number;
  /** Of the object that it names; null for none, and where an earlier reading has met the event. */
  readonly id: string | null;
}

export interface FeedReading {
  /** Whoever takes a list for newer than what an object's events tell takes the object out. */
  readonly objects: Map<string, NamedObject>;
  /** When the newest of the events happened, in Unix seconds; null with none. */
  readonly newest: number | null;
  /**
   * Where the next reading begins if this one is good up to a Unix second, which is not before both `newest` and now. It meets the
   * last minutes' events again, and remembers them; but not those of objects that were taken out and changed in the last
   * minute: that a list of the same run is the newer one is as right as the clocks, and as Stripe's answers are up to date.
   * The next run's are newer by any.
   */
  positionAt(reached: number): FeedPosition;
}

/** From when on a reading from a position asks for events, in Unix seconds. */
export function readingSince({ from, floor }: Pick<FeedPosition, "from" | "floor">): number {
  return Math.max(from - FEED_OVERLAP_SECONDS, floor);
}

/** What a position remembers of an event that was read. */
export function printOf({ id }: Pick<StripeEvent, "id">): string {
  return createHash("sha256").update(id).digest("base64url").slice(0, 8);
}

/** Where to begin if everything was listed as it was at a Unix second. */
export function positionAnew(reached: number): FeedPosition {
  const from = reached - FEED_LAG_SECONDS;
  return { from, floor: from, seen: [], isForbidden: false };
}

/**
 * Reads the Stripe events that name objects of a stream, since a position up to now.
 *
 * An event is a hint and nothing more: what it says of the object is not used, because it is rendered in the account's
 * API version and may come late, twice, or in any order. Null when `isUseless` says, after an answer, that the position is
 * older than what Stripe keeps, or still to come.
 */
export async function readFeed(
  client: StripeClient,
  spec: StreamSpec,
  position: FeedPosition,
  options: FeedOptions,
): Promise<FeedReading | null> {
  const objects = new Map<string, NamedObject>();
  const seenBefore = new Set(position.seen);
  const seen: SeenEvent[] = [];
  let newest: number | null = null;
  const readFrom = (from: number): number => readingSince({ from, floor: position.floor });
  const pages = readSlices(client, eventListing(spec), {
    ranges: [{ from: readFrom(position.from), until: null, after: null }],
    signal: options.signal,
    observe: options.observe,
    finish: (items) => items.map(({ bytes }) => JSON.parse(bytes.toString("utf8")) as StripeEvent),
  });
  for await (const page of pages) {
    if (options.isUseless()) return null;
    for (const { created } of page.value) newest = Math.max(newest ?? created, created);
    // A month of events is not remembered for the sake of its last minutes.
    const recentSince = readFrom(Math.min(newest ?? Infinity, options.now()) - FEED_LAG_SECONDS);
    for (const event of page.value) {
      const print = printOf(event);
      const named = seenBefore.has(print) ? null : objectNamedBy(event, spec);
      if (event.created >= recentSince) seen.push({ print, created: event.created, id: named?.id ?? null });
      if (!named) continue;
      const known = objects.get(named.id);
      objects.set(named.id, {
        created: named.created ?? known?.created ?? null,
        changedAt: Math.max(event.created, known?.changedAt ?? 0),
      });
    }
  }
  if (options.isUseless()) return null;
  return {
    objects,
    newest,
    positionAt: (reached) => {
      const from = reached - FEED_LAG_SECONDS;
      const isSure = ({ id, created }: SeenEvent): boolean => id === null || objects.has(id) || created < from;
      const recent = seen.filter((event) => event.created >= readFrom(from) && isSure(event));
      const prints = recent.length > SEEN_MOST ? [] : recent.map(({ print }) => print);
      return { from, floor: position.floor, seen: prints, isForbidden: false };
    },
  };
}

export interface FeedOptions {
  /** Asked after each answer. */
  readonly isUseless: () => boolean;
  /** Unix seconds by Stripe's clock. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly observe?: ((event: ReadEvent) => void) | undefined;
}

/** What is read of https://docs.stripe.com/api/events/object. */
export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data?: { readonly object?: Readonly<Record<string, unknown>> };
}

export function objectNamedBy(event: StripeEvent, spec: StreamSpec): { id: string; created: number | null } | null {
  const object = event.data?.object;
  if (!object) return null;
  const hint = spec.hints?.find(({ eventType }) => eventType === event.type);
  if (hint) {
    const id = object[hint.idField];
    return typeof id === "string" && id !== "" ? { id, created: null } : null;
  }
  const id = object["id"];
  // Some events show an object that is not stored: an upcoming invoice has no id, or an empty one.
  if (object["object"] !== spec.objectType || typeof id !== "string" || id === "") return null;
  return { id, created: typeof object["created"] === "number" ? object["created"] : null };
}

/** Those of the types that name objects of a stream; null: all of them. */
export function eventListing(spec: StreamSpec | null): Listing {
  const types = spec === null ? [] : [...spec.eventTypes, ...(spec.hints ?? []).map(({ eventType }) => eventType)];
  return {
    endpoint: "/v1/events",
    permission: "event_read",
    objectType: "event",
    parameters: types.map((type) => ["types[]", type] as const),
    nestedLists: [],
  };
}
