import type { Job } from "../jobs/job.js";
import { checkedReport } from "./job/checked-report.js";
import { endingBy } from "./job/job-outcome.js";
import { mapConcurrently } from "./map-concurrently.js";
import { emptyReport } from "./job/job-report.js";
import type { RunContext } from "./run-context.js";
import type { JobReport, Notice, RunReport, RunStatus } from "./run-report.js";
import { deliverWaiting, watchedEventLog } from "./waiting-events.js";

export interface JobInRun {
  readonly job: Job;
  /** Those of one run share the run id, the signal, the warehouse and, per connection, the source. */
  readonly context: RunContext;
}

/**
 * Runs jobs to their ends, side by side, and reports in the order given. One that fails does not stop the others, and
 * nothing is thrown.
 *
 * Rows of the event log that an earlier run could not deliver are delivered first; where the warehouse will not take them later
 * either, or takes none now, the first job that ends says so. Tables are prepared on the way, except in a dry run. `onEnd` is told
 * of each job as it ends; what it throws changes no report.
 */
export async function runJobs(
  jobs: readonly JobInRun[],
  onEnd: (report: JobReport) => Promise<void> = () => Promise.resolve(),
): Promise<RunReport> {
  const contexts = jobs.map(({ context }) => context);
  const dryRun = contexts.some(({ options }) => options.dryRun);
  const refusal = dryRun ? null : await deliverWaiting(contexts);
  const told = new Set<string>();
  const withNotices = (report: JobReport, ofEvents: readonly Notice[]): JobReport => {
    const all = refusal === null || report.status !== "completed" ? ofEvents : [...ofEvents, refusal];
    const fresh = all.filter(({ code }) => !told.has(code));
    for (const { code } of fresh) told.add(code);
    return { ...report, notices: [...report.notices, ...fresh] };
  };
  const reports = onceAConnection(await mapConcurrently(jobs, JOBS_AT_ONCE, (one) => runJob(one, withNotices, onEnd)));
  const [first] = contexts;
  return {
    run_id: first?.runId ?? "",
    status: statusOf(reports),
    dry_run: dryRun,
    jobs: reports,
    usage: first?.warehouse.usage() ?? null,
  };
}

/**
 * Four streams at once reach an account's limit (https://docs.stripe.com/rate-limits): with twice as many, four still read while
 * others commit, begin or end. More would only take memory.
 */
export const JOBS_AT_ONCE = 8;

async function runJob(
  { job, context }: JobInRun,
  withNotices: (report: JobReport, ofEvents: readonly Notice[]) => JobReport,
  onEnd: (report: JobReport) => Promise<void>,
): Promise<JobReport> {
  const { eventLog, notices } = watchedEventLog(context.eventLog);
  // What throws before it promises anything is a job that threw, too.
  const running = (async () => checkedReport(job, context, await job.run({ ...context, eventLog })))();
  const ended = await running.catch((error: unknown) => ({
    ...emptyReport(job, context),
    ...endingBy(error, context.signal),
  }));
  const report = withNotices(ended, notices());
  // What is durable stays so where that cannot be told yet: the report is told at the end as well.
  await onEnd(report).catch(() => undefined);
  return report;
}

/** The status of a whole run, as its exit code tells it. */
export function statusOf(reports: readonly JobReport[]): RunStatus {
  const some = (...statuses: JobReport["status"][]): boolean => reports.some(({ status }) => statuses.includes(status));
  if (some("interrupted")) return "interrupted";
  if (some("failed")) return some("completed") ? "partial" : "failed";
  return reports.some(({ quarantined }) => quarantined > 0) ? "partial" : "completed";
}

/** A refused key is one problem of its connection, not one of each job: told in full once, and referred to by the others. */
function onceAConnection(reports: readonly JobReport[]): JobReport[] {
  const firstOf = new Map<string, string>();
  return reports.map((report) => {
    if (report.error?.code !== "SOURCE_UNAUTHORIZED") return report;
    const first = firstOf.get(report.connection_name);
    if (first === undefined) {
      firstOf.set(report.connection_name, report.job);
      return report;
    }
    return { ...report, error: { ...report.error, message: `the same key was refused, see \`${first}\`` } };
  });
}
