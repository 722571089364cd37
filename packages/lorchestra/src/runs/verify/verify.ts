import { mapConcurrently } from "../map-concurrently.js";
import type { JobInRun } from "../run-jobs.js";
import { verifyStream, type VerifyOptions } from "./verify-stream.js";
import type { StreamVerification, VerifyReport, VerifyStatus } from "../verify-report.js";

/**
 * Compares the streams of these jobs with the source, side by side, each once: of several jobs of one stream and connection
 * the first one speaks for all, and jobs that read no stream are left out. Nothing is thrown: what could not be verified is
 * in the report. With `repair` the warehouse has to be open for writing.
 */
export async function verifyJobs(jobs: readonly JobInRun[], options: VerifyOptions): Promise<VerifyReport> {
  const verified = await mapConcurrently(onceAStream(jobs), AT_ONCE, async ({ job, context }) => {
    const { name, stream } = job;
    return stream === null ? [] : [await verifyStream({ name, stream }, context, options)];
  });
  const reports = verified.flat();
  return { run_id: jobs[0]?.context.runId ?? "", status: statusOf(reports), repair: options.repair, jobs: reports };
}

const AT_ONCE = 4;

function onceAStream(jobs: readonly JobInRun[]): JobInRun[] {
  const seen = new Set<string>();
  return jobs.filter(({ job, context }) => {
    const stream = JSON.stringify([context.connection.name, job.stream]);
    return job.stream !== null && !seen.has(stream) && seen.add(stream);
  });
}

function statusOf(reports: readonly StreamVerification[]): VerifyReport["status"] {
  if (reports.every(({ status }) => status === "skipped")) return "skipped";
  const worst: readonly VerifyStatus[] = ["interrupted", "different", "failed", "sampled"];
  return worst.find((status) => reports.some((report) => report.status === status)) ?? "equal";
}
