import { systemClock } from "injest/clock";
import { armFailpoint } from "../../failpoint.js";
import { exitCodeOfError } from "../exit-code.js";
import { main } from "../main.js";
import { listenForDefects } from "./defects.js";
import { readInput } from "./input.js";
import { keepOneMemoryPool } from "./native-memory.js";
import { flushed, outputOf, tellUnwritten } from "./output.js";
import { keepForUs, muteMetadataWarnings } from "./others-code.js";
import { listenForSignals } from "./signals.js";
import { machineTimeZone, workingDirectory } from "./surroundings.js";
import { tuneV8 } from "./tune-v8.js";

/** Runs this process's command line. Only this folder knows the process. */
export async function runProcess(): Promise<never> {
  armFailpoint(process.env.LORCHESTRA_FAILPOINT);
  muteMetadataWarnings();
  const exit = process.exit.bind(process);
  // Before any module of a job's: its own listeners come after ours.
  const signal = listenForSignals(exit);
  keepForUs(signal);
  keepOneMemoryPool(process.env);
  tuneV8();
  const stdout = outputOf(process.stdout);
  const stderr = outputOf(process.stderr);
  const exitCode = await main(process.argv.slice(2), {
    stdout,
    stderr,
    readInput,
    environment: process.env,
    cwd: workingDirectory,
    clock: systemClock,
    // Asked for only where a time is told: it costs 40 ms to find out.
    timeZone: machineTimeZone,
    signal,
    defect: listenForDefects(signal),
  });
  await flushed(process.stdout);
  const unwritten = exitCode === 0 ? (stdout.failure ?? stderr.failure) : null;
  if (unwritten !== null) await tellUnwritten(unwritten, stderr);
  await flushed(process.stderr);
  // A library's idle socket or thread must not hold back a process whose work is done.
  return exit(unwritten === null ? exitCode : exitCodeOfError("OUTPUT_FAILED"));
}
