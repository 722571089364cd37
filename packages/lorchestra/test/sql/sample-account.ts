import type { QueryRig } from "./query-rig.js";

/** A handful of objects as Stripe has them, small enough to answer questions about by hand. Amounts are in cents. */
export const OBJECTS = [
  {
    object: "customer",
    id: "cus_a",
    name: "Ana",
    email: "ana@example.com",
    created: at("2025-01-02T10:00:00Z"),
    metadata: { plan: "gold" },
  },
  {
    object: "customer",
    id: "cus_b",
    name: "Ben",
    email: "ben@mail.test",
    created: at("2025-01-15T10:00:00Z"),
    metadata: {},
  },
  {
    object: "customer",
    id: "cus_c",
    name: "Cléo",
    email: null,
    created: at("2025-02-03T10:00:00Z"),
    metadata: { plan: "silver" },
  },
  {
    object: "customer",
    id: "cus_d",
    name: "Dan",
    email: "dan@example.com",
    created: at("2025-02-20T10:00:00Z"),
    metadata: {},
    deletedAt: "2025-03-10 08:00:00",
  },

  invoice(
    "in_1",
    "cus_a",
    "2025-01-05T12:00:00Z",
    "paid",
    10000,
    0,
    "cad",
    "2025-01-08T12:00:00Z",
    "2025-01-20T00:00:00Z",
    [
      ["il_1", "Therapy", 6000, 2],
      ["il_2", "Assessment", 4000, 1],
    ],
  ),
  invoice("in_2", "cus_b", "2025-01-20T06:00:00Z", "paid", 5000, 0, "cad", "2025-01-20T18:00:00Z", null, [
    ["il_3", "Therapy", 5000, 1],
  ]),
  invoice("in_3", "cus_a", "2025-02-01T03:00:00Z", "paid", 7500, 0, "cad", "2025-02-11T03:00:00Z", null, [
    ["il_4", "Therapy", 7500, 3],
  ]),
  invoice("in_4", "cus_c", "2025-02-10T09:00:00Z", "open", 2500, 2500, "cad", null, "2025-02-24T00:00:00Z", [
    ["il_5", "Assessment", 2500, 1],
  ]),
  invoice("in_5", "cus_b", "2025-03-01T09:00:00Z", "open", 4000, 1500, "cad", null, null, []),
  invoice("in_6", "cus_c", "2025-03-02T09:00:00Z", "paid", 9900, 0, "usd", "2025-03-02T10:00:00Z", null, [
    ["il_6", "Therapy", 9900, 1],
  ]),

  payment("pi_1", "cus_a", 10000, "cad", "succeeded", "2025-01-08T12:00:00Z"),
  payment("pi_2", "cus_b", 5000, "cad", "succeeded", "2025-01-20T18:00:00Z"),
  payment("pi_3", "cus_b", 5000, "cad", "requires_payment_method", "2025-01-19T12:00:00Z", "card_declined"),
  payment("pi_4", "cus_a", 7500, "cad", "succeeded", "2025-02-11T03:00:00Z"),
  payment("pi_5", "cus_c", 2500, "cad", "canceled", "2025-02-12T12:00:00Z"),
  payment("pi_6", "cus_c", 9900, "usd", "succeeded", "2025-03-02T10:00:00Z"),
  payment("pi_7", null, 1000, "cad", "succeeded", "2025-03-03T10:00:00Z"),

  {
    object: "refund",
    id: "re_1",
    payment_intent: "pi_2",
    amount: 1000,
    currency: "cad",
    reason: "requested_by_customer",
    created: at("2025-01-25T12:00:00Z"),
  },
  {
    object: "refund",
    id: "re_2",
    payment_intent: "pi_4",
    amount: 7500,
    currency: "cad",
    reason: null,
    created: at("2025-02-15T12:00:00Z"),
  },
] as const;

