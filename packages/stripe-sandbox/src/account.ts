import type { KeyRing } from "./api/key-ring.js";
import { renderEntry } from "./api/render.js";
import { NEWEST_VERSION } from "./api/versions.js";
import type { EventFeed } from "./events/event-feed.js";
import type { JsonObject } from "./json/json-value.js";
import { customerMutations, type CustomerMutations } from "./mutations/customer-mutations.js";
import { invoiceMutations, type InvoiceMutations } from "./mutations/invoice-mutations.js";
import { type PaymentIntentMutations, paymentIntentMutations } from "./mutations/payment-intent-mutations.js";
import { refundMutations, type RefundMutations } from "./mutations/refund-mutations.js";
import { resourceOfType } from "./resources/catalog.js";
import { type LiveOptions, live } from "./scenarios/live.js";
import type { AccountStore } from "./store/account.js";
import type { Entry } from "./store/shelf.js";

/** An object as it stands in the account, to compare a reader's copy with. */
export interface TruthRecord {
  readonly id: string;
  /** On one line, with all nested items and `has_more: false`, volatile fields unsigned; of a deleted object its last state. */
  readonly json: string;
  readonly deleted: boolean;
}

/** One mode of one Stripe account, and what can happen in it. */
export interface Account {
  readonly id: string;
  readonly livemode: boolean;
  /** A secret key (`sk_…`) for this account and mode. */
  readonly key: string;
  readonly customers: CustomerMutations;
  readonly invoices: InvoiceMutations;
  readonly paymentIntents: PaymentIntentMutations;
  readonly refunds: RefundMutations;
  /** The feed of `/v1/events`, to make it late, doubled, out of order or incomplete. */
  readonly events: Pick<EventFeed, "configure" | "silently">;
  /** The account's own API version, in which events are rendered. Settable. */
  apiVersion: string;
  /** Makes another key: `rk_…` with the permissions given (`customer_read`, `event_read`, …), or `sk_…` for "all". */
  addKey(permissions: "all" | readonly string[]): string;
  /** From now on the key answers 401. */
  revokeKey(key: string): void;
  /** From now on the key lacks that permission. A secret key cannot lose one. */
  removePermission(key: string, permission: string): void;
  /** Permissions are given as in {@link Account.addKey}. */
  grantPermission(key: string, permission: string): void;
  /**
   * Puts an object in, or in the place of the one with its id, exactly as the text has it: digits, escapes, order and
   * double keys stay. It needs an `id`; without a number in `created` it is a legacy object that only unfiltered
   * lists show. Emits nothing unless `event` names a type.
   */
  put(objectType: string, json: string, options?: { event?: string }): void;
  /** Sets fields of an object, each to a piece of JSON text. Emits nothing unless `event` names a type. */
  putFields(
    objectType: string,
    id: string,
    fields: Readonly<Record<string, string>>,
    options?: { event?: string },
  ): void;
  /** Takes any object out, without an event. */
  remove(objectType: string, id: string): void;
  /** Brings any removed or deleted object back, without an event. */
  restore(objectType: string, id: string): void;
  /** The object as it stands, or undefined when there is none. */
  find(objectType: string, id: string): JsonObject | undefined;
  /** How many live objects of that type there are. */
  count(objectType: string): number;
  /** Every object of a type, oldest first, then the deleted ones, rendered in the given API version. */
  truth(objectType: string, options?: { version?: string }): Iterable<TruthRecord>;
  /** Lets the account live for so many days: the clock advances, objects come, change and go. Returns what happened. */
  live(days: number, options?: LiveOptions): Record<string, number>;
}

export function createAccount(store: AccountStore, keys: KeyRing): Account {
  const find = (objectType: string, id: string): Entry | undefined => {
    const position = store.shelf(objectType).positionOf(id);
    return position === -1 ? undefined : store.shelf(objectType).at(position);
  };
  const account: Account = {
    id: store.id,
    livemode: store.livemode,
    key: keys.add(store, "all").text,
    customers: customerMutations(store),
    invoices: invoiceMutations(store),
    paymentIntents: paymentIntentMutations(store),
    refunds: refundMutations(store),
    events: store.feed,
    get apiVersion() {
      return store.apiVersion;
    },
    set apiVersion(version) {
      store.apiVersion = version;
    },
    addKey: (permissions) => keys.add(store, permissions).text,
    revokeKey: (key) => void (keys.find(key).isRevoked = true),
    removePermission(key, permission) {
      const { permissions } = keys.find(key);
      if (permissions === "all") throw new RangeError("a secret key has all permissions; add a restricted key");
      permissions.delete(permission);
    },
    grantPermission(key, permission) {
      const { permissions } = keys.find(key);
      if (permissions !== "all") permissions.add(permission);
    },
    put(objectType, json, { event } = {}) {
      const { id, created } = JSON.parse(json) as { id?: unknown; created?: unknown };
      if (typeof id !== "string") throw new TypeError("an object needs an id");
      if (find(objectType, id) !== undefined) store.shelf(objectType).replace(id, json);
      else store.shelf(objectType).add({ id, created: typeof created === "number" ? created : null, text: json });
      if (event !== undefined) store.feed.emit(event, objectType, store.entry(objectType, id));
    },
    putFields(objectType, id, fields, { event } = {}) {
      const entry = store.patchText(objectType, id, fields);
      if (event !== undefined) store.feed.emit(event, objectType, entry);
    },
    remove: (objectType, id) => store.shelf(objectType).remove(id),
    restore: (objectType, id) => store.shelf(objectType).restore(id),
    find(objectType, id) {
      const entry = find(objectType, id);
      return entry === undefined ? undefined : (JSON.parse(entry.text) as JsonObject);
    },
    count: (objectType) => store.shelf(objectType).size,
    truth: (objectType, { version = NEWEST_VERSION } = {}) => truthOf(store, objectType, version),
    live: (days, options) => live(account, store, days, options),
  };
  return account;
}

function* truthOf(store: AccountStore, objectType: string, version: string): Iterable<TruthRecord> {
  const resource = resourceOfType(objectType);
  const shelf = store.shelf(objectType);
  const rendering = { version, layout: "compact", depth: 0, wholeLists: true } as const;
  const json = (entry: Entry): string => renderEntry(resource, entry, rendering);
  for (let at = 0; at < shelf.length; at++) {
    const entry = shelf.at(at);
    if (entry !== undefined) yield { id: entry.id, json: json(entry), deleted: false };
  }
  for (const entry of shelf.tombstones()) yield { id: entry.id, json: json(entry), deleted: true };
}
