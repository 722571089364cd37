import { longId, shortId } from "../ids.js";
import { type JsonObject, type JsonValue, type StripeObject, textIn } from "../json/json-value.js";
import { lineList, newInvoice, newLine } from "../resources/invoices.js";
import { type AccountStore, objectOf } from "../store/account-store.js";
import { changeObject, createObject, deleteObject, expectStatus, type Fields, secondsNow } from "./mutation.js";

/** A line of an invoice; other fields as in Stripe's line item. */
export interface NewLine {
  /** In the currency's smallest unit. Default: 15000. */
  readonly amount?: number;
  readonly description?: string;
  readonly [field: string]: JsonValue | undefined;
}

/** What can happen to an invoice. Each change emits the events that Stripe would. */
export interface InvoiceMutations {
  /** Makes a draft. `lines` are its lines, or how many to make. Default: one. */
  create(fields?: Fields, lines?: number | readonly NewLine[]): StripeObject;
  update(id: string, fields: Fields): StripeObject;
  /**
   * Adds a line to a draft or an open invoice. It is the last of the list: what is added after an invoice's creation
   * stands in chronological order (https://docs.stripe.com/api/invoices/object#invoice_object-lines).
   */
  addLine(id: string, line?: NewLine): StripeObject;
  finalize(id: string): StripeObject;
  pay(id: string): StripeObject;
  void(id: string): StripeObject;
  markUncollectible(id: string): StripeObject;
  /** Deletes a draft: retrieving it answers 404 from then on. */
  delete(id: string): void;
  /** Brings a deleted draft back as it was, without an event. */
  restore(id: string): void;
}

export function invoiceMutations(account: AccountStore): InvoiceMutations {
  const change = (id: string, fields: Fields, ...events: string[]): StripeObject =>
    changeObject(account, "invoice", id, fields, [...events, "invoice.updated"]);
  const current = (id: string): JsonObject => objectOf(account.entry("invoice", id));
  const transition = (invoice: JsonObject, name: string): JsonObject => ({
    ...(invoice["status_transitions"] as JsonObject),
    [name]: secondsNow(account),
  });

  return {
    create(fields = {}, lines = 1) {
      const created = secondsNow(account);
      const id = textIn(fields, "id") || longId("in_", account.random, account.id);
      const wanted = typeof lines === "number" ? Array.from({ length: lines }, () => ({})) : lines;
      const items = wanted.map((line) => makeLine(account, id, line));
      const invoice = newInvoice({
        id,
        created,
        livemode: account.livemode,
        lines: lineList(id, items),
        ...totals(items),
        ...fields,
      });
      return createObject(account, "invoice", invoice, ["invoice.created"]);
    },
    update: (id, fields) => change(id, fields),
    addLine(id, line = {}) {
      const invoice = current(id);
      expectStatus(invoice, ["draft", "open"], "add a line to");
      const items = [...linesOf(invoice), makeLine(account, id, line)];
      return change(id, { lines: lineList(id, items), ...totals(items) });
    },
    finalize(id) {
      const invoice = current(id);
      expectStatus(invoice, ["draft"], "finalize");
      const token = shortId("", account.random);
      return change(
        id,
        {
          status: "open",
          number: `${token.slice(0, 8).toUpperCase()}-0001`,
          effective_at: secondsNow(account),
          hosted_invoice_url: `https://invoice.stripe.com/i/${account.id}/${token}`,
          invoice_pdf: `https://pay.stripe.com/invoice/${account.id}/${token}/pdf`,
          status_transitions: transition(invoice, "finalized_at"),
        },
        "invoice.finalized",
      );
    },
    pay(id) {
      const invoice = current(id);
      expectStatus(invoice, ["open", "uncollectible"], "pay");
      return change(
        id,
        {
          status: "paid",
          attempted: true,
          attempt_count: 1,
          amount_paid: invoice["total"] ?? 0,
          amount_remaining: 0,
          status_transitions: transition(invoice, "paid_at"),
        },
        "invoice.paid",
        "invoice.payment_succeeded",
      );
    },
    void(id) {
      const invoice = current(id);
      expectStatus(invoice, ["open", "uncollectible"], "void");
      const fields = { status: "void", status_transitions: transition(invoice, "voided_at") };
      return change(id, fields, "invoice.voided");
    },
    markUncollectible(id) {
      const invoice = current(id);
      expectStatus(invoice, ["open"], "mark as uncollectible");
      const status_transitions = transition(invoice, "marked_uncollectible_at");
      return change(id, { status: "uncollectible", status_transitions }, "invoice.marked_uncollectible");
    },
    delete(id) {
      expectStatus(current(id), ["draft"], "delete");
      deleteObject(account, "invoice", id, ["invoice.deleted"]);
    },
    restore: (id) => account.shelf("invoice").restore(id),
  };
}

function makeLine(account: AccountStore, invoice: string, fields: NewLine): JsonObject {
  const now = secondsNow(account);
  return newLine({
    id: longId("il_", account.random, account.id),
    invoice,
    amount: 15_000,
    livemode: account.livemode,
    description: "Counselling session, 50 minutes",
    period: { end: now, start: now },
    ...(fields as JsonObject),
  });
}

function linesOf(invoice: JsonObject): JsonValue[] {
  return (invoice["lines"] as JsonObject)["data"] as JsonValue[];
}

/** An invoice's sums over its lines. */
export function totals(lines: readonly JsonValue[]): Record<string, number> {
  const total = lines.reduce<number>((sum, line) => sum + Number((line as JsonObject)["amount"]), 0);
  return {
    amount_due: total,
    amount_remaining: total,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  };
}
