import { type ApiKey, masked } from "./key-ring.js";
import { stripeError } from "./stripe-error.js";

/** What Stripe's dashboard and its refusals call a permission. */
const TITLES: Readonly<Record<string, string>> = {
  accounts_kyc_basic_read: "Basic Business Contact Information Read",
  charge_read: "Charges and Refunds Read",
  customer_read: "Customers Read",
  event_read: "Events Read",
  invoice_read: "Invoices Read",
  payment_intent_read: "PaymentIntents Read",
};

/**
 * Throws the 403 that Stripe answers a restricted key that lacks a permission, in its wording of 2026. The older one
 * ended with "Having the 'rak_customer_read' permission would allow this request to continue." and had no code.
 */
export function checkPermission(key: ApiKey, permission: string): void {
  if (key.permissions === "all" || key.permissions.has(permission)) return;
  // Write implies read: https://docs.stripe.com/keys/restricted-api-keys
  if (key.permissions.has(permission.replace(/_read$/, "_write"))) return;
  throw stripeError(403, {
    code: "more_permissions_required",
    message:
      `Permission denied. The provided key '${masked(key.text)}' does not have the required permissions for this ` +
      `endpoint on account '${key.account.id}'. Enabling "${TITLES[permission] ?? permission}" ('${permission}') ` +
      `permissions on this key would allow this request to continue.`,
  });
}
