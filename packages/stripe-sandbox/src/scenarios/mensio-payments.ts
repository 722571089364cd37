import { longId } from "../ids.js";
import type { JsonObject } from "../json/json-value.js";
import { type Random, randomFor } from "../random.js";
import { newCharge } from "../resources/charges.js";
import { newPaymentIntent } from "../resources/payment-intents.js";
import { newRefund } from "../resources/refunds.js";
import type { AccountStore } from "../store/account-store.js";
import { CLINICIANS, SESSIONS } from "./practice.js";

export interface PlannedIntent {
  readonly seed: number;
  readonly index: number;
  readonly id: string;
  readonly charge: string;
  readonly created: number;
  readonly customer: string;
  readonly outcome: "succeeded" | "canceled" | "requires_payment_method";
  refunded: boolean;
}

export function mensioIntent(account: AccountStore, plan: PlannedIntent): JsonObject {
  const { session, method, random } = details(account, plan);
  const isPaid = plan.outcome === "succeeded";
  return newPaymentIntent({
    id: plan.id,
    created: plan.created,
    livemode: account.livemode,
    amount: session.amount,
    amount_received: isPaid ? session.amount : 0,
    canceled_at: plan.outcome === "canceled" ? plan.created + 7200 : null,
    cancellation_reason: plan.outcome === "canceled" ? "requested_by_customer" : null,
    customer: plan.customer,
    description: session.description,
    latest_charge: isPaid ? plan.charge : null,
    metadata: { clinician: random.pick(CLINICIANS), session: String(plan.index + 1) },
    payment_method: isPaid ? method : null,
    status: plan.outcome,
  });
}

export function mensioCharge(account: AccountStore, plan: PlannedIntent): JsonObject {
  const { session, method, transaction } = details(account, plan);
  return newCharge({
    id: plan.charge,
    created: plan.created,
    livemode: account.livemode,
    amount: session.amount,
    amount_captured: session.amount,
    amount_refunded: plan.refunded ? session.amount : 0,
    balance_transaction: transaction,
    customer: plan.customer,
    description: session.description,
    payment_intent: plan.id,
    payment_method: method,
    refunded: plan.refunded,
  });
}

export function mensioRefund(account: AccountStore, plan: PlannedIntent, id: string, created: number): JsonObject {
  const { session, method } = details(account, plan);
  const random = randomFor(plan.seed, "refund", plan.index);
  return newRefund({
    id,
    created,
    amount: session.amount,
    balance_transaction: longId("txn_", random, account.id),
    charge: plan.charge,
    customer: plan.customer,
    payment_intent: plan.id,
    payment_method: method,
    reason: random.chance(0.6) ? "requested_by_customer" : null,
  });
}

/** What an intent and its charge share, drawn once more for each, always the same. */
function details(
  account: AccountStore,
  plan: PlannedIntent,
): { session: (typeof SESSIONS)[number]; method: string; transaction: string; random: Random } {
  const random = randomFor(plan.seed, "intent", plan.index);
  const session = random.pick(SESSIONS);
  const method = longId("pm_", random, account.id);
  const transaction = longId("txn_", random, account.id);
  return { session, method, transaction, random };
}
