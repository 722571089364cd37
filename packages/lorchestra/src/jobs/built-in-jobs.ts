import { ingestJob } from "./ingest-job.js";
import type { Job } from "./job.js";

/** The jobs that come with lorchestra, by name: a row each. */
export const BUILT_IN_JOBS: Readonly<Record<string, Job>> = Object.fromEntries(
  [
    stripeJob("customers", "Customers, and those that were deleted"),
    stripeJob("invoices", "Invoices with all of their line items"),
    stripeJob("payment_intents", "Payment intents, with every change of their status"),
    stripeJob("refunds", "Refunds, also those that failed later"),
  ].map((job) => [job.name, job]),
);

function stripeJob(stream: string, description: string): Job {
  return ingestJob({ name: `stripe_ingest_${stream}`, description, provider: "stripe", stream });
}
