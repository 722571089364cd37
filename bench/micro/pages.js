/** Pages of a Stripe-like list, made by formula: 100 payment intents of about 1.36 KB, or invoices with ten lines. */

const STATUSES = ["succeeded", "requires_payment_method", "processing", "canceled"];

export function paymentIntent(index) {
  const id = `pi_${String(index).padStart(24, "3QkXw7BZ01zgkWSj")}`;
  return {
    id,
    object: "payment_intent",
    amount: 1099 + (index % 5000),
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 1099 + (index % 5000),
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${id}_secret_Dm43xiq1k0ywrRRjDoi8y1gkM`,
    confirmation_method: "automatic",
    created: 1_700_000_000 + index,
    currency: "cad",
    customer: `cus_${String(index % 900).padStart(14, "Qx7BZ01zgkWSj")}`,
    description: `Session ${index}: individual therapy, 50 minutes`,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: `ch_${String(index).padStart(24, "3QkXw7BZ01zgkWSj")}`,
    livemode: false,
    metadata: { clinic: "montreal-01", session_id: String(100_000 + index), therapist: "dr-tremblay" },
    next_action: null,
    on_behalf_of: null,
    payment_method: `pm_${String(index).padStart(24, "1QkXw7BZ01zgkWSj")}`,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    processing: null,
    receipt_email: `client${index}@example.com`,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: STATUSES[index % STATUSES.length],
    transfer_data: null,
    transfer_group: null,
  };
}

export function invoice(index) {
  const id = `in_${String(index).padStart(24, "1QkXw7BZ01zgkWSj")}`;
  const lines = Array.from({ length: 10 }, (_, line) => ({
    id: `il_${index}_${line}`,
    object: "line_item",
    amount: 15_000,
    currency: "cad",
    description: "1 × Individual therapy (at $150.00 / session)",
    discountable: true,
    invoice: id,
    livemode: false,
    metadata: {},
    period: { end: 1_700_000_000, start: 1_700_000_000 },
    quantity: 1,
    taxes: [{ amount: 0, tax_behavior: "exclusive", type: "tax_rate_details" }],
  }));
  return {
    ...paymentIntent(index),
    id,
    object: "invoice",
    hosted_invoice_url: `https://invoice.example.com/i/acct_1/test_${index}?s=ap`,
    invoice_pdf: `https://pay.example.com/invoice/acct_1/test_${index}/pdf?s=ap`,
    lines: {
      object: "list",
      data: lines,
      has_more: index % 10 === 0,
      total_count: 12,
      url: `/v1/invoices/${id}/lines`,
    },
  };
}

/** The body of a list, compact or indented as Stripe sends it. */
export function page(make, { count = 100, from = 0, indent = 0 } = {}) {
  const data = Array.from({ length: count }, (_, index) => make(from + index));
  return Buffer.from(JSON.stringify({ object: "list", data, has_more: true, url: "/v1/things" }, null, indent));
}
