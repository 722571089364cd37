import type { RunDocument } from "./compare-events.js";
import type { Life, RunMode } from "./kill-plan.js";
import type { LengthKey, Lengths } from "./lengths.js";
import type { Place } from "./place.js";
import { JOBS } from "./run-process.js";
import type { StripeProcess } from "./stripe-process.js";
import type { Tally } from "./tally.js";

/** A life under way. */
export interface World {
  readonly life: Life;
  readonly stripe: StripeProcess;
  readonly place: Place;
  readonly lengths: Lengths;
  readonly tally: Tally;
  /** What runs said of themselves, in their order; those that were killed said nothing. */
  readonly told: RunDocument[];
  /** No run of this life has completed yet. */
  isFirst: boolean;
  /** Grows with every change, so that each is another one. */
  changes: number;
}

export const LATENCY_MS = 15;

export function argvOf(mode: RunMode): string[] {
  const flags = { plain: [], full: ["--full"], window: ["--since", "-200d"], "dry-run": ["--dry-run"] }[mode];
  return ["run", ...JOBS, ...flags, "--json"];
}

export function lengthKey({ life, isFirst }: World, mode: RunMode): LengthKey {
  return { warehouse: life.warehouse, account: life.account, isFirst, mode };
}
