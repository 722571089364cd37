import { type JsonObject, overlay } from "../json/json-value.js";
import { equals, type Resource } from "./resource.js";

/** https://docs.stripe.com/api/customers */
export const customers: Resource = {
  objectType: "customer",
  path: "/v1/customers",
  permission: "customer_read",
  idParameter: "id",
  filters: { email: equals("email"), test_clock: equals("test_clock") },
  nestedLists: [],
  volatileFields: [],
  whenDeleted: "stub",
  deletedEvent: "customer.deleted",
};

/** A customer as Stripe sends one, with the given fields in place of the defaults. */
export function newCustomer(
  fields: JsonObject & { id: string; created: number | null; livemode: boolean },
): JsonObject {
  return overlay(
    {
      id: fields.id,
      object: "customer",
      address: null,
      balance: 0,
      created: fields.created,
      currency: null,
      default_source: null,
      delinquent: false,
      description: null,
      discount: null,
      email: null,
      invoice_prefix: fields.id.slice(-8).toUpperCase(),
      invoice_settings: {
        custom_fields: null,
        default_payment_method: null,
        footer: null,
        rendering_options: null,
      },
      livemode: fields.livemode,
      metadata: {},
      name: null,
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: "none",
      test_clock: null,
    },
    fields,
  );
}
