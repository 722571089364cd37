import { type JsonObject, overlay } from "../json/json-value.js";
import { equals, type Resource } from "./resource.js";

/** https://docs.stripe.com/api/payment_intents */
export const paymentIntents: Resource = {
  objectType: "payment_intent",
  path: "/v1/payment_intents",
  permission: "payment_intent_read",
  idParameter: "intent",
  filters: { customer: equals("customer"), customer_account: equals("customer_account") },
  nestedLists: [],
  volatileFields: [],
  whenDeleted: "missing",
};

/** A payment intent as Stripe sends one, with the given fields in place of the defaults. */
export function newPaymentIntent(
  fields: JsonObject & { id: string; created: number | null; livemode: boolean },
): JsonObject {
  return overlay(
    {
      id: fields.id,
      object: "payment_intent",
      amount: 0,
      amount_capturable: 0,
      amount_details: { tip: {} },
      amount_received: 0,
      application: null,
      application_fee_amount: null,
      automatic_payment_methods: { allow_redirects: "always", enabled: true },
      canceled_at: null,
      cancellation_reason: null,
      capture_method: "automatic",
      client_secret: `${fields.id}_secret_${Buffer.from(fields.id).toString("base64url").slice(4, 29)}`,
      confirmation_method: "automatic",
      created: fields.created,
      currency: "cad",
      customer: null,
      customer_account: null,
      description: null,
      excluded_payment_method_types: null,
      last_payment_error: null,
      latest_charge: null,
      livemode: fields.livemode,
      managed_payments: { enabled: false },
      metadata: {},
      next_action: null,
      on_behalf_of: null,
      payment_method: null,
      payment_method_configuration_details: { id: "pmc_1PgafTB7WZ01zgkWcAdDefault", parent: null },
      payment_method_options: {
        card: {
          installments: null,
          mandate_options: null,
          network: null,
          request_three_d_secure: "automatic",
        },
      },
      payment_method_types: ["card"],
      processing: null,
      receipt_email: null,
      review: null,
      setup_future_usage: null,
      shipping: null,
      source: null,
      statement_descriptor: null,
      statement_descriptor_suffix: null,
      status: "requires_payment_method",
      transfer_data: null,
      transfer_group: null,
    },
    fields,
  );
}
