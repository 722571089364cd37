import type { Cell } from "./query-rig.js";

export interface Question {
  readonly title: string;
  readonly sql: string;
  readonly answer: readonly Record<string, Cell>[];
}

/** Questions of analysts, answered by hand from sample-account.ts. */
export const QUESTIONS: readonly Question[] = [
  {
    title: "paid revenue of each month in CAD",
    sql: `
      SELECT FORMAT_TIMESTAMP('%Y-%m', TIMESTAMP_SECONDS(INT64(payload.status_transitions.paid_at))) AS month,
             SUM(INT64(payload.amount_paid)) / 100 AS revenue, COUNT(*) AS invoices
      FROM \`events_dev.raw_objects\`
      WHERE object_type = 'invoice' AND JSON_VALUE(payload, '$.status') = 'paid' AND JSON_VALUE(payload, '$.currency') = 'cad'
      GROUP BY month ORDER BY month`,
    answer: [
      { month: "2025-01", revenue: 150, invoices: 2 },
      { month: "2025-02", revenue: 75, invoices: 1 },
    ],
  },
  {
    title: "the same by invoice date in the practice's time zone, where one invoice falls into January",
    sql: `
      SELECT DATE_TRUNC(DATE(TIMESTAMP_SECONDS(INT64(payload.created)), 'America/Toronto'), MONTH) AS month, COUNT(*) AS n
      FROM raw_objects WHERE object_type = "invoice" GROUP BY 1 ORDER BY 1 DESC`,
    answer: [
      { month: "2025-03-01", n: 2 },
      { month: "2025-02-01", n: 1 },
      { month: "2025-01-01", n: 3 },
    ],
  },
  {
    title: "open invoices by customer, with the customer's name",
    sql: `
      WITH customers AS (
        SELECT external_id AS id, STRING(payload.name) AS name FROM events_dev.raw_objects WHERE object_type = 'customer'
      ), invoices AS (
        SELECT STRING(payload.customer) AS customer, LAX_INT64(payload.amount_remaining) AS remaining
        FROM events_dev.raw_objects WHERE object_type = 'invoice' AND STRING(payload.status) = 'open'
      )
      SELECT c.name, COUNT(*) AS open_invoices, SUM(i.remaining) AS remaining
      FROM invoices i JOIN customers c ON c.id = i.customer
      GROUP BY c.name ORDER BY remaining DESC`,
    answer: [
      { name: "Cléo", open_invoices: 1, remaining: 2500 },
      { name: "Ben", open_invoices: 1, remaining: 1500 },
    ],
  },
  {
    title: "refunds as a share of what was paid, by currency",
    sql: `
      WITH paid AS (
        SELECT JSON_VALUE(payload.currency) AS currency, SUM(CAST(JSON_VALUE(payload.amount) AS INT64)) AS amount
        FROM raw_objects WHERE object_type = 'payment_intent' AND JSON_VALUE(payload.status) = 'succeeded' GROUP BY 1
      ), refunded AS (
        SELECT JSON_VALUE(payload.currency) AS currency, SUM(CAST(JSON_VALUE(payload.amount) AS INT64)) AS amount
        FROM raw_objects WHERE object_type = 'refund' GROUP BY currency
      )
      SELECT currency, ROUND(SAFE_DIVIDE(IFNULL(refunded.amount, 0), paid.amount) * 100, 2) AS percent
      FROM paid LEFT JOIN refunded USING (currency) ORDER BY currency`,
    answer: [
      { currency: "cad", percent: 36.17 },
      { currency: "usd", percent: 0 },
    ],
  },
  {
    title: "invoice lines, one row each, with their place in the invoice",
    sql: `
      SELECT i.external_id AS invoice, JSON_VALUE(line, '$.id') AS line, position, INT64(line.amount) AS amount
      FROM \`my-project.events_dev.raw_objects\` AS i, UNNEST(JSON_QUERY_ARRAY(i.payload, '$.lines.data')) AS line WITH OFFSET AS position
      WHERE i.object_type = 'invoice' AND i.external_id IN ('in_1', 'in_3', 'in_5')
      ORDER BY invoice, position`,
    answer: [
      { invoice: "in_1", line: "il_1", position: 0, amount: 6000 },
      { invoice: "in_1", line: "il_2", position: 1, amount: 4000 },
      { invoice: "in_3", line: "il_4", position: 0, amount: 7500 },
    ],
  },
  {
    title: "invoices without lines, by a left join with the lines",
    sql: `
      SELECT i.external_id FROM raw_objects i LEFT JOIN UNNEST(JSON_QUERY_ARRAY(i.payload.lines.data)) AS line
      WHERE i.object_type = 'invoice' AND line IS NULL`,
    answer: [{ external_id: "in_5" }],
  },
  {
    title: "revenue and units of each service",
    sql: `
      SELECT STRING(line.description) AS service, SUM(INT64(line.quantity)) AS units, SUM(INT64(line.amount)) AS amount,
             ROUND(AVG(CAST(JSON_VALUE(line.unit_amount_decimal) AS FLOAT64)), 1) AS mean_price
      FROM raw_objects CROSS JOIN UNNEST(JSON_EXTRACT_ARRAY(payload, '$.lines.data')) AS line
      WHERE object_type = 'invoice'
      GROUP BY service HAVING units > 0 ORDER BY amount DESC`,
    answer: [
      { service: "Therapy", units: 7, amount: 28400, mean_price: 5100 },
      { service: "Assessment", units: 2, amount: 6500, mean_price: 3250 },
    ],
  },
  {
    title: "the payments' success rate by week, weeks beginning on Monday",
    sql: `
      SELECT DATE_TRUNC(DATE(TIMESTAMP_SECONDS(INT64(payload.created))), WEEK(MONDAY)) AS week,
             COUNTIF(JSON_VALUE(payload, '$.status') = 'succeeded') AS succeeded, COUNT(*) AS attempts,
             COUNTIF(JSON_VALUE(payload, '$.status') = 'succeeded') / COUNT(*) AS rate
      FROM raw_objects WHERE object_type = 'payment_intent' GROUP BY week ORDER BY week`,
    answer: [
      { week: "2025-01-06", succeeded: 1, attempts: 1, rate: 1 },
      { week: "2025-01-13", succeeded: 0, attempts: 1, rate: 0 },
      { week: "2025-01-20", succeeded: 1, attempts: 1, rate: 1 },
      { week: "2025-02-10", succeeded: 1, attempts: 2, rate: 0.5 },
      { week: "2025-02-24", succeeded: 1, attempts: 1, rate: 1 },
      { week: "2025-03-03", succeeded: 1, attempts: 1, rate: 1 },
    ],
  },
  {
    title: "the same with BigQuery's weeks, which begin on Sunday",
    sql: `
      SELECT TIMESTAMP_TRUNC(TIMESTAMP_SECONDS(INT64(payload.created)), WEEK) AS week, COUNT(*) AS attempts
      FROM raw_objects WHERE object_type = 'payment_intent' GROUP BY 1 ORDER BY 1 LIMIT 3`,
    answer: [
      { week: "2025-01-05 00:00:00+00", attempts: 1 },
      { week: "2025-01-19 00:00:00+00", attempts: 2 },
      { week: "2025-02-09 00:00:00+00", attempts: 2 },
    ],
  },
  {
    title: "days from invoice to payment: the mean, the median and the longest",
    sql: `
      WITH paid AS (
        SELECT TIMESTAMP_DIFF(TIMESTAMP_SECONDS(INT64(payload.status_transitions.paid_at)), TIMESTAMP_SECONDS(INT64(payload.created)), DAY) AS days
        FROM raw_objects WHERE object_type = 'invoice' AND STRING(payload.status) = 'paid'
      )
      SELECT DISTINCT AVG(days) OVER () AS mean, PERCENTILE_CONT(days, 0.5) OVER () AS median, MAX(days) OVER () AS longest FROM paid`,
    answer: [{ mean: 3.25, median: 1.5, longest: 10 }],
  },
  {
    title: "customers by what they paid, ranked, with their share of all",
    sql: `
      SELECT customer, paid, RANK() OVER (ORDER BY paid DESC) AS place, ROUND(100 * paid / SUM(paid) OVER (), 1) AS share
      FROM (
        SELECT JSON_VALUE(payload, '$.customer') AS customer, SUM(INT64(payload.amount)) AS paid
        FROM raw_objects
        WHERE object_type = 'payment_intent' AND JSON_VALUE(payload, '$.status') = 'succeeded' AND JSON_VALUE(payload, '$.currency') = 'cad'
        GROUP BY 1
      )
      ORDER BY place LIMIT 2`,
    answer: [
      { customer: "cus_a", paid: 17500, place: 1, share: 74.5 },
      { customer: "cus_b", paid: 5000, place: 2, share: 21.3 },
    ],
  },
  {
    title: "payments without a customer come first in ascending order and last in descending",
    sql: `
      (SELECT external_id, JSON_VALUE(payload.customer) AS customer FROM raw_objects WHERE object_type = 'payment_intent' ORDER BY customer LIMIT 1)
      UNION ALL
      (SELECT external_id, JSON_VALUE(payload.customer) AS customer FROM raw_objects WHERE object_type = 'payment_intent' ORDER BY customer DESC LIMIT 1)`,
    answer: [
      { external_id: "pi_7", customer: null },
      { external_id: "pi_5", customer: "cus_c" },
    ],
  },
  {
    title: "the latest event of each job, by QUALIFY",
    sql: `
      SELECT STRING(payload.job) AS job, event_type, created_at
      FROM \`events_dev.event_log\`
      WHERE source_system = 'lorchestra'
      QUALIFY ROW_NUMBER() OVER (PARTITION BY STRING(payload.job) ORDER BY created_at DESC) = 1
      ORDER BY job`,
    answer: [
      { job: "stripe_ingest_customers", event_type: "job.failed", created_at: "2025-03-02 06:02:00+00" },
      { job: "stripe_ingest_invoices", event_type: "job.completed", created_at: "2025-03-02 07:00:11+00" },
    ],
  },
  {
    title: "the same by an alias in QUALIFY",
    sql: `
      SELECT event_id, RANK() OVER (PARTITION BY correlation_id ORDER BY created_at DESC) AS newest
      FROM event_log QUALIFY newest = 1 ORDER BY event_id`,
    answer: [
      { event_id: "ev_3", newest: 1 },
      { event_id: "ev_5", newest: 1 },
      { event_id: "ev_8", newest: 1 },
    ],
  },
  {
    title: "how long runs took, from the instants of their events",
    sql: `
      SELECT correlation_id, TIMESTAMP_DIFF(MAX(created_at), MIN(created_at), SECOND) AS seconds,
             ARRAY_AGG(event_type ORDER BY created_at DESC LIMIT 1)[OFFSET(0)] AS ended_with
      FROM event_log GROUP BY correlation_id ORDER BY seconds DESC`,
    answer: [
      { correlation_id: "run_2", seconds: 120, ended_with: "job.failed" },
      { correlation_id: "run_3", seconds: 11, ended_with: "job.completed" },
      { correlation_id: "run_1", seconds: 6, ended_with: "job.completed" },
    ],
  },
  {
    title: "the share of deleted customers",
    sql: `
      SELECT COUNTIF(deleted_at IS NOT NULL) AS deleted, COUNT(*) AS customers,
             FORMAT('%.1f%%', 100 * COUNTIF(deleted_at IS NOT NULL) / COUNT(*)) AS share
      FROM raw_objects WHERE object_type = 'customer'`,
    answer: [{ deleted: 1, customers: 4, share: "25.0%" }],
  },
  {
    title: "cohorts by the month of a customer's first payment, and who came back",
    sql: `
      WITH payments AS (
        SELECT JSON_VALUE(payload.customer) AS customer, TIMESTAMP_SECONDS(INT64(payload.created)) AS paid_at
        FROM raw_objects
        WHERE object_type = 'payment_intent' AND JSON_VALUE(payload.status) = 'succeeded' AND JSON_VALUE(payload.customer) IS NOT NULL
      ), firsts AS (
        SELECT customer, DATE_TRUNC(DATE(MIN(paid_at)), MONTH) AS cohort FROM payments GROUP BY customer
      )
      SELECT cohort, COUNT(DISTINCT p.customer) AS customers,
             COUNT(DISTINCT IF(DATE_DIFF(DATE(p.paid_at), cohort, MONTH) >= 1, p.customer, NULL)) AS came_back
      FROM firsts JOIN payments AS p ON p.customer = firsts.customer
      GROUP BY cohort ORDER BY cohort`,
    answer: [
      { cohort: "2025-01-01", customers: 2, came_back: 1 },
      { cohort: "2025-03-01", customers: 1, came_back: 0 },
    ],
  },
  {
    title: "revenue of every month, also of those without any",
    sql: `
      SELECT month, IFNULL(SUM(amount), 0) AS amount
      FROM UNNEST(GENERATE_DATE_ARRAY('2024-12-01', '2025-03-01', INTERVAL 1 MONTH)) AS month
      LEFT JOIN (
        SELECT DATE_TRUNC(DATE(TIMESTAMP_SECONDS(INT64(payload.created))), MONTH) AS m, INT64(payload.amount) AS amount
        FROM raw_objects WHERE object_type = 'payment_intent' AND JSON_VALUE(payload.status) = 'succeeded'
      ) ON m = month
      GROUP BY month ORDER BY month`,
    answer: [
      { month: "2024-12-01", amount: 0 },
      { month: "2025-01-01", amount: 15000 },
      { month: "2025-02-01", amount: 7500 },
      { month: "2025-03-01", amount: 10900 },
    ],
  },
  {
    title: "a running total of payments",
    sql: `
      SELECT external_id AS id, SUM(INT64(payload.amount)) OVER (ORDER BY INT64(payload.created) ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total
      FROM raw_objects WHERE object_type = 'payment_intent' AND JSON_VALUE(payload.currency) = 'cad' AND JSON_VALUE(payload.status) = 'succeeded'
      ORDER BY total`,
    answer: [
      { id: "pi_1", total: 10000 },
      { id: "pi_2", total: 15000 },
      { id: "pi_4", total: 22500 },
      { id: "pi_7", total: 23500 },
    ],
  },
  {
    title: "days between a customer's payments",
    sql: `
      SELECT JSON_VALUE(payload, '$.id') AS id,
             DATE_DIFF(DATE(TIMESTAMP_SECONDS(INT64(payload.created))), LAG(DATE(TIMESTAMP_SECONDS(INT64(payload.created)))) OVER w, DAY) AS days
      FROM raw_objects WHERE object_type = 'payment_intent' AND JSON_VALUE(payload, '$.customer') = 'cus_a'
      WINDOW w AS (ORDER BY INT64(payload.created)) ORDER BY 1`,
    answer: [
      { id: "pi_1", days: null },
      { id: "pi_4", days: 34 },
    ],
  },
  {
    title: "customers with an open invoice that is past due on a day",
    sql: `
      SELECT STRING(c.payload.name) AS name FROM raw_objects AS c
      WHERE c.object_type = 'customer' AND EXISTS (
        SELECT 1 FROM raw_objects AS i
        WHERE i.object_type = 'invoice' AND JSON_VALUE(i.payload.customer) = c.external_id
          AND JSON_VALUE(i.payload.status) = 'open'
          AND TIMESTAMP_SECONDS(LAX_INT64(i.payload.due_date)) < TIMESTAMP '2025-03-01'
      )`,
    answer: [{ name: "Cléo" }],
  },
  {
    title: "customers who never paid",
    sql: `
      SELECT external_id FROM raw_objects WHERE object_type = 'customer' AND deleted_at IS NULL
      EXCEPT DISTINCT
      SELECT JSON_VALUE(payload, '$.customer') FROM raw_objects WHERE object_type = 'invoice' AND JSON_VALUE(payload, '$.status') = 'paid'`,
    answer: [],
  },
  {
    title: "customers by the domain of their address",
    sql: `
      SELECT IFNULL(REGEXP_EXTRACT(JSON_VALUE(payload, '$.email'), r'@(.+)$'), '(none)') AS domain, COUNT(*) AS customers,
             STRING_AGG(JSON_VALUE(payload, '$.name'), ', ' ORDER BY JSON_VALUE(payload, '$.name')) AS names
      FROM raw_objects WHERE object_type = 'customer' GROUP BY domain ORDER BY customers DESC, domain`,
    answer: [
      { domain: "example.com", customers: 2, names: "Ana, Dan" },
      { domain: "(none)", customers: 1, names: "Cléo" },
      { domain: "mail.test", customers: 1, names: "Ben" },
    ],
  },
  {
    title: "why payments failed",
    sql: `
      SELECT COALESCE(JSON_VALUE(payload, '$.last_payment_error.code'), 'none') AS code, COUNT(*) AS n
      FROM raw_objects WHERE object_type = 'payment_intent' AND JSON_VALUE(payload, '$.status') NOT IN ('succeeded', 'canceled')
      GROUP BY code`,
    answer: [{ code: "card_declined", n: 1 }],
  },
  {
    title: "payments that allow a method, from an array of strings",
    sql: `
      SELECT external_id, ARRAY_TO_STRING(JSON_VALUE_ARRAY(payload, '$.payment_method_types'), '+') AS methods
      FROM raw_objects WHERE object_type = 'payment_intent' AND 'link' IN UNNEST(JSON_VALUE_ARRAY(payload.payment_method_types))`,
    answer: [{ external_id: "pi_7", methods: "card+link" }],
  },
  {
    title: "the plans of customers, from metadata, with null for those without",
    sql: `
      SELECT payload.metadata.plan AS plan, JSON_VALUE(payload.metadata['plan']) AS text
      FROM raw_objects WHERE object_type = 'customer' ORDER BY external_id LIMIT 2 OFFSET 1`,
    answer: [
      { plan: null, text: null },
      { plan: '"silver"', text: "silver" },
    ],
  },
  {
    title: "invoices beside their largest line, as a STRUCT",
    sql: `
      SELECT external_id AS id, (
          SELECT AS STRUCT STRING(l.description) AS service, INT64(l.amount) AS amount
          FROM UNNEST(JSON_QUERY_ARRAY(payload.lines.data)) AS l ORDER BY INT64(l.amount) DESC LIMIT 1
        ).service AS largest
      FROM raw_objects WHERE object_type = 'invoice' AND external_id <= 'in_2' ORDER BY id`,
    answer: [
      { id: "in_1", largest: "Therapy" },
      { id: "in_2", largest: "Therapy" },
    ],
  },
  {
    title: "totals and subtotals by currency and status",
    sql: `
      SELECT JSON_VALUE(payload.currency) AS currency, JSON_VALUE(payload.status) AS status, SUM(INT64(payload.total)) AS total
      FROM raw_objects WHERE object_type = 'invoice'
      GROUP BY ROLLUP (currency, status) ORDER BY currency, status`,
    answer: [
      { currency: null, status: null, total: 38900 },
      { currency: "cad", status: null, total: 29000 },
      { currency: "cad", status: "open", total: 6500 },
      { currency: "cad", status: "paid", total: 22500 },
      { currency: "usd", status: null, total: 9900 },
      { currency: "usd", status: "paid", total: 9900 },
    ],
  },
  {
    title: "what was read in the last day, by instants and text",
    sql: `
      SELECT COUNT(*) AS n FROM raw_objects
      WHERE last_seen >= TIMESTAMP_SUB(TIMESTAMP '2025-03-05 00:00:00', INTERVAL 24 HOUR) AND last_seen < '2025-03-05'
        AND DATE(last_seen) = '2025-03-04' AND EXTRACT(HOUR FROM last_seen AT TIME ZONE 'America/Toronto') = 1`,
    answer: [{ n: 19 }],
  },
  {
    title: "rows without their payload, one column replaced",
    sql: `
      SELECT * EXCEPT (payload, schema_ref, payload_hash, api_version, run_id, request_id, object_created, first_seen, deleted_at)
             REPLACE (UPPER(source_system) AS source_system, CAST(last_seen AS STRING) AS last_seen)
      FROM raw_objects WHERE external_id = 're_1'`,
    answer: [
      {
        idem_key: "stripe:stripe-mensio:refund:re_1",
        source_system: "STRIPE",
        connection_name: "stripe-mensio",
        object_type: "refund",
        external_id: "re_1",
        last_seen: "2025-03-04 06:00:00.500+00",
      },
    ],
  },
];
