import { setTimeout as delay } from "node:timers/promises";
import { change } from "./account.js";
import { documentOf, expectCompleted } from "./expected-end.js";
import { runCommand, startCommand } from "./run-process.js";
import { throwProblems } from "./violation.js";
import { argvOf, lengthKey, type World } from "./world.js";

/**
 * Lets a process stand still until its leases have passed and another run has read what is newer; then it goes on, and may
 * not write anything under the leases that it had.
 */
export async function pausePastLease(world: World, share: number): Promise<void> {
  const { place, stripe, tally, life, lengths, told } = world;
  tally.count("runs");
  const paused = await startCommand(place, argvOf("plain"));
  await Promise.race([paused.watch.reached("acquired"), paused.ended]);
  await delay(lengths.of(lengthKey(world, "plain")).readingMs * share);
  paused.process.kill("SIGSTOP");
  const { watch } = paused;
  const held = STREAMS.filter((stream) => watch.has(`acquired ${stream}`));
  // Streams that it may not write any more: it had taken their leases, and sent no commit of them yet.
  const taken = held.filter((stream) => !watch.has(`committed ${stream}`));
  const isUnderWay = paused.process.exitCode === null && taken.length > 0 && watch.phase !== "inside a commit";
  if (isUnderWay) {
    await place.expireLeases();
    world.changes += 1;
    await change(stripe, 5, life.seed + world.changes);
    const next = await runCommand(place, ...argvOf("plain"));
    tally.count("runs");
    expectCompleted(world, next, "plain");
  }
  const before = await place.read();
  paused.process.kill("SIGCONT");
  const end = await paused.ended;
  if (!isUnderWay) {
    tally.count("moments that a run did not reach");
    if (end.code === 0) expectCompleted(world, end, "plain");
    return;
  }
  const after = await place.read();
  const of = (tables: typeof before, stream: string) =>
    tables?.checkpoints.find((checkpoint) => checkpoint.stream === stream)?.run_id;
  throwProblems(
    "a process that was paused past its lease has written",
    taken
      .filter((stream) => of(before, stream) !== of(after, stream))
      .map((stream) => `${stream}: ${of(after, stream)} after ${of(before, stream)}; it ended with ${end.code}`),
  );
  if (end.stdout !== "") {
    // The run in between has closed the jobs of the streams that it held, also of those that it had committed: the first
    // end that is written down stays. What it says of the others has to be in the log.
    const document = documentOf(end);
    const isOpen = ({ job }: { job: string }): boolean => !held.some((stream) => job === `stripe_ingest_${stream}`);
    told.push({ ...document, jobs: document.jobs.filter(isOpen) });
  }
  tally.count("processes paused past their lease");
}

const STREAMS = ["customers", "invoices", "payment_intents", "refunds"];
