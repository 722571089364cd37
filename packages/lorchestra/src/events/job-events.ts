import type { JsonValue } from "injest";
import type { EventRow, EventType } from "./event-row.js";
import type { EventPayloads } from "./event-payloads.js";

/** The job of a run that the events are about. */
export interface EventSubject {
  readonly runId: string;
  /** Made once a job and run: the ids of its events come from it, so that each of them exists at most once. */
  readonly jobId: string;
  readonly job: string;
  readonly sourceName: string;
  readonly connectionName: string;
  /** Null for a job that reads no stream. */
  readonly objectType: string | null;
}

/** The job holds its stream and has begun to read. */
export function jobStarted(subject: EventSubject, at: Date, payload: EventPayloads["job.started"]): EventRow {
  return eventRow(subject, "job.started", at, payload, null);
}

/** All that was asked for has been read. */
export function ingestCompleted(subject: EventSubject, at: Date, payload: EventPayloads["ingest.completed"]): EventRow {
  return eventRow(subject, "ingest.completed", at, payload, null);
}

/** The reading ended early, by an error or by an interruption. */
export function ingestFailed(subject: EventSubject, at: Date, payload: EventPayloads["ingest.failed"]): EventRow {
  return eventRow(subject, "ingest.failed", at, payload, payload.error.message);
}

/** What the run's commits did to `raw_objects`, all together. */
export function upsertCompleted(subject: EventSubject, at: Date, payload: EventPayloads["upsert.completed"]): EventRow {
  return eventRow(subject, "upsert.completed", at, payload, null);
}

export function jobCompleted(subject: EventSubject, at: Date, payload: EventPayloads["job.completed"]): EventRow {
  return eventRow(subject, "job.completed", at, payload, null);
}

export function jobFailed(subject: EventSubject, at: Date, payload: EventPayloads["job.failed"]): EventRow {
  return eventRow(subject, "job.failed", at, payload, payload.error.message);
}

/**
 * Closes a job of an earlier run that never wrote its end. It carries that run's correlation id, and the id that the
 * job's own end would have had: whichever of the two arrives first is the one that stays.
 */
export function jobKilled(started: EventRow, at: Date, foundByRunId: string): EventRow {
  const payload: EventPayloads["job.killed"] = {
    job: jobNameOf(started),
    status: "failed",
    error: {
      code: "KILLED",
      message: KILLED,
      hint: "nothing to do: the checkpoint was kept, and this run went on from it",
    },
    started_at: started.created_at.toISOString(),
    found_by_run: foundByRunId,
  };
  return {
    ...started,
    event_id: eventId(started.event_id.replace(/-started$/, ""), "job.failed"),
    event_type: "job.failed",
    event_schema_ref: schemaRef("job.failed"),
    created_at: at,
    status: "failed",
    error_message: KILLED,
    payload: payload as unknown as JsonValue,
  };
}

const KILLED = "killed";

function eventRow(subject: EventSubject, type: EventType, at: Date, payload: object, error: string | null): EventRow {
  const ofJob = type.startsWith("job.");
  return {
    event_id: eventId(subject.jobId, type),
    event_type: type,
    source_system: ofJob ? "lorchestra" : subject.sourceName,
    connection_name: subject.connectionName,
    target_object_type: subject.objectType,
    event_schema_ref: schemaRef(type),
    correlation_id: subject.runId,
    trace_id: null,
    created_at: at,
    status: error === null ? "ok" : "failed",
    error_message: error,
    // The payload types hold JSON values only; TypeScript does not see that of an interface.
    payload: payload as unknown as JsonValue,
  };
}

function eventId(jobId: string, type: EventType): string {
  return `${jobId}-${EVENT_ID_ENDINGS[type]}`;
}

/** A job has one ingest event and one end, whichever of the two they are: so the pairs share an id. */
const EVENT_ID_ENDINGS: Readonly<Record<EventType, string>> = {
  "job.started": "started",
  "ingest.completed": "ingest",
  "ingest.failed": "ingest",
  "upsert.completed": "upsert",
  "job.completed": "ended",
  "job.failed": "ended",
};

/** Names the payload's shape, and its version: a field is only ever added. */
function schemaRef(type: EventType): string {
  return `lorchestra/${type}/1`;
}

function jobNameOf(started: EventRow): string | null {
  const { payload } = started;
  if (payload === null || typeof payload !== "object" || Array.isArray(payload)) return null;
  const { job } = payload as Readonly<Record<string, JsonValue>>;
  return typeof job === "string" ? job : null;
}
