import type { Interval } from "injest";
import type { ReportedError } from "./run-report.js";

/** What `lorchestra plan --json` prints; names and shapes are stable. */
export interface PlanReport {
  readonly jobs: readonly PlannedJob[];
}

/** What a first or a full run of one job would take; figures are null where the source could not be asked. */
export interface PlannedJob {
  readonly job: string;
  readonly connection_name: string;
  readonly object_type: string | null;
  readonly objects: Interval | null;
  readonly requests: Interval | null;
  readonly duration_ms: Interval | null;
  /** Bytes of JSON. */
  readonly size_bytes: Interval | null;
  /** Requests that the plan itself took. */
  readonly probes: number;
  readonly warehouse: PlannedLoad | null;
  readonly error: ReportedError | null;
}

export interface PlannedLoad {
  readonly stored_bytes: Interval;
  /** Null where the warehouse bills nothing. */
  readonly bytes_billed: Interval | null;
  readonly price_usd: Interval | null;
  readonly assumptions: readonly string[];
}
