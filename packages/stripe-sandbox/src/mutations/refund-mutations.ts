import { longId } from "../ids.js";
import type { StripeObject } from "../json/json-value.js";
import { newRefund } from "../resources/refunds.js";
import { type AccountStore, objectOf } from "../store/account-store.js";
import { changeObject, createObject, expectStatus, type Fields, secondsNow } from "./mutation.js";

/** What can happen to a refund. */
export interface RefundMutations {
  /** Refunds the given payment intent, in full unless `amount` is given. */
  create(fields: Fields & { payment_intent: string }): StripeObject;
  update(id: string, fields: Fields): StripeObject;
  /** The bank sent the money back. */
  fail(id: string): StripeObject;
}

const UPDATED = ["refund.updated", "charge.refund.updated"];

export function refundMutations(account: AccountStore): RefundMutations {
  return {
    create(fields) {
      const intent = objectOf(account.entry("payment_intent", fields.payment_intent));
      expectStatus(intent, ["succeeded"], "refund");
      const charge = intent["latest_charge"] ?? null;
      const amount = Number(fields["amount"] ?? intent["amount"]);
      const refund = newRefund({
        id: longId("re_", account.random, account.id),
        created: secondsNow(account),
        balance_transaction: longId("txn_", account.random, account.id),
        charge,
        currency: intent["currency"] ?? "cad",
        customer: intent["customer"] ?? null,
        payment_method: intent["payment_method"] ?? null,
        ...fields,
        amount,
      });
      const created = createObject(account, "refund", refund, ["refund.created"]);
      // A computed account has payment intents without charges.
      const hasCharge = typeof charge === "string" && account.shelf("charge").positionOf(charge) !== -1;
      if (hasCharge) refundCharge(account, charge, amount);
      return created;
    },
    update: (id, fields) => changeObject(account, "refund", id, fields, UPDATED),
    fail(id) {
      const fields = { status: "failed", failure_reason: "lost_or_stolen_card" };
      return changeObject(account, "refund", id, fields, ["refund.failed", ...UPDATED]);
    },
  };
}

function refundCharge(account: AccountStore, id: string, amount: number): void {
  const charge = objectOf(account.entry("charge", id));
  const refundedSoFar = Number(charge["amount_refunded"]) + amount;
  const fields = { amount_refunded: refundedSoFar, refunded: refundedSoFar >= Number(charge["amount"]) };
  changeObject(account, "charge", id, fields, ["charge.refunded"]);
}
