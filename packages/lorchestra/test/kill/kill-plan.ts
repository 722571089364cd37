import { createRandom, type Random } from "../../src/testing/random.js";
import { drawMoment, type Moment } from "./moment.js";
import type { WarehouseKind } from "./warehouse-kind.js";

/** What a seed chooses: the same seed and numbers, the same plan. */
export interface KillPlan {
  readonly seed: number;
  readonly lives: readonly Life[];
}

/** One account and one warehouse, from nothing to the end. */
export interface Life {
  readonly number: number;
  readonly seed: number;
  readonly warehouse: WarehouseKind;
  /** `practice`: 3,101 objects, one commit a stream; `heavy`: also 2,400 customers of 20 KB, so that a backfill commits midway. */
  readonly account: "practice" | "heavy";
  /** How Stripe writes its JSON, and whether it signs links anew at each reading. */
  readonly layout: "compact" | "indented";
  readonly isVolatile: boolean;
  readonly rounds: readonly Round[];
}

/** The account changes, some runs are disturbed, then one is left alone, and the warehouse has to be right. */
export interface Round {
  readonly changes: number;
  /** So old the changes are when the first run begins: beyond its lookback, only its place in the feed brings them. */
  readonly changesAgeMs: number;
  readonly disturbed: readonly DisturbedRun[];
  /** The run that is left alone reads everything again. */
  readonly isFull: boolean;
  /** Afterwards everything is read again and compared anew, and verified by the command itself. */
  readonly isLast: boolean;
}

export interface DisturbedRun {
  readonly mode: RunMode;
  readonly by: Disturbance;
  /** So many changes in the account while the run is under way. */
  readonly changesMeanwhile: number;
}

export type RunMode = "plain" | "full" | "window" | "dry-run";

export type Disturbance =
  | { readonly kind: "kill"; readonly moment: Moment }
  | { readonly kind: "signal"; readonly signal: "SIGINT" | "SIGTERM"; readonly share: number }
  /** A second run begins while this one goes on; afterwards this one ends by itself, or is killed. */
  | { readonly kind: "overlap"; readonly isKilled: boolean }
  /** The process stands still until its lease has passed and another run has ended, then goes on. BigQuery only. */
  | { readonly kind: "pause"; readonly share: number };

/** Plans so many kills of each warehouse, in lives of a few rounds. */
export function killPlan(seed: number, kills: Readonly<Record<WarehouseKind, number>>): KillPlan {
  const random = createRandom(seed);
  const lives: Life[] = [];
  for (const warehouse of ["duckdb", "bigquery"] as const) {
    const shares = evenShares(kills[warehouse], random);
    let planned = 0;
    for (let count = 0; planned < kills[warehouse]; count += 1) {
      const life = drawLife(
        { number: lives.length + 1, count, warehouse, left: kills[warehouse] - planned },
        shares,
        random,
      );
      planned += killsIn(life);
      lives.push(life);
    }
  }
  return { seed, lives };
}

export function killsIn(life: Life): number {
  const runs = life.rounds.flatMap(({ disturbed }) => disturbed);
  return runs.filter(({ by }) => by.kind === "kill" || (by.kind === "overlap" && by.isKilled)).length;
}

/** More than any lookback. */
const LONG_AGO_MS = 3 * 3_600_000;

interface LifeFrame {
  readonly number: number;
  /** How many lives of this warehouse were before. */
  readonly count: number;
  readonly warehouse: WarehouseKind;
  /** How many kills are still to be planned. */
  readonly left: number;
}

function drawLife({ number, count, warehouse, left }: LifeFrame, shares: Iterator<number>, random: Random): Life {
  const isHeavy = warehouse === "duckdb" && count % 10 === 1;
  const wanted = Math.min(left, isHeavy ? 5 : 12);
  // Of a heavy backfill the rest is to be read in one go, so that it can be seen how much that was.
  const firstKills = isHeavy ? 1 : 3;
  const rounds: Round[] = [];
  for (let killed = 0; killed < wanted;) {
    const isFirst = rounds.length === 0;
    const kills = Math.min(wanted - killed, isFirst ? firstKills : 2 + random.integer(4));
    const disturbed = Array.from({ length: kills }, () => drawKilledRun(warehouse, isHeavy, isFirst, shares, random));
    // The account of this life is there for this: a backfill that ends between two commits of one stream.
    if (isHeavy && isFirst) disturbed[0] = killedBetweenCommits(random);
    const extra = random.chance(0.6) ? drawOther(warehouse, isFirst, rounds.length + count, random) : [];
    disturbed.splice(random.integer(disturbed.length + 1), 0, ...extra);
    const counted = disturbed.filter(({ by }) => by.kind === "kill" || (by.kind === "overlap" && by.isKilled)).length;
    killed += counted;
    rounds.push({
      changes: isFirst ? 0 : 3 + random.integer(25),
      changesAgeMs: random.chance(0.3) ? 0 : LONG_AGO_MS,
      disturbed,
      isFull: random.chance(0.1),
      isLast: killed >= wanted,
    });
  }
  return {
    number,
    seed: random.integer(2 ** 31),
    warehouse,
    account: isHeavy ? "heavy" : "practice",
    layout: random.chance(0.5) ? "indented" : "compact",
    isVolatile: random.chance(0.5),
    rounds,
  };
}

function drawKilledRun(
  warehouse: WarehouseKind,
  isHeavy: boolean,
  isFirst: boolean,
  shares: Iterator<number>,
  random: Random,
): DisturbedRun {
  const mode = drawMode(isFirst, random);
  const moment = drawMoment(warehouse, { isHeavy, writes: mode !== "dry-run" }, shares, random);
  return { mode, by: { kind: "kill", moment }, changesMeanwhile: random.chance(0.4) ? 1 + random.integer(6) : 0 };
}

function killedBetweenCommits(random: Random): DisturbedRun {
  const moment = { kind: "failpoint", name: "after-commit", pass: 3 + random.integer(2) } as const;
  return { mode: "plain", by: { kind: "kill", moment }, changesMeanwhile: 0 };
}

function drawMode(isFirst: boolean, random: Random): RunMode {
  const draw = random.integer(100);
  if (draw < (isFirst ? 80 : 60)) return "plain";
  if (draw < 80) return "full";
  return draw < 92 ? "window" : "dry-run";
}

/** Beside the kills a round may have one other disturbance, of each kind in turn. */
function drawOther(warehouse: WarehouseKind, isFirst: boolean, turn: number, random: Random): DisturbedRun[] {
  const share = 0.15 + (0.8 * random.integer(1000)) / 1000;
  const changesMeanwhile = random.integer(4);
  const run = (by: Disturbance): DisturbedRun[] => [{ mode: "plain", by, changesMeanwhile }];
  if (warehouse === "bigquery" && turn % 3 === 1) return run({ kind: "pause", share });
  if (turn % 3 === 0) return run({ kind: "signal", signal: random.pick(["SIGINT", "SIGTERM"]), share });
  // A first run is short of streams to hold for long.
  return isFirst ? [] : run({ kind: "overlap", isKilled: random.chance(0.5) });
}

/** Shares of a run's length in random order, one from each of `count` equal parts, and then anew. */
function* evenShares(count: number, random: Random): Generator<number, never> {
  for (;;) {
    const parts = Array.from({ length: Math.max(1, Math.ceil(count / 2)) }, (_, index) => index);
    const size = parts.length;
    while (parts.length > 0) {
      const [part = 0] = parts.splice(random.integer(parts.length), 1);
      yield (part + random.integer(1000) / 1000) / size;
    }
  }
}
