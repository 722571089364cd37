import { longId } from "../ids.js";
import type { JsonObject, StripeObject } from "../json/json-value.js";
import { newCharge } from "../resources/charges.js";
import { newPaymentIntent } from "../resources/payment-intents.js";
import { type AccountStore, objectOf } from "../store/account-store.js";
import { changeObject, createObject, expectStatus, type Fields, secondsNow } from "./mutation.js";

/** What can happen to a payment intent. */
export interface PaymentIntentMutations {
  create(fields?: Fields): StripeObject;
  /** Makes its charge as well. */
  succeed(id: string): StripeObject;
  cancel(id: string): StripeObject;
  /** A payment was declined; the intent waits for another payment method. */
  fail(id: string): StripeObject;
  /** Emits nothing: Stripe has no `payment_intent.updated`. */
  update(id: string, fields: Fields): StripeObject;
}

const UNPAID = ["requires_payment_method", "requires_confirmation", "requires_action", "processing"];

export function paymentIntentMutations(account: AccountStore): PaymentIntentMutations {
  const current = (id: string): JsonObject => objectOf(account.entry("payment_intent", id));
  return {
    create(fields = {}) {
      const { livemode } = account;
      const id = longId("pi_", account.random, account.id);
      const intent = newPaymentIntent({ id, created: secondsNow(account), livemode, amount: 15_000, ...fields });
      return createObject(account, "payment_intent", intent, ["payment_intent.created"]);
    },
    succeed(id) {
      const intent = current(id);
      expectStatus(intent, UNPAID, "succeed");
      const method = intent["payment_method"] ?? longId("pm_", account.random, account.id);
      const charge = createObject(account, "charge", chargeFor(account, intent, method), ["charge.succeeded"]);
      const fields = {
        status: "succeeded",
        amount_received: intent["amount"] ?? 0,
        latest_charge: charge.id,
        payment_method: method,
      };
      return changeObject(account, "payment_intent", id, fields, ["payment_intent.succeeded"]);
    },
    cancel(id) {
      expectStatus(current(id), UNPAID, "cancel");
      const fields = {
        status: "canceled",
        canceled_at: secondsNow(account),
        cancellation_reason: "requested_by_customer",
      };
      return changeObject(account, "payment_intent", id, fields, ["payment_intent.canceled"]);
    },
    fail(id) {
      expectStatus(current(id), UNPAID, "fail");
      const error = {
        code: "card_declined",
        decline_code: "generic_decline",
        message: "Your card was declined.",
        type: "card_error",
      };
      const fields = { status: "requires_payment_method", last_payment_error: error };
      return changeObject(account, "payment_intent", id, fields, ["payment_intent.payment_failed"]);
    },
    update: (id, fields) => changeObject(account, "payment_intent", id, fields, []),
  };
}

function chargeFor(account: AccountStore, intent: JsonObject, method: JsonObject[string]): JsonObject {
  const id = longId("ch_", account.random, account.id);
  const amount = intent["amount"] ?? 0;
  return newCharge({
    id,
    created: secondsNow(account),
    livemode: account.livemode,
    amount,
    amount_captured: amount,
    balance_transaction: longId("txn_", account.random, account.id),
    currency: intent["currency"] ?? "cad",
    customer: intent["customer"] ?? null,
    description: intent["description"] ?? null,
    payment_intent: intent["id"] ?? null,
    payment_method: method,
  });
}
