import type { LoggedEvent, Tables } from "./place.js";
import { JOBS } from "./run-process.js";
import { throwProblems } from "./violation.js";

/** What `run --json` printed, as far as it is compared. */
export interface RunDocument {
  readonly run_id: string;
  readonly status: string;
  readonly jobs: readonly {
    readonly job: string;
    readonly object_type: string;
    readonly status: string;
    readonly inserted: number;
    readonly updated: number;
    readonly unchanged: number;
    readonly deleted: number;
    readonly records_extracted: number;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

/**
 * The log once a run of all four jobs has completed: each job of each run that ever began has one start and one end, one of
 * a run that was killed too, and what the runs that could still speak said of themselves is what they wrote.
 */
export function compareEvents(tables: Tables, told: readonly RunDocument[]): void {
  const { events, rows, checkpoints } = tables;
  const problems: string[] = [];
  if (new Set(events.map(({ event_id }) => event_id)).size !== events.length) problems.push("an event is there twice");
  for (const ofJob of byJob(events)) problems.push(...problemsOfJob(ofJob));
  const begun = new Set(events.map(({ correlation_id }) => correlation_id));
  const strangers = new Set(rows.map(({ run_id }) => run_id).filter((runId) => !begun.has(runId)));
  for (const runId of strangers) problems.push(`rows were written by ${runId}, which is not in the log`);
  for (const document of told) problems.push(...problemsOfTold(document, events));
  const last = told.at(-1);
  if (checkpoints.length !== JOBS.length) problems.push(`there are ${checkpoints.length} checkpoints`);
  for (const { stream, run_id } of checkpoints) {
    if (run_id !== last?.run_id) problems.push(`the checkpoint of ${stream} is of ${run_id}, not of ${last?.run_id}`);
  }
  throwProblems("the log or the checkpoints are wrong", problems);
}

/** The ids of a job's events begin alike. */
function byJob(events: readonly LoggedEvent[]): Iterable<LoggedEvent[]> {
  const jobs = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const job = event.event_id.slice(0, event.event_id.lastIndexOf("-"));
    jobs.set(job, [...(jobs.get(job) ?? []), event]);
  }
  return jobs.values();
}

function problemsOfJob(events: readonly LoggedEvent[]): string[] {
  const count = (...types: string[]): number => events.filter(({ event_type }) => types.includes(event_type)).length;
  const at = `${events[0]?.target_object_type} of ${events[0]?.correlation_id}`;
  const problems: string[] = [];
  if (count("job.started") !== 1) problems.push(`${at}: ${count("job.started")} starts`);
  if (count("job.completed", "job.failed") !== 1) problems.push(`${at}: ${count("job.completed", "job.failed")} ends`);
  if (count("ingest.completed", "ingest.failed") > 1) problems.push(`${at}: two ends of its reading`);
  if (count("upsert.completed") > 1) problems.push(`${at}: upsert.completed twice`);
  if (new Set(events.map((event) => `${event.correlation_id} ${event.target_object_type}`)).size > 1)
    problems.push(`${at}: events of several subjects`);
  return problems;
}

function problemsOfTold(document: RunDocument, events: readonly LoggedEvent[]): string[] {
  const problems: string[] = [];
  for (const job of document.jobs) {
    const own = events.filter(
      (event) => event.correlation_id === document.run_id && event.target_object_type === job.object_type,
    );
    const end = own.find(({ event_type }) => event_type === "job.completed" || event_type === "job.failed");
    const at = `${job.job} of ${document.run_id} (${job.status})`;
    // One that was asked to stop before it began, or that found the stream taken, leaves nothing.
    if (own.length === 0 && job.status !== "completed") continue;
    if (end?.event_type !== (job.status === "completed" ? "job.completed" : "job.failed"))
      problems.push(`${at} ended in the log with ${end?.event_type ?? "nothing"}`);
    const upsert = own.find(({ event_type }) => event_type === "upsert.completed");
    if (upsert === undefined) {
      if (job.status === "completed") problems.push(`${at} has no upsert.completed`);
      continue;
    }
    const payload = JSON.parse(upsert.payload) as Record<string, unknown>;
    for (const name of ["records_extracted", "inserted", "updated", "unchanged", "deleted"] as const) {
      if (Number(payload[name]) !== job[name])
        problems.push(`${at}: ${name} is ${String(payload[name])} in the log, and ${job[name]} was said`);
    }
  }
  return problems;
}

/** Jobs that a later run has closed, because theirs was killed. */
export function killedJobs({ events }: Tables): number {
  return events.filter(({ event_type, payload }) => event_type === "job.failed" && /"code":\s*"KILLED"/.test(payload))
    .length;
}
