import { noRows } from "../../warehouse/no-rows.js";
import type { JobReport } from "../run-report.js";
import type { RunContext } from "../run-context.js";

/** A report of a job that did nothing, for others to fill in. */
export function emptyReport(job: { readonly name: string }, context: RunContext): JobReport {
  const { since, until } = context.options;
  return {
    job: job.name,
    connection_name: context.connection.name,
    object_type: null,
    status: "completed",
    records_extracted: 0,
    ...noRows(),
    requests: 0,
    retries: 0,
    rate_limited: 0,
    duration_ms: 0,
    since: since?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    previous_watermark: null,
    watermark: null,
    notices: [],
    sample: [],
    error: null,
  };
}
