import { Console } from "node:console";
import { once, setMaxListeners } from "node:events";
import { buffer } from "node:stream/consumers";
import { isatty } from "node:tty";
import { systemClock } from "injest/clock";
import { LorchestraError } from "../errors.js";
import { armFailpoint } from "../failpoint.js";
import { exitCodeOfError, exitCodeOfInterruption } from "./exit-code.js";
import { describeFailure } from "./failure.js";
import { Interruption, type Output } from "./io.js";
import { main } from "./main.js";
import { keepOneMemoryPool } from "./native-memory.js";
import { failureLines } from "./output/failure-lines.js";
import { createPaint } from "./output/paint.js";
import { tuneV8 } from "./tune-v8.js";

/** An interrupted run has this long to commit what is staged. */
const DRAIN_LIMIT_MS = 10_000;

/** Runs this process's command line: the only place that knows the process. */
export async function runProcess(): Promise<never> {
  armFailpoint(process.env.LORCHESTRA_FAILPOINT);
  muteMetadataWarnings();
  const exit = keepForUs();
  keepOneMemoryPool(process.env);
  tuneV8();
  const stdout = outputOf(process.stdout);
  const stderr = outputOf(process.stderr);
  const exitCode = await main(process.argv.slice(2), {
    stdout,
    stderr,
    readInput,
    environment: process.env,
    cwd: workingDirectory(),
    clock: systemClock,
    // Asked for only where a time is told: it costs 40 ms to find out.
    timeZone: machineTimeZone,
    signal: listenForSignals(exit),
    defect: listenForDefects(),
  });
  await flushed(process.stdout);
  const unwritten = exitCode === 0 ? (stdout.failure ?? stderr.failure) : null;
  if (unwritten !== null) await tellUnwritten(unwritten, stderr);
  await flushed(process.stderr);
  // A library's idle socket or thread must not hold back a process whose work is done.
  return exit(unwritten === null ? exitCode : exitCodeOfError("OUTPUT_FAILED"));
}

async function tellUnwritten({ code }: NodeJS.ErrnoException, stderr: Output): Promise<void> {
  const error = new LorchestraError(
    "OUTPUT_FAILED",
    `the output could not be written (${code ?? "for an unknown reason"})`,
    {
      hint: "Make room where it goes and run the command again; what a run committed is safe.",
    },
  );
  const paint = createPaint(stderr, process.env);
  const lines = failureLines(describeFailure(error), { paint, columns: stderr.columns, timeZone: () => "UTC" });
  await stderr.write(`${lines.join("\n")}\n`);
}

/**
 * Google's client warns where no machine of Google's answers it, with whatever the network said; that there are no credentials is
 * told as an error, with what to do: https://github.com/googleapis/gcp-metadata
 */
function muteMetadataWarnings(): void {
  const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (...given: unknown[]) => {
    if (given[1] !== "MetadataLookupWarning") emitWarning(...given);
  };
}

/**
 * The exit code and stdout are this command's own. A job's module that ended the process would end it with 0 while other jobs have
 * committed nothing, and what it prints with `console` would stand amid a JSON document. Gives the way out that is kept for us.
 */
function keepForUs(): typeof process.exit {
  const exit = process.exit.bind(process);
  process.exit = () => {
    throw new LorchestraError("JOB_MODULE_INVALID", "a module of `jobs:` called process.exit", {
      hint: "return from the job's run, or throw an error: the exit code is lorchestra's, which has more to end",
    });
  };
  globalThis.console = new Console(process.stderr, process.stderr);
  return exit;
}

/** The first signal asks for an orderly end, the second ends at once: what was committed is safe either way. */
function listenForSignals(exit: typeof process.exit): AbortSignal {
  const controller = new AbortController();
  // Every request and every commit listens: Node's warning about more than ten listeners means leaks, not these.
  setMaxListeners(0, controller.signal);
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      const interruption = new Interruption(name);
      const end = (): never => exit(exitCodeOfInterruption(interruption));
      if (controller.signal.aborted) end();
      setTimeout(end, DRAIN_LIMIT_MS).unref();
      controller.abort(interruption);
    });
  return controller.signal;
}

function listenForDefects(): Promise<never> {
  const { promise, reject } = withReject();
  process.on("uncaughtException", reject);
  process.on("unhandledRejection", reject);
  // Node would end a process in which nothing is under way without a word, and with a code that is not one of ours.
  process.once("beforeExit", () => reject(neverEnding()));
  return promise;
}

function neverEnding(): LorchestraError {
  return new LorchestraError("INTERNAL", "the command came to no end: what it waits for will never come", {
    hint: "Does a job module wait for something? If not, report this; what was committed is safe.",
  });
}

function withReject(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}

interface ProcessOutput extends Output {
  /** Why it could not be written, where that is no reader who left. */
  readonly failure: NodeJS.ErrnoException | null;
}

function outputOf(stream: NodeJS.WriteStream & { readonly fd: number }): ProcessOutput {
  let isClosed = false;
  let failure: NodeJS.ErrnoException | null = null;
  // The reader of a pipe may leave at any time, as `head` does: no failure of ours. A full disk is one.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    isClosed = true;
    if (error.code !== "EPIPE") failure ??= error;
  });
  return {
    write: async (text) => {
      if (isClosed || stream.write(text)) return;
      // The one that did not come would go on listening, one more for each wait.
      const isOver = new AbortController();
      const options = { signal: isOver.signal };
      try {
        await Promise.race([once(stream, "drain", options), once(stream, "close", options)]);
      } catch {
        // An error of the stream's own: its listener above has taken note of it.
      } finally {
        isOver.abort();
      }
    },
    isTerminal: isatty(stream.fd),
    get columns() {
      return stream.columns || 80;
    },
    get isClosed() {
      return isClosed;
    },
    get failure() {
      return failure;
    },
  };
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write("", () => resolve());
    else resolve();
  });
}

/** A statement in another encoding would ask for other names than were meant, and find no row. */
async function readInput(): Promise<string> {
  const bytes = await buffer(process.stdin);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LorchestraError("USAGE_INVALID", "what stands on standard input is no text in UTF-8", {
      hint: "Save the file in UTF-8, or convert it: iconv -f latin1 -t utf-8 report.sql | lorchestra sql -",
    });
  }
}

/** UTC where `TZ` is set and empty, which POSIX means by it: Node then names a zone that its own formats refuse. */
function machineTimeZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    Intl.DateTimeFormat("en", { timeZone });
    return timeZone;
  } catch {
    return "UTC";
  }
}

/** The folder may have been deleted under the process: then "/" is as good as any. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}
