/** Currencies whose amounts Stripe gives with two decimals although nobody uses them: https://docs.stripe.com/currencies#special-cases */
const TWO_DECIMALS_AT_STRIPE = ["ISK", "UGX"];

/**
 * "CAD 4,310.00" of the currency's smallest unit, as decimal digits however many. What is no code of a currency is not
 * repeated: it is whatever a record has there.
 */
export function money(amount: string, currency: string): string {
  const code = CODE.test(currency) ? currency.toUpperCase() : "of no known currency";
  const decimals = TWO_DECIMALS_AT_STRIPE.includes(code) ? 2 : decimalsOf(code);
  const negative = amount.startsWith("-");
  const digits = amount.replace(/^-/, "").padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${code} ${negative ? "-" : ""}${whole}${fraction}`;
}

const CODE = /^[a-z]{3}$/i;

function decimalsOf(code: string): number {
  if (!CODE.test(code)) return 0;
  return (
    new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits ?? 2
  );
}
