import type { EventLog } from "../events/event-log.js";
import type { Job } from "../jobs/job.js";
import { checkedReport } from "./checked-report.js";
import { inParallel } from "./in-parallel.js";
import { emptyReport } from "./job-report.js";
import { reportedError } from "./reported-error.js";
import type { RunContext } from "./run-context.js";
import type { JobReport, RunReport, RunStatus } from "./run-report.js";

export interface JobInRun {
  readonly job: Job;
  /** Those of one run share the run id, the signal, the warehouse and, per connection, the source. */
  readonly context: RunContext;
}

/**
 * Runs jobs to their ends, side by side, and reports in the order given. One that fails does not stop the others, and
 * nothing is thrown.
 *
 * Rows of the event log that an earlier run could not deliver are delivered first. Tables are prepared on the way,
 * except in a dry run. `onEnd` is told of each job that returned, as it does.
 */
export async function runJobs(
  jobs: readonly JobInRun[],
  onEnd: (report: JobReport) => Promise<void> = () => Promise.resolve(),
): Promise<RunReport> {
  const contexts = jobs.map(({ context }) => context);
  const dryRun = contexts.some(({ options }) => options.dryRun);
  if (!dryRun) await deliverSpooled(contexts);
  const reports = onceAConnection(await inParallel(jobs, JOBS_AT_ONCE, (one) => runJob(one, onEnd)));
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

async function runJob({ job, context }: JobInRun, onEnd: (report: JobReport) => Promise<void>): Promise<JobReport> {
  let areWaiting = false;
  const eventLog: EventLog = {
    ...context.eventLog,
    record: async (rows) => {
      const outcome = await context.eventLog.record(rows);
      areWaiting ||= outcome === "waiting";
      return outcome;
    },
  };
  try {
    const told = checkedReport(job, context, await job.run({ ...context, eventLog }));
    const report = areWaiting ? { ...told, notices: [...told.notices, EVENTS_WAITING] } : told;
    await onEnd(report);
    return report;
  } catch (error) {
    return { ...emptyReport(job, context), status: "failed", error: reportedError(error) };
  }
}

/** `job.started` without an end is what the table says until then, as of a job that was killed. */
const EVENTS_WAITING = {
  code: "EVENTS_WAITING",
  message: "the warehouse did not take rows of event_log: they wait in .lorchestra, and come with the next run",
};

async function deliverSpooled(contexts: readonly RunContext[]): Promise<void> {
  for (const eventLog of new Set(contexts.map((context) => context.eventLog))) {
    try {
      await eventLog.deliverSpooled();
    } catch {
      // They stay in the spool for the next run; a warehouse that is out of order is told by the jobs themselves.
    }
  }
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