const EVENTS = [
  ["ev_1", "job.started", "lorchestra", null, "run_1", "2025-03-01 06:00:00", "ok", { job: "stripe_ingest_customers" }],
  [
    "ev_2",
    "ingest.completed",
    "stripe",
    "customer",
    "run_1",
    "2025-03-01 06:00:05",
    "ok",
    { records_extracted: 3, inserted: 3, duration_ms: 5000 },
  ],
  [
    "ev_3",
    "job.completed",
    "lorchestra",
    null,
    "run_1",
    "2025-03-01 06:00:06",
    "ok",
    { job: "stripe_ingest_customers", duration_ms: 6000 },
  ],
  ["ev_4", "job.started", "lorchestra", null, "run_2", "2025-03-02 06:00:00", "ok", { job: "stripe_ingest_customers" }],
  [
    "ev_5",
    "job.failed",
    "lorchestra",
    null,
    "run_2",
    "2025-03-02 06:02:00",
    "failed",
    { job: "stripe_ingest_customers", duration_ms: 120000 },
  ],
  ["ev_6", "job.started", "lorchestra", null, "run_3", "2025-03-02 07:00:00", "ok", { job: "stripe_ingest_invoices" }],
  [
    "ev_7",
    "ingest.completed",
    "stripe",
    "invoice",
    "run_3",
    "2025-03-02 07:00:10",
    "ok",
    { records_extracted: 6, inserted: 6, duration_ms: 10000 },
  ],
  [
    "ev_8",
    "job.completed",
    "lorchestra",
    null,
    "run_3",
    "2025-03-02 07:00:11",
    "ok",
    { job: "stripe_ingest_invoices", duration_ms: 11000 },
  ],
] as const;

/** Makes `raw_objects` and `event_log` and fills them; instants as the type given, in UTC. */
export async function loadSampleAccount(rig: QueryRig, instantType: "TIMESTAMPTZ" | "TIMESTAMP"): Promise<void> {
  await rig.run(`CREATE TABLE events_dev.raw_objects (idem_key VARCHAR, source_system VARCHAR, connection_name VARCHAR,
    object_type VARCHAR, schema_ref VARCHAR, external_id VARCHAR, payload JSON, first_seen ${instantType},
    last_seen ${instantType}, payload_hash VARCHAR, deleted_at ${instantType}, api_version VARCHAR, run_id VARCHAR,
    request_id VARCHAR, object_created ${instantType})`);
  await rig.run(`CREATE TABLE events_dev.event_log (event_id VARCHAR, event_type VARCHAR, source_system VARCHAR,
    connection_name VARCHAR, target_object_type VARCHAR, event_schema_ref VARCHAR, correlation_id VARCHAR,
    trace_id VARCHAR, created_at ${instantType}, status VARCHAR, error_message VARCHAR, payload JSON)`);
  for (const object of OBJECTS) {
    const deletedAt = "deletedAt" in object ? text(object.deletedAt) : "NULL";
    await rig.run(`INSERT INTO events_dev.raw_objects (idem_key, source_system, connection_name, object_type, external_id, payload, first_seen, last_seen, deleted_at)
      VALUES (${text(`stripe:stripe-mensio:${object.object}:${object.id}`)}, 'stripe', 'stripe-mensio', ${text(object.object)}, ${text(object.id)},
      ${text(JSON.stringify(object))}, '2025-03-04 06:00:00', '2025-03-04 06:00:00.5', ${deletedAt})`);
  }
  for (const [id, type, source, target, run, createdAt, status, payload] of EVENTS) {
    await rig.run(`INSERT INTO events_dev.event_log (event_id, event_type, source_system, connection_name, target_object_type, correlation_id, created_at, status, payload)
      VALUES (${text(id)}, ${text(type)}, ${text(source)}, 'stripe-mensio', ${target === null ? "NULL" : text(target)}, ${text(run)}, ${text(createdAt)}, ${text(status)}, ${text(JSON.stringify(payload))})`);
  }
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function at(instant: string): number {
  return Date.parse(instant) / 1000;
}

type Line = readonly [id: string, description: string, amount: number, quantity: number];

function invoice(
  id: string,
  customer: string,
  created: string,
  status: string,
  total: number,
  remaining: number,
  currency: string,
  paid: string | null,
  due: string | null,
  lines: readonly Line[],
) {
  return {
    object: "invoice",
    id,
    customer,
    created: at(created),
    status,
    total,
    amount_remaining: remaining,
    amount_paid: total - remaining,
    currency,
    due_date: due === null ? null : at(due),
    status_transitions: { paid_at: paid === null ? null : at(paid) },
    lines: {
      object: "list",
      has_more: false,
      data: lines.map(([lineId, description, amount, quantity]) => ({
        id: lineId,
        description,
        amount,
        quantity,
        unit_amount_decimal: `${amount / quantity}.000000000000`,
      })),
    },
  } as const;
}

function payment(
  id: string,
  customer: string | null,
  amount: number,
  currency: string,
  status: string,
  created: string,
  error?: string,
) {
  return {
    object: "payment_intent",
    id,
    customer,
    amount,
    currency,
    status,
    created: at(created),
    payment_method_types: id === "pi_7" ? ["card", "link"] : ["card"],
    last_payment_error: error === undefined ? null : { code: error },
  } as const;
}
