import { type JsonObject, type JsonValue, overlay } from "../json/json-value.js";
import { equals, type Resource } from "./resource.js";

/** https://docs.stripe.com/api/invoices */
export const invoices: Resource = {
  objectType: "invoice",
  path: "/v1/invoices",
  permission: "invoice_read",
  idParameter: "invoice",
  filters: {
    collection_method: equals("collection_method"),
    customer: equals("customer"),
    customer_account: equals("customer_account"),
    status: equals("status"),
    subscription: equals("subscription"),
  },
  nestedLists: ["lines"],
  volatileFields: ["hosted_invoice_url", "invoice_pdf"],
  whenDeleted: "missing",
  deletedEvent: "invoice.deleted",
};

/** A draft invoice without lines as Stripe sends one, with the given fields in place of the defaults. */
export function newInvoice(fields: JsonObject & { id: string; created: number | null; livemode: boolean }): JsonObject {
  return overlay(
    {
      id: fields.id,
      object: "invoice",
      account_country: "CA",
      account_name: "Mensio Mental Health",
      account_tax_ids: null,
      amount_due: 0,
      amount_overpaid: 0,
      amount_paid: 0,
      amount_remaining: 0,
      amount_shipping: 0,
      application: null,
      attempt_count: 0,
      attempted: false,
      auto_advance: false,
      automatic_tax: {
        disabled_reason: null,
        enabled: false,
        liability: null,
        provider: null,
        status: null,
      },
      automatically_finalizes_at: null,
      billing_reason: "manual",
      collection_method: "charge_automatically",
      created: fields.created,
      currency: "cad",
      custom_fields: null,
      customer: null,
      customer_account: null,
      customer_address: null,
      customer_email: null,
      customer_name: null,
      customer_phone: null,
      customer_shipping: null,
      customer_tax_exempt: "none",
      customer_tax_ids: [],
      default_payment_method: null,
      default_source: null,
      default_tax_rates: [],
      description: null,
      discounts: [],
      due_date: null,
      effective_at: null,
      ending_balance: null,
      footer: null,
      from_invoice: null,
      hosted_invoice_url: null,
      invoice_pdf: null,
      issuer: { type: "self" },
      last_finalization_error: null,
      latest_revision: null,
      lines: lineList(fields.id, []),
      livemode: fields.livemode,
      metadata: {},
      next_payment_attempt: null,
      number: null,
      on_behalf_of: null,
      parent: null,
      payment_settings: {
        default_mandate: null,
        payment_method_options: null,
        payment_method_types: null,
      },
      period_end: fields.created,
      period_start: fields.created,
      post_payment_credit_notes_amount: 0,
      pre_payment_credit_notes_amount: 0,
      receipt_number: null,
      rendering: null,
      shipping_cost: null,
      shipping_details: null,
      starting_balance: 0,
      statement_descriptor: null,
      status: "draft",
      status_transitions: {
        finalized_at: null,
        marked_uncollectible_at: null,
        paid_at: null,
        voided_at: null,
      },
      subscription: null,
      subtotal: 0,
      subtotal_excluding_tax: 0,
      test_clock: null,
      total: 0,
      total_discount_amounts: [],
      total_excluding_tax: 0,
      total_pretax_credit_amounts: [],
      total_taxes: [],
      webhooks_delivered_at: fields.created,
    },
    fields,
  );
}

/** The list of an invoice's lines, all of them. What a reader sees of it is cut at ten. */
export function lineList(invoiceId: string, lines: readonly JsonValue[]): JsonObject {
  return {
    object: "list",
    data: [...lines],
    has_more: false,
    url: `/v1/invoices/${invoiceId}/lines`,
  };
}

/** A line of an invoice as Stripe sends one, with the given fields in place of the defaults. */
export function newLine(
  fields: JsonObject & { id: string; invoice: string; amount: number; livemode: boolean },
): JsonObject {
  return overlay(
    {
      id: fields.id,
      object: "line_item",
      amount: fields.amount,
      currency: "cad",
      description: null,
      discount_amounts: [],
      discountable: true,
      discounts: [],
      invoice: fields.invoice,
      livemode: fields.livemode,
      metadata: {},
      parent: {
        invoice_item_details: {
          invoice_item: `ii_${fields.id.slice(3)}`,
          proration: false,
          proration_details: { credited_items: null },
          subscription: null,
        },
        subscription_item_details: null,
        type: "invoice_item_details",
      },
      period: { end: 0, start: 0 },
      pretax_credit_amounts: [],
      pricing: {
        price_details: { price: "price_1PgafmB7WZ01zgkWSession", product: "prod_QXg1hqf4jFNsqG" },
        type: "price_details",
        unit_amount_decimal: String(fields.amount),
      },
      quantity: 1,
      quantity_decimal: "1",
      subscription: null,
      subtotal: fields.amount,
      taxes: [],
    },
    fields,
  );
}
