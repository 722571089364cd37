import type { Compared } from "../compare/compare-with-rows.js";
import { proportionBound } from "./proportion-bound.js";
import type { SampledPortion, SampleFacts } from "./sample-rows.js";
import { isFault, type SampleResult } from "../verify-report.js";

const CONFIDENCE = 0.95;

/** Counts a sample, and says what it means for the whole. */
export function sampleLedger() {
  let facts: SampleFacts = { of: 0, windows: [], isWhole: false };
  const counts = { rows: 0, wrong: 0, listed: 0, missing: 0 };
  const missingCreated: number[] = [];
  const seen = new Set<string>();

  const countRow = ({ standing }: Compared): void => {
    counts.rows += 1;
    if (isFault(standing)) counts.wrong += 1;
  };
  const countListed = ({ change, standing }: Compared): void => {
    if (change.op === "delete") return;
    counts.listed += 1;
    if (standing !== "missing") return;
    counts.missing += 1;
    if (change.created !== null) missingCreated.push(change.created);
  };
  const lacksSome = ({ from, until }: SampleFacts["windows"][number]): boolean =>
    missingCreated.some((created) => created >= (from ?? -Infinity) && created < (until ?? Infinity));

  return {
    onFacts(told: SampleFacts): void {
      facts = told;
    },
    add(from: SampledPortion["from"], compared: readonly Compared[]): void {
      for (const one of compared) {
        if (from === "lists") countListed(one);
        // Where nothing is drawn, each row that is met counts.
        if (from === "rows" || (facts.windows.length === 0 && one.row !== null && one.row.deletedAt === null))
          countRow(one);
      }
    },
    /** Without what came before: windows hold drawn rows. */
    firstTime(compared: readonly Compared[]): Compared[] {
      return compared.filter(({ change }) => !seen.has(change.id) && seen.add(change.id));
    },
    result(): SampleResult {
      const { of, windows, isWhole } = facts;
      const share = (part: number, all: number): number => (all === 0 ? 0 : part / all);
      const bound = (part: number, drawn: number): number => proportionBound(part, drawn, CONFIDENCE);
      // Without windows and not whole, a listing was cut short: nothing was drawn at random.
      const [wrongAtMost, missingAtMost] = isWhole
        ? [share(counts.wrong, counts.rows), share(counts.missing, counts.listed)]
        : windows.length === 0
          ? [1, 1]
          : [
              counts.rows >= of ? share(counts.wrong, counts.rows) : bound(counts.wrong, counts.rows),
              bound(windows.filter(lacksSome).length, windows.length),
            ];
      return {
        confidence: CONFIDENCE,
        complete: isWhole,
        ...counts,
        of,
        windows: windows.length,
        wrong_at_most: wrongAtMost,
        missing_at_most: missingAtMost,
      };
    },
  };
}
