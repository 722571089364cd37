import { discardingEventLog } from "../../events/discarding-event-log.js";
import type { EventRow } from "../../events/event-row.js";
import { type EventSubject, jobCompleted, jobFailed, jobStarted } from "../../events/job-events.js";
import { checkedReport } from "./checked-report.js";
import { newSubject } from "./event-subject.js";
import type { Failure } from "../until-failure.js";
import { recordEnd, recordStart } from "./job-record.js";
import { endingBy, eventErrorOf } from "./job-outcome.js";
import { emptyReport } from "./job-report.js";
import { prepareOnce } from "./prepare-once.js";
import { reportedError } from "./reported-error.js";
import type { RunContext } from "../run-context.js";
import type { JobReport } from "../run-report.js";

/**
 * Runs the work of a job that reads no stream, and writes its start and its end into the event log, except in a dry run.
 * Whatever the work returns goes into the report; what it throws makes the job fail, unless the run was interrupted.
 */
export async function recordedJob(
  job: { readonly name: string },
  context: RunContext,
  work: () => Promise<Partial<JobReport>>,
): Promise<JobReport> {
  const { clock, eventLog, options, signal } = context;
  const startedMs = clock.monotonicMs();
  const now = (): Date => new Date(clock.wallMs());
  const subject = newSubject(job, context, null);
  const { since, until } = emptyReport(job, context);
  const log = options.dryRun ? discardingEventLog : eventLog;
  try {
    if (!options.dryRun) await prepareOnce(context.warehouse);
    await recordStart(log, [jobStarted(subject, now(), { job: job.name, stream: null, mode: null, since, until })]);
    let failure: Failure | null = null;
    // What throws before it promises anything has an end to tell, too.
    const working = (async () => await work())();
    const ending = await working.catch((error: unknown) => {
      failure = { error };
      return endingBy(error, signal);
    });
    const duration_ms = Math.round(clock.monotonicMs() - startedMs);
    const report = checkedReport(job, context, { ...emptyReport(job, context), duration_ms, ...ending });
    const reason = await recordEnd(log, [endOf(subject, now(), report)], failure);
    if (reason === failure || report.status === "failed") return report;
    return { ...report, status: "failed", error: reportedError(reason?.error) };
  } catch (error) {
    return { ...emptyReport(job, context), ...endingBy(error, signal) };
  }
}

function endOf(subject: EventSubject, at: Date, report: JobReport): EventRow {
  const { job, status, records_extracted, inserted, updated, deleted, duration_ms, notices } = report;
  const payload = { job, status, records_extracted, inserted, updated, deleted, duration_ms, notices };
  const error = eventErrorOf(report, "run the job again");
  return error === null ? jobCompleted(subject, at, payload) : jobFailed(subject, at, { ...payload, error });
}
