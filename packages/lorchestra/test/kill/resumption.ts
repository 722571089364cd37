import type { Tables } from "./place.js";
import type { StripeProcess } from "./stripe-process.js";
import { throwProblems } from "./violation.js";

/** One stream of a first run that was cut short after a commit, and was then completed. */
export interface Resumption {
  readonly stream: string;
  readonly committed: number;
  /** How many objects were not there yet. */
  readonly left: number;
  /** How many the run that completed has listed. */
  readonly listed: number;
}

const PATHS = [
  { stream: "customers", objectType: "customer", path: "/v1/customers" },
  { stream: "invoices", objectType: "invoice", path: "/v1/invoices" },
  { stream: "payment_intents", objectType: "payment_intent", path: "/v1/payment_intents" },
];
/** Fewer than this make no pages worth counting. */
const LEAST = 300;
/**
 * What a run that resumes lists besides: pages at the edges of its ranges and, once the backfill is done, what was created
 * within the last hour, and a slice of the sweep.
 */
const ALLOWED = 500;
const ALLOWED_SHARE = 0.1;

/** What was committed when the run that is to complete the backfill began; after it, `end` holds it to that. */
export function watchResumption(stripe: StripeProcess, tables: Tables) {
  const committed = (objectType: string): number => tables.rows.filter((row) => row.object_type === objectType).length;
  return {
    async end(): Promise<Resumption[]> {
      const resumptions: Resumption[] = [];
      for (const { stream, objectType, path } of PATHS) {
        if (committed(objectType) < LEAST) continue;
        const objects = (await stripe.truth(objectType)).length;
        const left = Math.max(0, objects - committed(objectType));
        resumptions.push({ stream, committed: committed(objectType), left, listed: await stripe.listed(path) });
      }
      throwProblems(
        "pages were read again that had been committed",
        resumptions
          .filter(({ left, listed }) => listed > left + ALLOWED + left * ALLOWED_SHARE)
          .map((each) => `${each.stream}: ${each.committed} committed, ${each.left} left, ${each.listed} listed`),
      );
      return resumptions;
    },
  };
}
