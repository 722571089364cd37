import type { SandboxClock } from "../clock.js";
import { createEventFeed, type EventFeed } from "../events/event-feed.js";
import { randomLetters } from "../ids.js";
import { createRandom, type Random } from "../random.js";
import { resourceOfType } from "../resources/catalog.js";
import { readRawJson, type RawObject, withMember } from "../json/raw-json.js";
import type { JsonObject, JsonValue } from "../json/json-value.js";
import { writeRawJson } from "../json/write-json.js";
import type { Entry, Shelf } from "./shelf.js";
import { createStoredShelf } from "./stored-shelf.js";

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

const TWO_YEARS_S = 2 * 365 * 24 * 60 * 60;

export function createAccountStore(clock: SandboxClock, options: AccountOptions = {}): AccountStore {
  const { livemode = true, name = "Mensio Mental Health", seed = 1, apiVersion = "2023-10-16" } = options;
  const id = options.id ?? `acct_1${randomLetters(createRandom(seed), 15)}`;
  const shelves = new Map<string, Shelf>();

  const account: AccountStore = {
    id,
    livemode,
    name,
    seed,
    clock,
    apiVersion,
    created: Math.floor(clock.now() / 1000) - TWO_YEARS_S,
    random: createRandom(seed * 31 + (livemode ? 1 : 2)),
    feed: undefined as never,
    shelf(objectType) {
      let shelf = shelves.get(objectType);
      if (shelf === undefined) {
        resourceOfType(objectType);
        shelves.set(objectType, (shelf = createStoredShelf()));
      }
      return shelf;
    },
    useShelf: (objectType, shelf) => void shelves.set(objectType, shelf),
    entry(objectType, objectId) {
      const shelf = account.shelf(objectType);
      const position = shelf.positionOf(objectId);
      const entry = position === -1 ? undefined : shelf.at(position);
      if (entry === undefined) throw new RangeError(`the sandbox has no ${objectType} ${objectId}`);
      return entry;
    },
    patch(objectType, objectId, fields) {
      const texts = Object.entries(fields).map(([field, value]) => [field, JSON.stringify(value)] as const);
      return account.patchText(objectType, objectId, Object.fromEntries(texts));
    },
    patchText(objectType, objectId, fields) {
      const { text } = account.entry(objectType, objectId);
      account.shelf(objectType).replace(objectId, withFields(text, fields));
      return account.entry(objectType, objectId);
    },
  };
  return Object.assign(account, { feed: createEventFeed(account) });
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
