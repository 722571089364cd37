import type { RunContext } from "../runs/run-context.js";
import type { JobReport } from "../runs/run-report.js";

/**
 * A named piece of work that `lorchestra run` knows. Registered in the job registry, or by a module that
 * `lorchestra.yaml` names under `jobs:`, whose default or named exports are jobs.
 */
export interface Job {
  /** As typed on the command line: "stripe_ingest_invoices". */
  readonly name: string;
  readonly description: string;
  /** The provider whose connections fit this job: "stripe". */
  readonly provider: string;
  /** The source's stream that the job reads: "invoices"; null for a job that reads none. */
  readonly stream: string | null;
  /** Runs once to its end. What went wrong is in the report; it throws only for a defect. */
  run(context: RunContext): Promise<JobReport>;
}
