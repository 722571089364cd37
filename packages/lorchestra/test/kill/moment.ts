import type { Random } from "../../src/testing/random.js";
import type { WarehouseKind } from "./warehouse-kind.js";

/** When a process is killed. */
export type Moment =
  /** At this share of the time that such a run usually takes: all of it, or from its first request on. */
  | { readonly kind: "time"; readonly share: number; readonly from: "start" | "first request" }
  /** Where the program itself says that a crash would matter (`src/failpoint.ts`), at the n-th pass. */
  | { readonly kind: "failpoint"; readonly name: string; readonly pass: number }
  /** So long after DuckDB was given its n-th statement of this kind: inside of it, or just behind. */
  | {
      readonly kind: "statement";
      readonly statement: "COMMIT" | "CHECKPOINT";
      readonly pass: number;
      readonly delayMs: number;
    }
  /** Just before or just after the n-th change of a file: a rename, a link, a removal, a write. */
  | { readonly kind: "file"; readonly pass: number; readonly side: "before" | "after" }
  /** When the n-th job is sent to BigQuery: before it arrives, or once it is done and before its answer arrives. */
  | { readonly kind: "request"; readonly pass: number; readonly side: "before" | "after" };

/** Half of the moments lie evenly over runs, half at places where something is about to become durable. */
export function drawMoment(
  warehouse: WarehouseKind,
  { isHeavy, writes }: { isHeavy: boolean; writes: boolean },
  shares: Iterator<number>,
  random: Random,
): Moment {
  const draw = random.integer(100);
  if (draw < 50 || !writes) {
    return { kind: "time", share: Number(shares.next().value), from: random.chance(0.25) ? "start" : "first request" };
  }
  if (draw < 75) return { kind: "failpoint", name: random.pick(FAILPOINTS[warehouse]), pass: 1 + random.integer(4) };
  const side = random.chance(0.5) ? "before" : "after";
  if (warehouse === "bigquery") {
    return draw < 95
      ? { kind: "request", pass: 1 + random.integer(24), side }
      : { kind: "file", pass: 1 + random.integer(8), side };
  }
  if (draw >= 90) return { kind: "file", pass: 1 + random.integer(4), side };
  return {
    kind: "statement",
    statement: random.chance(0.85) ? "COMMIT" : "CHECKPOINT",
    pass: 1 + random.integer(isHeavy ? 12 : 9),
    delayMs: random.integer(200) / 10,
  };
}

const FAILPOINTS = {
  // What is inside a commit comes twice as often: only there rows and checkpoint could part.
  duckdb: ["after-job-started", "before-commit", "in-commit", "in-commit", "after-commit", "before-end-events"],
  bigquery: [
    "after-job-started",
    "before-commit",
    "before-load",
    "after-load",
    "before-checkpoint",
    "after-merge",
    "after-commit",
    "before-events",
    "before-end-events",
  ],
} as const satisfies Record<WarehouseKind, readonly [string, ...string[]]>;
