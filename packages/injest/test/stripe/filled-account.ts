import type { Account } from "stripe-sandbox";

export type ObjectType = "customer" | "invoice" | "payment_intent" | "refund";

/** The Stripe events that tell of an object, and the name of its stream. */
export const KINDS = {
  customers: {
    type: "customer",
    created: "customer.created",
    changed: "customer.updated",
    deleted: "customer.deleted",
  },
  invoices: { type: "invoice", created: "invoice.created", changed: "invoice.updated", deleted: "invoice.deleted" },
  payment_intents: {
    type: "payment_intent",
    created: "payment_intent.created",
    changed: "payment_intent.processing",
    deleted: "payment_intent.canceled",
  },
  refunds: { type: "refund", created: "refund.created", changed: "refund.updated", deleted: "refund.updated" },
} as const satisfies Record<string, { type: ObjectType; created: string; changed: string; deleted: string }>;

export type StreamName = keyof typeof KINDS;
export const STREAM_NAMES = Object.keys(KINDS) as StreamName[];

/** An object with little in it; an invoice with lines. */
export function objectJson(type: ObjectType, id: string, created: number | null, lines = 1): string {
  const base = { id, object: type, created, livemode: true, metadata: { note: `of ${id}` } };
  if (type !== "invoice") return JSON.stringify(base);
  const data = Array.from({ length: lines }, (_, index) => ({
    id: `il_${id}_${String(index).padStart(4, "0")}`,
    object: "line_item",
    amount: 100 + index,
  }));
  const list = { object: "list", data, has_more: false, url: `/v1/invoices/${id}/lines` };
  const subtotal = data.reduce((sum, { amount }) => sum + amount, 0);
  return JSON.stringify({ ...base, subtotal, lines: list, hosted_invoice_url: `https://invoice.stripe.com/i/${id}` });
}

/** Puts objects with these `created` into the account, without events. Returns their ids, in the same order. */
export function fill(account: Pick<Account, "put">, type: ObjectType, created: readonly (number | null)[]): string[] {
  return created.map((second, index) => {
    const id = `${type}_${String(index).padStart(6, "0")}`;
    account.put(type, objectJson(type, id, second, index % 20 === 0 ? 25 : (index % 3) + 1));
    return id;
  });
}

/** Something happens to an object, with or without an event. */
export function change(account: Pick<Account, "putFields">, name: StreamName, id: string, event = true): void {
  const { type, changed } = KINDS[name];
  const note = JSON.stringify({ note: `changed ${(changes += 1)}` });
  account.putFields(type, id, { metadata: note }, event ? { event: changed } : {});
}

export function remove(
  account: Pick<Account, "putFields" | "remove">,
  name: StreamName,
  id: string,
  event = true,
): void {
  const { type, deleted } = KINDS[name];
  if (event) account.putFields(type, id, {}, { event: deleted });
  account.remove(type, id);
}

export function create(account: Pick<Account, "put">, name: StreamName, created: number, event = true): string {
  const kind = KINDS[name];
  const id = `${kind.type}_new_${(changes += 1)}`;
  account.put(kind.type, objectJson(kind.type, id, created, 12), event ? { event: kind.created } : {});
  return id;
}

let changes = 0;
