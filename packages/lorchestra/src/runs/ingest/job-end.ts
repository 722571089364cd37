import * as events from "../../events/job-events.js";
import type { EventRow } from "../../events/event-row.js";
import { eventErrorOf, type JobOutcome, outcomeOf } from "../job/job-outcome.js";
import { type BegunJob, type JobProgress, reachedBy, type Reached } from "./job-progress.js";
import { emptyReport } from "../job/job-report.js";
import { requestCounts } from "../read/read-tally.js";
import type { JobReport, Notice } from "../run-report.js";
import type { Failure } from "../until-failure.js";

export function startedEvent(begun: BegunJob, progress: JobProgress): EventRow {
  const { objectType, mode } = reachedBy(progress);
  const payload = { ...namesOf(begun), mode, ...boundsOf(begun) };
  return events.jobStarted({ ...begun.subject, objectType }, begun.startedAt, payload);
}

/** The events of a job's end, one of each. What was committed is told also when the job then failed: the sums have to fit the rows. */
export function endEvents(begun: BegunJob, progress: JobProgress, failure: Failure | null): EventRow[] {
  const at = new Date(begun.context.clock.wallMs());
  const reached = reachedBy(progress);
  const subject = { ...begun.subject, objectType: reached.objectType };
  const outcome = outcomeOf(failure, reached.holdsNothing, begun.context.signal);
  const error = eventErrorOf(outcome, INTERRUPTED_HINT);
  const payload = jobPayload(begun, reached, outcome);
  const ended =
    error === null ? events.jobCompleted(subject, at, payload) : events.jobFailed(subject, at, { ...payload, error });
  if (outcome.status === "skipped") return [ended];
  const ingest = ingestPayload(begun, reached);
  const rows = [
    error === null
      ? events.ingestCompleted(subject, at, ingest)
      : events.ingestFailed(subject, at, { ...ingest, error }),
  ];
  if (error === null || reached.totals.commits > 0)
    rows.push(events.upsertCompleted(subject, at, upsertPayload(begun, reached)));
  return [...rows, ended];
}

export function reportOf(begun: BegunJob, progress: JobProgress, failure: Failure | null): JobReport {
  const { objectType, totals, holdsNothing, previousWatermark, watermark } = reachedBy(progress);
  const { recordsExtracted, commits: _, ...counts } = totals;
  const outcome = outcomeOf(failure, holdsNothing, begun.context.signal);
  return {
    ...emptyReport(begun.job, begun.context),
    object_type: objectType,
    status: outcome.status,
    records_extracted: recordsExtracted,
    ...counts,
    ...requestCounts(begun.tally),
    duration_ms: durationOf(begun),
    previous_watermark: previousWatermark?.toISOString() ?? null,
    watermark: watermark?.toISOString() ?? null,
    notices: noticesOf(begun, outcome),
    error: outcome.error,
  };
}

const INTERRUPTED_HINT = "the checkpoint was kept: the next run goes on from it";

function ingestPayload(begun: BegunJob, { mode, totals, previousWatermark, watermark }: Reached) {
  return {
    ...namesOf(begun),
    mode,
    records_extracted: totals.recordsExtracted,
    inserted: totals.inserted,
    ...requestCounts(begun.tally),
    duration_ms: durationOf(begun),
    ...boundsOf(begun),
    previous_watermark: previousWatermark?.toISOString() ?? null,
    watermark: watermark?.toISOString() ?? null,
    notices: begun.tally.notices,
  } as const;
}

function upsertPayload(begun: BegunJob, { totals: { recordsExtracted, ...counts } }: Reached) {
  return { ...namesOf(begun), records_extracted: recordsExtracted, ...counts };
}

function jobPayload(begun: BegunJob, { totals }: Reached, outcome: JobOutcome) {
  return {
    job: begun.job.name,
    status: outcome.status,
    records_extracted: totals.recordsExtracted,
    inserted: totals.inserted,
    updated: totals.updated,
    deleted: totals.deleted,
    duration_ms: durationOf(begun),
    notices: noticesOf(begun, outcome),
  };
}

function namesOf({ job }: BegunJob): { job: string; stream: string } {
  return { job: job.name, stream: job.stream };
}

function boundsOf({ context }: BegunJob): { since: string | null; until: string | null } {
  const { since, until } = context.options;
  return { since: since?.toISOString() ?? null, until: until?.toISOString() ?? null };
}

function durationOf({ context, startedMs }: BegunJob): number {
  return Math.round(context.clock.monotonicMs() - startedMs);
}

function noticesOf({ tally }: BegunJob, { notice }: JobOutcome): readonly Notice[] {
  return notice === null ? tally.notices : [...tally.notices, notice];
}
