import type { JsonObject } from "../json/json-value.js";
import type { Random } from "../random.js";
import type { Entry } from "../store/shelf.js";

/** How far the feed of `/v1/events` falls short of a perfect one. All of it is off by default. */
export interface EventFeedSettings {
  /** An event is listed up to so long after its `created`; each draws its own lag. Stripe's is up to 60,000. */
  lagMs: number;
  /** How often an event occurs twice, with two ids. In [0, 1]. */
  duplicates: number;
  /** How often an event never occurs. In [0, 1]. */
  drops: number;
  /** An event's `created` lies up to so long before its change, so that the order of events is not that of changes. */
  disorderMs: number;
  /** Seed of the draws above. */
  seed: number;
}

/** The Stripe events of one account. */
export interface EventFeed {
  /** Applies from the next event on. */
  configure(settings: Partial<EventFeedSettings>): void;
  /** Runs `change` without any event of it. */
  silently<T>(change: () => T): T;
  /** Notes that an object has changed, rendered as it is now in the account's API version. */
  emit(type: string, objectType: string, entry: Entry, previous?: JsonObject): void;
  /** As {@link emit} at an earlier time, for an account's history; not subject to the settings. */
  record(event: { type: string; objectType: string; entry: Entry; created: number; random: Random }): void;
}
