import { expectCompleted, unexpected } from "./expected-end.js";
import { startCommand } from "./run-process.js";
import { Violation } from "./violation.js";
import { argvOf, type World } from "./world.js";

/** How soon a second run has to be refused. */
const REFUSED_WITHIN_MS = { duckdb: 2_000, bigquery: 5_000 } as const;
/** What the machine does besides is not the program's fault: so often it may be asked again. */
const TRIES = 10;

/**
 * While a run goes on a second one begins: it has to end soon, and to say whose fault it is. The first is held at its place
 * meanwhile, by SIGSTOP, so that it cannot be over before. Returns whether it was killed there.
 */
export async function overlap(world: World, isKilled: boolean): Promise<boolean> {
  const { place, tally, life } = world;
  tally.count("runs");
  const holder = await startCommand(place, argvOf("plain"));
  const isHeld = life.warehouse === "duckdb" ? holder.watch.reached("request") : holder.watch.reached("acquired", 4);
  await Promise.race([isHeld, holder.ended]);
  holder.process.kill("SIGSTOP");
  for (let tries = 1; ; tries += 1) {
    const second = await (await startCommand(place, argvOf("plain"))).ended;
    tally.count("runs");
    if (second.code !== 6) throw unexpected(second, "a second run");
    if (!`${second.stdout}${second.stderr}`.includes(String(holder.process.pid)))
      throw unexpected(second, `a second run, which does not name ${holder.process.pid},`);
    if (second.elapsedMs <= REFUSED_WITHIN_MS[life.warehouse]) {
      tally.count("second runs refused");
      tally.slowest("a second run's refusal", second.elapsedMs);
      break;
    }
    if (tries === TRIES) throw new Violation(`a second run was refused after ${Math.round(second.elapsedMs)} ms`);
  }
  holder.process.kill(isKilled ? "SIGKILL" : "SIGCONT");
  const end = await holder.ended;
  if (isKilled) tally.fell(end.phase, life.warehouse, "overlap");
  else expectCompleted(world, end, "plain");
  return isKilled;
}
