import type { WarehouseUsage } from "../warehouse/warehouse.js";

/** What `lorchestra run --json` prints; names and shapes are stable, `docs/json.md` has them. */
export interface RunReport {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly dry_run: boolean;
  readonly jobs: readonly JobReport[];
  /** On warehouses that count such things. */
  readonly usage: WarehouseUsage | null;
}

/** `partial`: some jobs completed and others did not, or rows are in quarantine. */
export type RunStatus = "completed" | "partial" | "failed" | "interrupted";

export type JobStatus = "completed" | "failed" | "interrupted" | "skipped";

export interface JobReport {
  readonly job: string;
  readonly connection_name: string;
  readonly object_type: string | null;
  readonly status: JobStatus;
  /** Distinct objects that were read. */
  readonly records_extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly stale: number;
  readonly quarantined: number;
  readonly requests: number;
  readonly retries: number;
  readonly rate_limited: number;
  readonly duration_ms: number;
  /** ISO 8601, UTC; null without a window. */
  readonly since: string | null;
  readonly until: string | null;
  /** The stream was complete up to this time before the run (ISO 8601, UTC); null where it was not, and for a dry run. */
  readonly previous_watermark: string | null;
  /** The stream is complete up to this time (ISO 8601, UTC); null for windowed runs and where it is not. */
  readonly watermark: string | null;
  readonly notices: readonly Notice[];
  /** In a dry run: some of the changes that a run would make. Paths of fields, no values. */
  readonly sample: readonly SampleChange[];
  readonly error: ReportedError | null;
}

/** A thing that a person should know and that is no error. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

export interface SampleChange {
  readonly id: string;
  readonly action: "insert" | "update" | "delete";
  /** Dotted paths that differ, for an update. */
  readonly paths: readonly string[];
  /** With --show-values: old and new JSON texts by path. */
  readonly values?: Readonly<Record<string, readonly [string | null, string | null]>>;
}

export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}
