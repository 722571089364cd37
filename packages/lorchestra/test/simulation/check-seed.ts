import fc from "fast-check";
import { scenario, type Scenario } from "./scenario.js";
import { simulate, type Tally } from "./simulate.js";

/** What became of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly elapsedMs: number;
  /** What happened in the course of it; null where it failed. */
  readonly tally: Tally | null;
  readonly failure: SeedFailure | null;
}

export interface SeedFailure {
  /** Leads `--path` to the smallest course of events that fails in this way. */
  readonly path: string;
  readonly message: string;
  readonly scenario: Scenario;
}

/** Simulates the course of events that a seed makes; of one that fails it looks for a smaller one. */
export async function checkSeed(
  seed: number,
  { path, shrinkMs }: { path?: string; shrinkMs: number },
): Promise<SeedResult> {
  const startedMs = performance.now();
  let tally: Tally | null = null;
  const property = fc.asyncProperty(scenario, async (drawn) => {
    const result = await simulate(drawn);
    tally ??= result;
  });
  const run = (parameters: fc.Parameters<[Scenario]>) => fc.check(property, { seed, numRuns: 1, ...parameters });
  let details = await run({ endOnFailure: true, ...(path !== undefined && { path }) });
  if (details.failed && path === undefined && shrinkMs > 0) {
    const smaller = await run({ interruptAfterTimeLimit: shrinkMs });
    if (smaller.counterexample !== null) details = smaller;
  }
  const elapsedMs = Math.round(performance.now() - startedMs);
  if (!details.failed) return { seed, elapsedMs, tally, failure: null };
  const { counterexample, counterexamplePath, errorInstance } = details;
  return {
    seed,
    elapsedMs,
    tally: null,
    failure: {
      path: counterexamplePath ?? "0",
      message: errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance),
      scenario: (counterexample as [Scenario])[0],
    },
  };
}
