import { type JsonObject, overlay } from "../json/json-value.js";
import { equals, type Resource } from "./resource.js";

/**
 * https://docs.stripe.com/api/refunds
 * There is no permission for refunds alone: reading them needs that of charges.
 */
export const refunds: Resource = {
  objectType: "refund",
  path: "/v1/refunds",
  permission: "charge_read",
  idParameter: "refund",
  filters: { charge: equals("charge"), payment_intent: equals("payment_intent") },
  nestedLists: [],
  volatileFields: [],
  whenDeleted: "missing",
};

/** A refund as Stripe sends one (it has no `livemode`), with the given fields in place of the defaults. */
export function newRefund(fields: JsonObject & { id: string; created: number | null }): JsonObject {
  return overlay(
    {
      id: fields.id,
      object: "refund",
      amount: 0,
      balance_transaction: null,
      charge: null,
      created: fields.created,
      currency: "cad",
      customer: null,
      customer_account: null,
      destination_details: {
        card: {
          reference_status: "pending",
          reference_type: "acquirer_reference_number",
          type: "refund",
        },
        type: "card",
      },
      metadata: {},
      payment_intent: null,
      payment_method: null,
      reason: null,
      receipt_number: null,
      source_transfer_reversal: null,
      status: "succeeded",
      transfer_reversal: null,
    },
    fields,
  );
}
