import { randomLetters } from "../ids.js";
import type { JsonObject } from "../json/json-value.js";
import { totals } from "../mutations/invoice-mutations.js";
import { type Random, randomFor } from "../random.js";
import { lineList, newInvoice, newLine } from "../resources/invoices.js";
import type { AccountStore } from "../store/account-store.js";
import { CLINICIANS, SESSIONS } from "./practice.js";

export interface PlannedInvoice {
  readonly seed: number;
  readonly index: number;
  readonly id: string;
  readonly created: number;
  readonly customer: string;
  readonly isLong: boolean;
  /** The last second of the account's history. */
  readonly end: number;
}

type Status = "draft" | "open" | "paid" | "uncollectible" | "void";

/** An invoice of the practice: its text when it is needed, and the events of its life so far. */
export function mensioInvoice(account: AccountStore, plan: PlannedInvoice): { text: () => string; events: string[] } {
  const status = statusOf(plan);
  const events = ["invoice.created"];
  if (status !== "draft") events.push("invoice.finalized");
  if (status === "paid") events.push("invoice.paid", "invoice.payment_succeeded");
  return { text: () => JSON.stringify(invoice(account, plan, status)), events };
}

function statusOf({ seed, index, created, end }: PlannedInvoice): Status {
  const ageDays = (end - created) / 86_400;
  const draw = randomFor(seed, "invoice status", index).next();
  if (ageDays < 3) return draw < 0.5 ? "draft" : "open";
  if (ageDays < 45) return draw < 0.1 ? "draft" : draw < 0.4 ? "open" : "paid";
  return draw < 0.93 ? "paid" : draw < 0.96 ? "void" : draw < 0.98 ? "uncollectible" : "open";
}

function invoice(account: AccountStore, plan: PlannedInvoice, status: Status): JsonObject {
  const { id, index, created, customer } = plan;
  const random = randomFor(plan.seed, "invoice", index);
  const count = plan.isLong ? random.integer(11, 40) : random.integer(1, 10);
  const lines = Array.from({ length: count }, (_, at) => line(account, plan, random, at));
  const sums = totals(lines);
  const total = sums["total"] ?? 0;
  const isFinal = status !== "draft";
  const finalized = isFinal ? created + 3600 : null;
  const later = created + 4 * 86_400;
  const token = randomLetters(random, 24);
  return newInvoice({
    id,
    created,
    livemode: account.livemode,
    lines: lineList(id, lines),
    ...sums,
    amount_paid: status === "paid" ? total : 0,
    amount_remaining: status === "paid" ? 0 : total,
    attempted: status === "paid",
    attempt_count: status === "paid" ? 1 : 0,
    collection_method: "send_invoice",
    customer,
    customer_email: `client${index % 148}@example.com`,
    due_date: created + 30 * 86_400,
    effective_at: finalized,
    hosted_invoice_url: isFinal ? `https://invoice.stripe.com/i/${account.id}/${token}` : null,
    invoice_pdf: isFinal ? `https://pay.stripe.com/invoice/${account.id}/${token}/pdf` : null,
    metadata: { clinician: random.pick(CLINICIANS) },
    number: isFinal ? `MMH-${String(index + 1).padStart(4, "0")}` : null,
    status,
    status_transitions: {
      finalized_at: finalized,
      marked_uncollectible_at: status === "uncollectible" ? later : null,
      paid_at: status === "paid" ? later : null,
      voided_at: status === "void" ? later : null,
    },
  });
}

function line(account: AccountStore, plan: PlannedInvoice, random: Random, at: number): JsonObject {
  const session = random.pick(SESSIONS);
  const day = plan.created - at * 7 * 86_400;
  const price = `price_1${randomFor(session.amount, "price").integer(100_000, 999_999)}Session`;
  return newLine({
    id: `il_1${randomLetters(random, 5)}${account.id.slice(-10)}${randomLetters(random, 8)}`,
    invoice: plan.id,
    amount: session.amount,
    livemode: account.livemode,
    description: session.description,
    period: { end: day, start: day },
    pricing: {
      price_details: { price, product: "prod_QXg1hqf4jFNsqG" },
      type: "price_details",
      unit_amount_decimal: String(session.amount),
    },
  });
}
