import * as events from "../events/job-events.js";
import type { EventRow } from "../events/event-row.js";
import { noRows } from "../warehouse/no-rows.js";
import { eventErrorOf, type JobOutcome, outcomeOf } from "./job-outcome.js";
import { emptyReport } from "./job-report.js";
import { durationOf, type JobState, subjectOf, watermarkOf } from "./job-state.js";
import type { LoadTotals } from "./load-ledger.js";
import type { JobReport } from "./run-report.js";

export function startedEvent(state: JobState): EventRow {
  const { since, until } = bounds(state);
  const mode = state.plan?.mode ?? null;
  const payload = { job: state.job.name, stream: state.job.stream, mode, since, until };
  return events.jobStarted(subjectOf(state), state.startedAt, payload);
}

/** The events of a job's end, one of each. What was committed is told also when the job then failed: the sums have to fit the rows. */
export function endEvents(state: JobState): EventRow[] {
  const at = new Date(state.context.clock.wallMs());
  const subject = subjectOf(state);
  const totals = totalsOf(state);
  const outcome = outcomeIn(state);
  const error = eventErrorOf(outcome, INTERRUPTED_HINT);
  const payload = jobPayload(state, outcome, totals);
  const ended =
    error === null ? events.jobCompleted(subject, at, payload) : events.jobFailed(subject, at, { ...payload, error });
  if (outcome.status === "skipped") return [ended];
  const ingest = ingestPayload(state, totals);
  const rows = [
    error === null
      ? events.ingestCompleted(subject, at, ingest)
      : events.ingestFailed(subject, at, { ...ingest, error }),
  ];
  if (error === null || totals.commits > 0)
    rows.push(events.upsertCompleted(subject, at, upsertPayload(state, totals)));
  return [...rows, ended];
}

export function reportOf(state: JobState): JobReport {
  const { recordsExtracted, commits: _, ...counts } = totalsOf(state);
  const outcome = outcomeIn(state);
  return {
    ...emptyReport(state.job, state.context),
    object_type: state.stream?.objectType ?? null,
    status: outcome.status,
    records_extracted: recordsExtracted,
    ...counts,
    requests: state.tally.requests,
    retries: state.tally.retries,
    rate_limited: state.tally.rateLimited,
    duration_ms: durationOf(state),
    watermark: watermarkOf(state)?.toISOString() ?? null,
    notices: noticesOf(state, outcome),
    error: outcome.error,
  };
}

function ingestPayload(state: JobState, totals: LoadTotals) {
  return {
    job: state.job.name,
    stream: state.job.stream,
    mode: state.plan?.mode ?? null,
    records_extracted: totals.recordsExtracted,
    inserted: totals.inserted,
    requests: state.tally.requests,
    retries: state.tally.retries,
    rate_limited: state.tally.rateLimited,
    duration_ms: durationOf(state),
    ...bounds(state),
    previous_watermark: state.plan?.previousWatermark?.toISOString() ?? null,
    watermark: watermarkOf(state)?.toISOString() ?? null,
    notices: state.tally.notices,
  } as const;
}

function upsertPayload(state: JobState, { recordsExtracted, ...counts }: LoadTotals) {
  return { job: state.job.name, stream: state.job.stream, records_extracted: recordsExtracted, ...counts };
}

function jobPayload(state: JobState, outcome: JobOutcome, totals: LoadTotals) {
  return {
    job: state.job.name,
    status: outcome.status,
    records_extracted: totals.recordsExtracted,
    inserted: totals.inserted,
    updated: totals.updated,
    deleted: totals.deleted,
    duration_ms: durationOf(state),
    notices: noticesOf(state, outcome),
  };
}

const INTERRUPTED_HINT = "the checkpoint was kept: the next run goes on from it";

function outcomeIn(state: JobState): JobOutcome {
  return outcomeOf(state.failure, state.ledger?.totals ?? null, state.context.signal);
}

function noticesOf(state: JobState, outcome: JobOutcome) {
  return outcome.notice === null ? state.tally.notices : [...state.tally.notices, outcome.notice];
}

function totalsOf({ ledger }: JobState): LoadTotals {
  return ledger?.totals ?? NOTHING;
}

const NOTHING: LoadTotals = {
  recordsExtracted: 0,
  ...noRows(),
  commits: 0,
};

function bounds({ context }: JobState): { since: string | null; until: string | null } {
  const { since, until } = context.options;
  return { since: since?.toISOString() ?? null, until: until?.toISOString() ?? null };
}
