import { testBigQuery } from "../warehouse/bigquery-emulator.js";
import { killPlan, type Life } from "./kill-plan.js";
import { createLengths } from "./lengths.js";
import { playLife } from "./play-life.js";
import { createTally } from "./tally.js";
import type { WarehouseKind } from "./warehouse-kind.js";

export interface KillOptions {
  readonly seed: number;
  readonly kills: Readonly<Record<WarehouseKind, number>>;
  /** So many lives at once. */
  readonly workers: number;
  /** Only the life of this number. */
  readonly life: number | null;
  print(line: string): void;
}

/** Plays the plan of a seed and prints what happened; true when nothing happened that must not. */
export async function runKills({ seed, kills, workers, life: only, print }: KillOptions): Promise<boolean> {
  const plan = killPlan(seed, kills);
  const lives = plan.lives.filter(({ number }) => only === null || number === only);
  const needsBigQuery = lives.some(({ warehouse }) => warehouse === "bigquery");
  const bigQuery = needsBigQuery ? await testBigQuery() : null;
  if (needsBigQuery && bigQuery === null) {
    print("there is no BigQuery to test against");
    return false;
  }
  const lengths = createLengths();
  const tally = createTally();
  const tools = { bigQuery, lengths, tally };
  const startedMs = performance.now();
  const failures: string[] = [];
  const playAll = async (waiting: Life[]): Promise<void> => {
    for (let life = waiting.shift(); life !== undefined && failures.length === 0; life = waiting.shift()) {
      await playLife(life, tools).catch((error: unknown) => failures.push((error as Error).message));
      const { number, warehouse, account } = life;
      if (number > 0)
        print(`life ${number} of ${plan.lives.length} (${warehouse}, ${account}): ${tally.kills} kills so far`);
    }
  };
  await playAll(measuringLives(lives));
  const waiting = [...lives];
  await Promise.all(Array.from({ length: workers }, () => playAll(waiting)));
  const elapsedS = Math.round((performance.now() - startedMs) / 1000);
  print(`seed ${seed}, ${lives.length} lives in ${elapsedS} s`);
  for (const line of tally.lines()) print(`  ${line}`);
  for (const failure of failures) print(`\nVIOLATION in ${failure}\n`);
  print(
    failures.length === 0
      ? "✓ after every kill the warehouse came to hold what Stripe holds"
      : `replay: the same command with --seed ${seed}, and --life N for that life alone`,
  );
  return failures.length === 0;
}

/** For each kind of account and warehouse one life without any disturbance: it tells how long runs take. */
function measuringLives(lives: readonly Life[]): Life[] {
  const kinds = new Map(lives.map((life) => [`${life.warehouse} ${life.account}`, life]));
  return [...kinds.values()].map((life) => ({
    ...life,
    number: 0,
    rounds: [1, 2].map(() => ({ changes: 3, changesAgeMs: 0, disturbed: [], isFull: false, isLast: false })),
  }));
}
