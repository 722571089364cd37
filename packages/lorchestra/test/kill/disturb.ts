import { availableParallelism, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { change } from "./account.js";
import { compareFilesAfterKill, fingerprintOf } from "./compare-files.js";
import { problemsOfKeys } from "./compare-rows.js";
import type { DisturbedRun, RunMode } from "./kill-plan.js";
import type { Moment } from "./moment.js";
import { documentOf, expectCompleted, unexpected } from "./expected-end.js";
import { overlap } from "./overlap.js";
import { pausePastLease } from "./pause.js";
import { type RunEnd, type RunUnderWay, startCommand } from "./run-process.js";
import { throwProblems, Violation } from "./violation.js";
import { argvOf, lengthKey, type World } from "./world.js";

/** Starts a run and lets happen to it what the plan says; throws a Violation where what must hold does not. */
export async function disturb(world: World, run: DisturbedRun): Promise<void> {
  const { by, mode } = run;
  switch (by.kind) {
    case "kill":
      return killUntilItFalls(world, run, by.moment);
    case "signal":
      return interrupt(world, mode, by);
    case "overlap":
      if (await overlap(world, by.isKilled)) await afterKill(world);
      return;
    case "pause":
      return pausePastLease(world, by.share);
  }
}

/** A moment that a run does not reach is no kill: then another run is killed, earlier each time, at last at its first request. */
async function killUntilItFalls(world: World, run: DisturbedRun, moment: Moment): Promise<void> {
  const { tally, life } = world;
  const earlier = [0.5, 0.2, 0].map((share): Moment => ({ kind: "time", share, from: "first request" }));
  for (const chosen of [moment, ...earlier]) {
    const end = await killedRun(world, run, chosen);
    if (end.signal === "SIGKILL") {
      tally.fell(end.phase, life.warehouse, chosen.kind);
      if (world.isFirst) tally.count("kills in a first run");
      return afterKill(world);
    }
    tally.count("moments that a run did not reach");
    expectCompleted(world, end, run.mode);
  }
}

async function killedRun(world: World, { mode, changesMeanwhile }: DisturbedRun, moment: Moment): Promise<RunEnd> {
  const { elapsedMs, readingMs } = world.lengths.of(lengthKey(world, mode));
  const before = fingerprintOf(world.place);
  const running = await startRun(world, mode, moment);
  const busy = changesMeanwhile === 0 ? null : changeMeanwhile(world, changesMeanwhile, elapsedMs / 3);
  if (moment.kind === "time") {
    const fromStart = moment.from === "start";
    if (!fromStart) await Promise.race([running.watch.reached("request"), running.ended]);
    await killAfter(running, moment.share * (fromStart ? elapsedMs : readingMs));
  }
  const end = await running.ended;
  await busy;
  if (mode === "dry-run" && fingerprintOf(world.place) !== before)
    throw new Violation("a dry run changed the warehouse's file");
  return end;
}

function startRun(world: World, mode: RunMode, moment: Moment | null): Promise<RunUnderWay> {
  world.tally.count("runs");
  return startCommand(world.place, argvOf(mode), moment);
}

async function killAfter({ process, ended }: RunUnderWay, delayMs: number): Promise<void> {
  const timer = new AbortController();
  void ended.finally(() => timer.abort()).catch(() => {});
  await delay(delayMs, undefined, { signal: timer.signal }).catch(() => {});
  process.kill("SIGKILL");
}

async function changeMeanwhile(world: World, count: number, afterMs: number): Promise<void> {
  await delay(afterMs);
  world.changes += 1;
  await change(world.stripe, count, world.life.seed + world.changes);
}

/** What holds at once, before any other run: each key once, and no file but known ones. */
async function afterKill({ place, life }: World): Promise<void> {
  compareFilesAfterKill(place);
  // In BigQuery nothing can be torn by a process that ends: the next comparison is soon enough.
  if (life.warehouse === "bigquery") return;
  throwProblems("after a kill", problemsOfKeys((await place.read())?.rows ?? []));
}

async function interrupt(
  world: World,
  mode: RunMode,
  { signal, share }: { signal: "SIGINT" | "SIGTERM"; share: number },
): Promise<void> {
  const running = await startRun(world, mode, null);
  await Promise.race([running.watch.reached("request"), running.ended]);
  await delay(world.lengths.of(lengthKey(world, mode)).readingMs * share * share);
  const sentMs = performance.now();
  running.process.kill(signal);
  const end = await running.ended;
  const elapsedMs = performance.now() - sentMs;
  if (end.code === 0) return expectCompleted(world, end, mode);
  // Node itself ends a process that has not come to listen for signals yet, as a shell tells it by the same number.
  if (end.code === null && end.signal === signal && !end.hasRead) return;
  if (end.code !== INTERRUPTED[signal]) throw unexpected(end, `${signal} to ${argvOf(mode).join(" ")}`);
  if (elapsedMs > DRAIN_LIMIT_MS + slackMs()) throw new Violation(`${signal} took ${Math.round(elapsedMs)} ms`);
  world.tally.count("interrupted by SIGINT or SIGTERM");
  world.tally.slowest("an interrupted run's end", elapsedMs);
  // When its time is over it ends without another word: its job is then closed as a killed one is.
  if (elapsedMs > DRAIN_LIMIT_MS && end.stdout === "") return;
  const document = documentOf(end);
  if (document.status !== "interrupted") throw unexpected(end, `the status after ${signal}`);
  if (document.jobs.length > 0) world.told.push(document);
}

const DRAIN_LIMIT_MS = 10_000;

/** The program ends itself by its own clock: where others wait for the processor too, it comes to that later. */
function slackMs(): number {
  return 1_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}

const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;
