import { type JsonObject, type JsonValue, type StripeObject, textIn } from "../json/json-value.js";
import { type AccountStore, objectOf } from "../store/account-store.js";

/** Fields of an object, by Stripe's names. */
export type Fields = Readonly<Record<string, JsonValue>>;

/** Adds an object and emits the events of its creation. Returns it as JavaScript sees it. */
export function createObject(
  account: AccountStore,
  objectType: string,
  object: JsonObject,
  eventTypes: readonly string[],
): StripeObject {
  const { id, created } = object;
  if (typeof id !== "string") throw new TypeError("an object needs an id");
  const seconds = typeof created === "number" ? created : null;
  account.shelf(objectType).add({ id, created: seconds, text: JSON.stringify(object) });
  const entry = account.entry(objectType, id);
  for (const type of eventTypes) account.feed.emit(type, objectType, entry);
  return { ...object, id };
}

/** Sets fields of an object and emits events that name the fields' previous values. Returns the whole object. */
export function changeObject(
  account: AccountStore,
  objectType: string,
  id: string,
  fields: Fields,
  eventTypes: readonly string[],
): StripeObject {
  const before = objectOf(account.entry(objectType, id));
  const entry = account.patch(objectType, id, fields);
  const previous: JsonObject = {};
  for (const field of Object.keys(fields)) previous[field] = before[field] ?? null;
  for (const type of eventTypes) {
    account.feed.emit(type, objectType, entry, type.endsWith(".updated") ? previous : undefined);
  }
  return { ...objectOf(entry), id };
}

/** Takes an object out of all lists and emits events that hold its last state. */
export function deleteObject(
  account: AccountStore,
  objectType: string,
  id: string,
  eventTypes: readonly string[],
): void {
  const entry = account.entry(objectType, id);
  account.shelf(objectType).remove(id);
  for (const type of eventTypes) account.feed.emit(type, objectType, entry);
}

/** The sandbox's time in whole seconds, as Stripe dates things. */
export function secondsNow(account: AccountStore): number {
  return Math.floor(account.clock.now() / 1000);
}

/** Throws when an object is not in a state that allows the change; Stripe refuses such changes too. */
export function expectStatus(object: JsonObject, allowed: readonly string[], change: string): void {
  const status = textIn(object, "status");
  if (allowed.includes(status)) return;
  throw new RangeError(
    `cannot ${change} ${textIn(object, "id")}: its status is ${status}, not ${allowed.join(" or ")}`,
  );
}
