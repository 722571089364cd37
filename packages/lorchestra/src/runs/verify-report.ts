import type { Notice, ReportedError } from "./run-report.js";

/** What `lorchestra verify --json` prints; names and shapes are stable. */
export interface VerifyReport {
  readonly run_id: string;
  /** `skipped`: every stream was, so that nothing was compared. */
  readonly status: VerifyStatus | "skipped";
  readonly repair: boolean;
  readonly jobs: readonly StreamVerification[];
}

/**
 * `equal`: everything was compared, and is equal. `sampled`: only a sample was, and no fault is in it. `different` also while
 * some other stream could not be verified; `failed` when none differs but not all could be.
 */
export type VerifyStatus = "equal" | "sampled" | "different" | "failed" | "interrupted";

/**
 * How an object stands. The first five are faults.
 *
 * `missing`: in the source, not in the warehouse. `extra`: in the warehouse, not in the source. `stale`: the stored payload
 * differs. `incomplete`: it lacks items of a nested list. `doubled`: there are several live rows of it, right or not, which
 * only another hand can have written. `outdated`: it differs and was read in another API version, and so was the stream's
 * checkpoint: the next run reads everything again. `behind`: it was created after the stream's watermark, or an event of the
 * source names it that no run has read, so the next run brings it. `quarantined`: the warehouse cannot hold it as it is, and
 * `quarantine` has its text.
 */
export type Standing = (typeof STANDINGS)[number];

export const FAULTS = ["missing", "extra", "stale", "incomplete", "doubled"] as const;
export type Fault = (typeof FAULTS)[number];

export const STANDINGS = [...FAULTS, "quarantined", "outdated", "behind", "equal"] as const;

export function isFault(standing: Standing): standing is Fault {
  return (FAULTS as readonly Standing[]).includes(standing);
}

export interface StreamVerification {
  readonly job: string;
  readonly connection_name: string;
  readonly object_type: string | null;
  readonly status: VerifyStatus | "skipped";
  /** Objects that the source has; in a sample, those that were looked at. */
  readonly in_source: number;
  /** Rows that are not deleted; in a sample, those that were looked at. */
  readonly in_warehouse: number;
  readonly standings: Readonly<Record<Standing, number>>;
  /** Sums of the stream's amount in the currency's smallest unit, as decimal digits; empty for records without one. */
  readonly money: readonly MoneySum[];
  /** The first of what is not equal. */
  readonly findings: readonly Finding[];
  readonly sample: SampleResult | null;
  /** With --repair; null without. */
  readonly repair: RepairResult | null;
  /** The stream was said to be complete up to this time (ISO 8601, UTC); null where it was not. */
  readonly watermark: string | null;
  readonly requests: number;
  readonly retries: number;
  readonly rate_limited: number;
  readonly duration_ms: number;
  readonly notices: readonly Notice[];
  readonly error: ReportedError | null;
}

export interface MoneySum {
  readonly currency: string;
  readonly in_source: string;
  readonly in_warehouse: string;
}

export interface Finding {
  readonly id: string;
  readonly standing: Exclude<Standing, "equal">;
  /** Dotted paths that differ; no values. */
  readonly paths: readonly string[];
  /** When the stored payload was read (ISO 8601, UTC); null without a row. */
  readonly read_at: string | null;
}

/** What a sample says about the whole, and how surely. */
export interface SampleResult {
  readonly confidence: number;
  /** All that the source lists was compared after all, because it takes no more requests than a sample. */
  readonly complete: boolean;
  /** Live rows compared, drawn at random, of how many, and how many of them were at fault. */
  readonly rows: number;
  readonly of: number;
  readonly wrong: number;
  /** With the confidence given, no larger share of all rows is at fault. */
  readonly wrong_at_most: number;
  /** Objects that the source listed, and how many of these were missing. */
  readonly listed: number;
  readonly missing: number;
  /** Windows of time that were drawn at random and listed, half of them by time and half by the number of rows. */
  readonly windows: number;
  /** With the confidence given, no larger share of such windows lacks an object. */
  readonly missing_at_most: number;
}

export interface RepairResult {
  /** Objects that were read again, and that the warehouse has now as they are. */
  readonly repaired: number;
  /** Objects that were read again, and that the warehouse refused: `quarantine` has their texts. */
  readonly quarantined: number;
  /** Faults that are still there afterwards. */
  readonly remaining: number;
}

/** Objects that the warehouse cannot hold as they are: those that it had refused before, and those that it refused of a repair. */
export function quarantinedIn({ standings, repair }: Pick<StreamVerification, "standings" | "repair">): number {
  return standings.quarantined + (repair?.quarantined ?? 0);
}
