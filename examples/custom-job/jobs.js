import { ingestJob, recordedJob } from "lorchestra";

/** A stream under a name of our own, for a cron entry of its own. */
export const hourlyRefunds = ingestJob({
  name: "hourly_refunds",
  description: "Refunds, for the hourly run",
  provider: "stripe",
  stream: "refunds",
});

/**
 * A job that reads no stream: it looks at what the others have brought.
 *
 * @type {import("lorchestra").Job}
 */
export const openInvoices = {
  name: "open_invoices",
  description: "How many invoices are open, and how much is outstanding in each currency",
  provider: "stripe",
  stream: null,
  // `recordedJob` writes job.started and job.completed (or job.failed) into the event log.
  run: (context) =>
    recordedJob(openInvoices, context, async () => {
      const { rows } = await context.warehouse.query(OPEN_INVOICES, { signal: context.signal });
      const notices = [];
      for await (const row of rows) {
        const [currency = "", invoices, amount] = row.map(String);
        const decimals = decimalsOf(currency);
        const outstanding = `${(Number(amount) / 10 ** decimals).toFixed(decimals)} ${currency.toUpperCase()}`;
        notices.push({ code: "OPEN_INVOICES", message: `${invoices} open invoices, ${outstanding} outstanding` });
      }
      return { notices };
    }),
};

/** BigQuery's dialect, on every warehouse. */
const OPEN_INVOICES = `
  SELECT JSON_VALUE(payload, '$.currency') AS currency,
         COUNT(*) AS invoices,
         SUM(CAST(JSON_VALUE(payload, '$.amount_remaining') AS INT64)) AS outstanding
  FROM \`events_dev.raw_objects\`
  WHERE source_system = 'stripe' AND object_type = 'invoice' AND deleted_at IS NULL
    AND JSON_VALUE(payload, '$.status') = 'open'
  GROUP BY currency
  ORDER BY currency
`;

/**
 * How many decimals Stripe's amounts in a currency have: most are in cents, yen are whole, and a few have three.
 * https://docs.stripe.com/currencies#zero-decimal
 */
function decimalsOf(currency) {
  if (ZERO_DECIMALS.has(currency)) return 0;
  return THREE_DECIMALS.has(currency) ? 3 : 2;
}

const ZERO_DECIMALS = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMALS = new Set("bhd jod kwd omr tnd".split(" "));
