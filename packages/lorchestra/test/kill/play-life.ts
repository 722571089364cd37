import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestBigQuery } from "../warehouse/bigquery-emulator.js";
import { change, EVENTS_ARRIVE_MS, furnish, pass } from "./account.js";
import { bigqueryPlace } from "./bigquery-place.js";
import { compareEvents, killedJobs } from "./compare-events.js";
import { compareFiles } from "./compare-files.js";
import { compareRows } from "./compare-rows.js";
import { disturb } from "./disturb.js";
import { expectCompleted, unexpected } from "./expected-end.js";
import { duckdbPlace } from "./duckdb-place.js";
import type { Life, Round, RunMode } from "./kill-plan.js";
import type { Lengths } from "./lengths.js";
import type { Tables } from "./place.js";
import { watchResumption } from "./resumption.js";
import { runCommand } from "./run-process.js";
import { startStripe } from "./stripe-process.js";
import type { Tally } from "./tally.js";
import { Violation } from "./violation.js";
import { argvOf, LATENCY_MS, lengthKey, type World } from "./world.js";

export interface LifeTools {
  readonly bigQuery: TestBigQuery | null;
  readonly lengths: Lengths;
  readonly tally: Tally;
}

/** Plays one life to its end. Throws at the first Violation, with the round and the folder that holds the evidence. */
export async function playLife(life: Life, { bigQuery, lengths, tally }: LifeTools): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), `lorchestra-kill-${life.number}-`));
  await using stripe = await startStripe({ seed: life.seed, latencyMs: LATENCY_MS });
  await using place =
    bigQuery === null || life.warehouse === "duckdb"
      ? duckdbPlace(directory, stripe)
      : await bigqueryPlace(bigQuery, directory, stripe);
  await furnish(stripe, life);
  const world: World = { life, stripe, place, lengths, tally, told: [], isFirst: true, changes: 0 };
  for (const [index, round] of life.rounds.entries()) {
    try {
      await playRound(world, round);
    } catch (error) {
      for (const process of place.processes) process.kill("SIGKILL");
      const at = `life ${life.number} (${life.warehouse}, ${life.account}), round ${index + 1} of ${life.rounds.length}`;
      const what = error instanceof Violation ? error.message : String((error as Error).stack);
      const runs = round.disturbed.map((run) => JSON.stringify(run)).join("\n  ");
      throw new Violation(`${at}: ${what}\nthe runs of this round:\n  ${runs}\nevidence: ${directory}`);
    }
  }
  rmSync(directory, { recursive: true });
}

async function playRound(world: World, round: Round): Promise<void> {
  const { life, place, stripe, tally } = world;
  world.changes += 1;
  await change(stripe, round.changes, life.seed + world.changes);
  await pass(stripe, round.changesAgeMs);
  const wasFirst = world.isFirst;
  for (const run of round.disturbed) {
    place.note({ run });
    await disturb(world, run);
  }
  await pass(stripe, EVENTS_ARRIVE_MS);
  await completeRun(world, round, wasFirst && round.disturbed.every(({ mode }) => KEEPS_PLACE.has(mode)));
  const tables = await compareAll(world, round.isFull);
  if (!round.isLast) return;
  for (let count = killedJobs(tables); count > 0; count -= 1) tally.count("jobs closed as killed");
  tally.count("runs");
  expectCompleted(world, await runCommand(place, ...argvOf("full")), "full");
  await compareAll(world, true);
  const verified = await runCommand(place, "verify", "--all", "--json");
  if (verified.code !== 0) throw unexpected(verified, "verify --all");
  tally.count("verify --all, nothing to find");
}

async function compareAll({ life, place, stripe, tally, told }: World, isFull: boolean): Promise<Tables> {
  const tables = await place.read();
  if (tables === null) throw new Violation("there are no tables after a run that completed");
  tally.compared(await compareRows(stripe, tables, { warehouse: life.warehouse, isFull }));
  compareEvents(tables, told);
  compareFiles(place, tables);
  return tables;
}

/** A full run begins anew; a windowed one writes rows without a checkpoint. */
const KEEPS_PLACE: ReadonlySet<RunMode> = new Set<RunMode>(["plain", "dry-run"]);

/** One run is left alone. In a first round it has to go on where the others stood. */
async function completeRun(world: World, { isFull, disturbed }: Round, isBackfill: boolean): Promise<void> {
  const { place, stripe, tally, lengths } = world;
  const tables = isBackfill && !isFull && world.isFirst ? await place.read() : null;
  const resumption = tables === null ? null : watchResumption(stripe, tables);
  await stripe.forget();
  const mode = isFull ? "full" : "plain";
  const key = lengthKey(world, mode);
  tally.count("runs");
  const end = await runCommand(place, ...argvOf(mode));
  expectCompleted(world, end, mode);
  if (disturbed.length === 0) lengths.measured(key, end);
  else tally.count("runs that completed after a kill");
  for (const each of (await resumption?.end()) ?? []) tally.resumed(each);
}
