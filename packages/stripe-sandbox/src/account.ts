import type { EventFeed } from "./events/event-feed.js";
import type { JsonObject } from "./json/json-value.js";
import type { CustomerMutations } from "./mutations/customer-mutations.js";
import type { InvoiceMutations } from "./mutations/invoice-mutations.js";
import type { PaymentIntentMutations } from "./mutations/payment-intent-mutations.js";
import type { RefundMutations } from "./mutations/refund-mutations.js";

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

/** How {@link Account.live} lets days pass. */
export interface LiveOptions {
  /** Default: 1. */
  readonly seed?: number;
  /** How much happens on a day; default: 20 changes, about what the practice sees. */
  readonly changesPerDay?: number;
}
