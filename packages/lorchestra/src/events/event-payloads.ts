/**
 * The `payload` of each event, by type: names are stable, a field is only ever added.
 *
 * Counts are exact and sum up all commits of the job. Times are ISO 8601 in UTC.
 */
export interface EventPayloads {
  readonly "job.started": JobStartedPayload;
  readonly "ingest.completed": IngestPayload;
  readonly "ingest.failed": IngestPayload & { readonly error: EventError };
  readonly "upsert.completed": UpsertPayload;
  readonly "job.completed": JobEndedPayload;
  readonly "job.failed": JobEndedPayload & { readonly error: EventError };
  /** A `job.failed` that a later run wrote for a job that was killed. */
  readonly "job.killed": JobKilledPayload;
}

export interface JobStartedPayload {
  readonly job: string;
  /** As in the source's address: "payment_intents"; null for a job that reads no stream. */
  readonly stream: string | null;
  /** Null for a job that reads no stream, and for one that failed before its mode was known. */
  readonly mode: RunMode | null;
  /** The bounds that were asked for; null without them. */
  readonly since: string | null;
  readonly until: string | null;
}

/**
 * `first`: nothing was there; `adopted`: rows of an earlier tool but no checkpoint; `incremental`: from the checkpoint;
 * `window`: --since or --until; `full`: --full; `repair`: verify --repair.
 */
export type RunMode = "first" | "adopted" | "incremental" | "window" | "full" | "repair";

export interface IngestPayload {
  readonly job: string;
  readonly stream: string;
  readonly mode: RunMode | null;
  /** Distinct objects that were read. */
  readonly records_extracted: number;
  readonly inserted: number;
  readonly requests: number;
  readonly retries: number;
  readonly rate_limited: number;
  readonly duration_ms: number;
  readonly since: string | null;
  readonly until: string | null;
  /** Up to when the stream was complete before this run; null where it was not. */
  readonly previous_watermark: string | null;
  readonly watermark: string | null;
  readonly notices: readonly EventNotice[];
}

export interface UpsertPayload {
  readonly job: string;
  readonly stream: string;
  readonly records_extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly stale: number;
  readonly quarantined: number;
  readonly commits: number;
}

export interface JobEndedPayload {
  readonly job: string;
  readonly status: "completed" | "skipped" | "failed" | "interrupted";
  readonly records_extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly duration_ms: number;
  readonly notices: readonly EventNotice[];
}

export interface JobKilledPayload {
  readonly job: string | null;
  readonly status: "failed";
  readonly error: EventError;
  readonly started_at: string;
  /** The run that noticed. */
  readonly found_by_run: string;
}

export interface EventNotice {
  readonly code: string;
  readonly message: string;
}

export interface EventError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
