import fc from "fast-check";
import { scenario, type Scenario } from "./scenario.js";
import { simulate, type Simulated } from "./simulate.js";

/** What became of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly elapsedMs: number;
  /** What happened in the course of it; null where it failed. */
  readonly simulated: Simulated | null;
  readonly failure: SeedFailure | null;
}

export interface SeedFailure {
  readonly scenario: Scenario;
  /** Leads to the smallest course of events that fails in this way. */
  readonly path: string;
  /** What failed, in which course of events, and the command that replays it. */
  readonly text: string;
}

export interface CheckOptions {
  /** Of a failure: what it said. Replays just that. */
  readonly path?: string;
  /** How long a smaller course of events is looked for. */
  readonly shrinkMs: number;
  /** How a course of events is played. Default: `simulate`. */
  readonly play?: (drawn: Scenario) => Promise<Simulated>;
}

/** Simulates the course of events that a seed makes; of one that fails it looks for a smaller one. */
export async function checkSeed(seed: number, options: CheckOptions): Promise<SeedResult> {
  const { path, shrinkMs, play = simulate } = options;
  const startedMs = performance.now();
  let simulated: Simulated | null = null;
  const property = fc.asyncProperty(scenario, async (drawn) => {
    const result = await play(drawn);
    simulated ??= result;
  });
  const run = (parameters: fc.Parameters<[Scenario]>) => fc.check(property, { seed, numRuns: 1, ...parameters });
  let details = await run({ endOnFailure: true, ...(path !== undefined && { path }) });
  if (details.failed && path === undefined && shrinkMs > 0) {
    const smaller = await run({ interruptAfterTimeLimit: shrinkMs });
    if (smaller.counterexample !== null) details = smaller;
  }
  const elapsedMs = Math.round(performance.now() - startedMs);
  if (!details.failed) return { seed, elapsedMs, simulated, failure: null };
  const { counterexample, counterexamplePath, errorInstance } = details;
  const failed = { scenario: (counterexample as [Scenario])[0], path: counterexamplePath ?? "0" };
  return { seed, elapsedMs, simulated: null, failure: { ...failed, text: textOf(seed, failed, errorInstance) } };
}

function textOf(seed: number, failed: Omit<SeedFailure, "text">, error: unknown): string {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `seed ${seed} fails: ${message}`,
    `the smallest history found that fails: ${JSON.stringify(failed.scenario, null, 2)}`,
    `replay it: npm run test:simulate -- --seed ${seed} --path ${failed.path}`,
  ].join("\n");
}
