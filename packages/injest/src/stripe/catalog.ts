import type { RecordFacts } from "../source.js";

/** The version that the types of the `stripe` package (23.1.0) describe. https://docs.stripe.com/api/versioning */
export const DEFAULT_API_VERSION = "2026-10-28.endive";

/**
 * A Stripe list endpoint as data: adding a stream is adding a row here.
 *
 * A list at `path`, an object at `path/{id}`; both newest first, by `created`, 100 a page at most.
 */
export interface StreamSpec {
  readonly name: string;
  readonly path: string;
  readonly objectType: string;
  /** What ids begin with. https://docs.stripe.com/api */
  readonly idPrefixes: readonly string[];
  /** The restricted key's permission that reads it. https://docs.stripe.com/stripe-apps/reference/permissions */
  readonly permission: string;
  /** Parameters without which the list hides objects. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Types of Stripe events whose `data.object` is such an object; with those of `hints` 20 at most, as many as a listing takes. */
  readonly eventTypes: readonly string[];
  /** Types of Stripe events about another object that may have changed this one, with the field that names it. */
  readonly hints?: readonly { readonly eventType: string; readonly idField: string }[];
  readonly nestedLists: readonly NestedListSpec[];
  /** Fields that change with each reading. */
  readonly volatileFields: readonly string[];
  readonly money: RecordFacts["money"];
}

/** A list inside an object, of which Stripe sends ten items. https://docs.stripe.com/api/pagination */
export interface NestedListSpec {
  readonly field: string;
  /** Where all of its items are; `{id}` is the object's, in the path or in a parameter (`/v1/subscription_items?subscription={id}`). */
  readonly path: string;
  /**
   * What the object tells of all items, also of those that it does not show: a field of its own is the sum of one of theirs.
   * Where it tells nothing, an object that does not show all of them is read once more when they have been read.
   */
  readonly sum?: { readonly ofItems: string; readonly ofObject: string };
}

export const STREAMS = [
  {
    name: "customers",
    path: "/v1/customers",
    objectType: "customer",
    idPrefixes: ["cus_"],
    permission: "customer_read",
    eventTypes: ["customer.created", "customer.updated", "customer.deleted"],
    hints: [
      { eventType: "customer.discount.created", idField: "customer" },
      { eventType: "customer.discount.updated", idField: "customer" },
      { eventType: "customer.discount.deleted", idField: "customer" },
      { eventType: "customer.source.created", idField: "customer" },
      { eventType: "customer.source.updated", idField: "customer" },
      { eventType: "customer.source.deleted", idField: "customer" },
    ],
    nestedLists: [],
    volatileFields: [],
    money: { amount: "balance", currency: "currency" },
  },
  {
    name: "invoices",
    path: "/v1/invoices",
    objectType: "invoice",
    idPrefixes: ["in_"],
    permission: "invoice_read",
    // Not invoice.upcoming: what it is about does not exist yet.
    eventTypes: [
      "invoice.created",
      "invoice.updated",
      "invoice.deleted",
      "invoice.finalized",
      "invoice.finalization_failed",
      "invoice.marked_uncollectible",
      "invoice.overdue",
      "invoice.overpaid",
      "invoice.paid",
      "invoice.payment_action_required",
      "invoice.payment_attempt_required",
      "invoice.payment_failed",
      "invoice.payment_succeeded",
      "invoice.sent",
      "invoice.voided",
      "invoice.will_be_due",
    ],
    // A credit note changes its invoice's amounts. https://docs.stripe.com/api/credit_notes/create
    hints: [
      { eventType: "credit_note.created", idField: "invoice" },
      { eventType: "credit_note.updated", idField: "invoice" },
      { eventType: "credit_note.voided", idField: "invoice" },
    ],
    nestedLists: [
      {
        field: "lines",
        path: "/v1/invoices/{id}/lines",
        // https://docs.stripe.com/api/invoices/object#invoice_object-subtotal
        sum: { ofItems: "amount", ofObject: "subtotal" },
      },
    ],
    // Signed links, made anew for each response. https://docs.stripe.com/api/invoices/object#invoice_object-hosted_invoice_url
    volatileFields: ["hosted_invoice_url", "invoice_pdf"],
    money: { amount: "total", currency: "currency" },
  },
  {
    name: "payment_intents",
    path: "/v1/payment_intents",
    objectType: "payment_intent",
    idPrefixes: ["pi_"],
    permission: "payment_intent_read",
    eventTypes: [
      "payment_intent.amount_capturable_updated",
      "payment_intent.canceled",
      "payment_intent.created",
      "payment_intent.partially_funded",
      "payment_intent.payment_failed",
      "payment_intent.processing",
      "payment_intent.requires_action",
      "payment_intent.succeeded",
    ],
    nestedLists: [],
    volatileFields: [],
    money: { amount: "amount", currency: "currency" },
  },
  {
    name: "refunds",
    path: "/v1/refunds",
    objectType: "refund",
    // The second is of methods of payment that settle later, such as bank transfers.
    idPrefixes: ["re_", "pyr_"],
    // There is no permission of refunds' own.
    permission: "charge_read",
    eventTypes: ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"],
    nestedLists: [],
    volatileFields: [],
    money: { amount: "amount", currency: "currency" },
  },
] as const satisfies readonly StreamSpec[];

export type StreamName = (typeof STREAMS)[number]["name"];
