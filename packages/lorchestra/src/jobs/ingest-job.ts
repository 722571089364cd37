import type { Job } from "./job.js";

export interface IngestJobSpec {
  readonly name: string;
  readonly description: string;
  /** The provider whose connections fit: "stripe". */
  readonly provider: string;
  /** The source's stream: "payment_intents". */
  readonly stream: string;
}

/** A job that brings one stream of a connection into `raw_objects`. */
export function ingestJob(spec: IngestJobSpec): Job {
  const job: Job = {
    ...spec,
    // Imported when a job runs: `--help` and completion read the list of jobs and may not pay for what runs them.
    async run(context) {
      if (context.options.dryRun) return (await import("../runs/ingest/dry-run.js")).dryRun(spec, context);
      return (await import("../runs/ingest/run-ingest-job.js")).runIngestJob(spec, context);
    },
  };
  ingestJobs.add(job);
  return job;
}

const ingestJobs = new WeakSet<Job>();

/** Whether it is one of `ingestJob`'s, unchanged: what a run of it will read is known beforehand. */
export function isIngestJob(job: Job): boolean {
  return ingestJobs.has(job);
}
