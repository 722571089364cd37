import type { JsonObject } from "../json/json-value.js";

/** What a restricted key needs for `GET /v1/account`, without Stripe's `rak_`; learned from its refusals. */
export const ACCOUNT_PERMISSION = "accounts_kyc_basic_read";

/** A Canadian account as `GET /v1/account` sends it to its owner. */
export function newAccount(fields: { id: string; created: number; name: string }): JsonObject {
  const { id, created, name } = fields;
  const address = { city: null, country: "CA", line1: null, line2: null, postal_code: null, state: null };
  const noRequirements = {
    alternatives: [],
    current_deadline: null,
    currently_due: [],
    disabled_reason: null,
    errors: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
  };
  return {
    id,
    object: "account",
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: "8099",
      minority_owned_business_designation: null,
      name,
      product_description: null,
      support_address: address,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    business_type: "company",
    capabilities: { card_payments: "active", transfers: "active" },
    charges_enabled: true,
    controller: { type: "account" },
    country: "CA",
    created,
    default_currency: "cad",
    details_submitted: true,
    email: "owner@example.com",
    external_accounts: {
      object: "list",
      data: [],
      has_more: false,
      url: `/v1/accounts/${id}/external_accounts`,
    },
    future_requirements: noRequirements,
    metadata: {},
    payouts_enabled: true,
    requirements: noRequirements,
    settings: settings(name),
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type: "standard",
  };
}

function settings(name: string): JsonObject {
  return {
    bacs_debit_payments: { display_name: null, service_user_number: null },
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_issuing: { tos_acceptance: { date: null, ip: null } },
    card_payments: {
      decline_on: { avs_failure: true, cvc_failure: true },
      statement_descriptor_prefix: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: name, timezone: "America/Toronto" },
    invoices: { default_account_tax_ids: null, hosted_payment_method_save: "offer" },
    payments: {
      statement_descriptor: null,
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    payouts: {
      debit_negative_balances: true,
      schedule: { delay_days: 2, interval: "daily" },
      statement_descriptor: null,
    },
    sepa_debit_payments: {},
  };
}
