import type { JsonValue } from "injest";

/** A row of `event_log`. */
export interface EventRow {
  readonly event_id: string;
  readonly event_type: EventType;
  /** `lorchestra` for job.*, the source for the others. */
  readonly source_system: string;
  readonly connection_name: string | null;
  readonly target_object_type: string | null;
  readonly event_schema_ref: string | null;
  /** The run's id: one call of `lorchestra run`. */
  readonly correlation_id: string;
  readonly trace_id: string | null;
  readonly created_at: Date;
  readonly status: "ok" | "failed";
  readonly error_message: string | null;
  readonly payload: JsonValue;
}

export type EventType =
  | "job.started"
  | "job.completed"
  | "job.failed"
  | "ingest.completed"
  | "ingest.failed"
  | "upsert.completed";
