import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSeed } from "./check-seed.js";
import { scenario, type Scenario } from "./scenario.js";
import { simulate, type Simulated } from "./simulate.js";

const TIMEOUT_MS = 120_000;

describe("a simulated history", () => {
  it(
    "ends with what the account holds, and takes the same course when its seed is given again",
    async () => {
      for (let seed = 1; seed <= 4; seed += 1) {
        const [first, again] = [await checkSeed(seed, { shrinkMs: 0 }), await checkSeed(seed, { shrinkMs: 0 })];
        expect(first.failure?.text).toBeUndefined();
        expect(again.simulated).toEqual(first.simulated);
        expect(first.simulated?.trace).toMatch(/^[0-9a-f]{16}$/);
      }
    },
    TIMEOUT_MS,
  );

  it(
    "takes the same course whether its rows are in a database or in memory, if nothing interrupts it",
    async () => {
      const drawn = fc.sample(scenario, { seed: 11, numRuns: 200 }).find((each) => isComparable(each)) as Scenario;
      const traces = [];
      for (const warehouse of ["duckdb", "memory"] as const) {
        const { trace, tally } = await simulate({ ...drawn, machine: { ...drawn.machine, warehouse } });
        expect(tally.commits).toBeGreaterThan(10);
        traces.push(trace);
      }
      expect(traces[1]).toBe(traces[0]);
    },
    TIMEOUT_MS,
  );

  it("that fails is told with the command that replays it, in its smallest form", async () => {
    const play = ({ steps }: Scenario): Promise<Simulated> =>
      steps.some(({ kind }) => kind === "run")
        ? Promise.reject(new Error(`a run, and ${steps.length} steps`))
        : Promise.resolve({ tally: NOTHING, largestCheckpoint: 0, trace: "" });
    const whole = await checkSeed(3, { shrinkMs: 0, play });
    const { failure } = await checkSeed(3, { shrinkMs: 5_000, play });
    expect(failure?.scenario.steps.length).toBeLessThan(whole.failure?.scenario.steps.length ?? 0);
    const [, seed, path] = /npm run test:simulate -- --seed (\d+) --path (\S+)$/.exec(failure?.text ?? "") ?? [];
    expect(seed).toBe("3");
    const replayed = await checkSeed(Number(seed), { path: path ?? "", shrinkMs: 0, play });
    expect(replayed.failure?.scenario).toEqual(failure?.scenario);
    expect(replayed.failure?.text.split("\n")[0]).toBe(failure?.text.split("\n")[0]);
  });
});

const NOTHING = {
  completed: 0,
  failed: 0,
  interrupted: 0,
  killed: 0,
  verifications: 0,
  commits: 0,
  faults: 0,
  requests: 0,
};

/** Only a database has moments within a commit, and only the warehouse in memory refuses a payload. */
function isComparable({ account, steps }: Scenario): boolean {
  const isUndisturbed = steps.every((step) => step.kind !== "run" || step.moments.length === 0);
  return isUndisturbed && account.customers > 50 && steps.length > 5 && !JSON.stringify(steps).includes("invoice.odd");
}
