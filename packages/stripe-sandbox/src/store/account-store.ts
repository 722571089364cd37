import type { SandboxClock } from "../clock.js";
import type { EventFeed } from "../events/event-feed.js";
import type { Random } from "../random.js";
import { readRawJson, type RawObject, withMember } from "../json/raw-json.js";
import type { JsonObject, JsonValue } from "../json/json-value.js";
import { writeRawJson } from "../json/write-json.js";
import type { Entry, Shelf } from "./shelf.js";

export interface AccountOptions {
  /** `acct_…`. Default: made from the seed. */
  readonly id?: string;
  /** Live mode or test mode; the two hold different objects even for one account id. Default: true. */
  readonly livemode?: boolean;
  /** The account's own API version, in which events are rendered and requests without `Stripe-Version` answered. */
  readonly apiVersion?: string;
  /** Default: Mensio Mental Health. */
  readonly name?: string;
  readonly seed?: number;
}

/** One mode of one Stripe account: its objects, its events, and their changes at the lowest level. */
export interface AccountStore {
  readonly id: string;
  readonly livemode: boolean;
  readonly name: string;
  readonly seed: number;
  /** Whole seconds. */
  readonly created: number;
  readonly clock: SandboxClock;
  /** Draws the ids of new objects. */
  readonly random: Random;
  readonly feed: EventFeed;
  /** Settable: an account can be upgraded, which changes how later events are rendered. */
  apiVersion: string;
  shelf(objectType: string): Shelf;
  /** Puts a shelf of another kind in place, such as one that computes its objects. */
  useShelf(objectType: string, shelf: Shelf): void;
  /** The live object of that id. Throws a RangeError when there is none. */
  entry(objectType: string, id: string): Entry;
  /** Sets fields of an object, each to a JSON value; the rest stays as it was written. Emits nothing. */
  patch(objectType: string, id: string, fields: Readonly<Record<string, JsonValue>>): Entry;
  /** As {@link patch}, with values as JSON text, kept character by character. */
  patchText(objectType: string, id: string, fields: Readonly<Record<string, string>>): Entry;
}

/** The object with some of its fields set, each to a piece of JSON text; all else stays as it was written. */
export function withFields(text: string, fields: Readonly<Record<string, string>>): string {
  let object = readRawJson(text) as RawObject;
  for (const [field, value] of Object.entries(fields)) object = withMember(object, field, readRawJson(value));
  return writeRawJson(object, "compact");
}

/** The object as JavaScript sees it. */
export function objectOf(entry: Entry): JsonObject {
  return JSON.parse(entry.text) as JsonObject;
}
