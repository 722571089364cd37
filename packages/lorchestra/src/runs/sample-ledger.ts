import type { Compared } from "./compare-with-row.js";
import { proportionBound } from "./proportion-bound.js";
import type { SampledPortion } from "./sample-rows.js";
import { isFault, type SampleResult } from "./verify-report.js";

const CONFIDENCE = 0.95;

/** Counts a sample, and says what it means for the whole. */
export function sampleLedger() {
  const counts = { rows: 0, of: 0, wrong: 0, listed: 0, windows: 0, missing: 0 };
  const seen = new Set<string>();
  return {
    drawn({ of, windows }: { of: number; windows: number }): void {
      counts.of = of;
      counts.windows = windows;
    },
    add(from: SampledPortion["from"], compared: readonly Compared[]): void {
      for (const { change, standing } of compared) {
        if (from === "rows") {
          counts.rows += 1;
          if (isFault(standing)) counts.wrong += 1;
        } else if (change.op === "upsert") {
          counts.listed += 1;
          if (standing === "missing") counts.missing += 1;
        }
      }
    },
    /** Without what came before: windows overlap, and hold drawn rows. */
    firstTime(compared: readonly Compared[]): Compared[] {
      return compared.filter(({ change }) => !seen.has(change.id) && seen.add(change.id));
    },
    result(): SampleResult {
      const all = counts.rows >= counts.of;
      return {
        confidence: CONFIDENCE,
        ...counts,
        wrong_at_most: all
          ? shareOf(counts.wrong, counts.rows)
          : proportionBound(counts.wrong, counts.rows, CONFIDENCE),
        missing_at_most: proportionBound(counts.missing, counts.listed, CONFIDENCE),
      };
    },
  };
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
