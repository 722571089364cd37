import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Readable } from "node:stream";
import type { Moment } from "./moment.js";
import type { Place } from "./place.js";
import type { ProbeOrder } from "./probe-order.js";
import { createRunWatch, type Phase, type RunWatch } from "./run-watch.js";
import { Violation } from "./violation.js";

export interface RunEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
  /** From its first request on; 0 without one. */
  readonly readingMs: number;
  readonly phase: Phase;
  /** What it did not need to read. */
  readonly hasRead: boolean;
}

export interface RunUnderWay {
  readonly process: ChildProcess;
  readonly watch: RunWatch;
  readonly ended: Promise<RunEnd>;
}

export const JOBS = ["customers", "invoices", "payment_intents", "refunds"].map((stream) => `stripe_ingest_${stream}`);

const BIN = fileURLToPath(new URL("bin/lorchestra.js", new URL("../../", import.meta.resolve("lorchestra"))));
const PROBE = new URL("probe.js", import.meta.url).href;
/** On an idle machine nothing takes a tenth of it; a run that does not end is a violation, too. */
const STUCK_MS = 300_000;

/** Starts the built command in the place's folder; `kill` is a moment that the process or its warehouse finds itself. */
export async function startCommand(
  place: Place,
  argv: readonly string[],
  kill: Moment | null = null,
): Promise<RunUnderWay> {
  const watch = createRunWatch(JOBS.length);
  const link = await place.link(watch, kill?.kind === "request" ? kill : null);
  const order: ProbeOrder = {
    watchesDuckdb: place.kind === "duckdb",
    directory: place.directory,
    kill: kill?.kind === "statement" || kill?.kind === "file" ? kill : null,
  };
  const child = spawn(process.execPath, ["--import", PROBE, BIN, ...argv], {
    cwd: place.directory,
    env: {
      PATH: process.env["PATH"],
      HOME: place.directory,
      TMPDIR: place.temporary,
      ...place.env,
      ...link.env,
      LORCHESTRA_PROBE: JSON.stringify(order),
      ...(kill?.kind === "failpoint" && { LORCHESTRA_FAILPOINT: `${kill.name}:${kill.pass}` }),
    },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const startedMs = performance.now();
  readMarks(child.stdio[3] as Readable, watch);
  link.connect(child);
  place.processes.add(child);
  return { process: child, watch, ended: end() };

  async function end(): Promise<RunEnd> {
    const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    let isStuck = false;
    const timer = setTimeout(() => {
      isStuck = true;
      child.kill("SIGKILL");
    }, STUCK_MS);
    const [[code, signal], stdout, stderr] = await Promise.all([
      closed,
      text(child.stdout as Readable),
      text(child.stderr as Readable),
    ]);
    clearTimeout(timer);
    place.processes.delete(child);
    await link.close();
    const elapsedMs = performance.now() - startedMs;
    place.note({ argv, kill, code, signal, elapsedMs: Math.round(elapsedMs), phase: watch.phase, stdout, stderr });
    if (isStuck) throw new Violation(`${argv.join(" ")} did not end within ${STUCK_MS / 1000} s\n${stderr}`);
    const readingMs = performance.now() - (watch.readSinceMs ?? performance.now());
    return { code, signal, stdout, stderr, elapsedMs, readingMs, phase: watch.phase, hasRead: watch.hasRead };
  }
}

/** Runs it to its end. */
export async function runCommand(place: Place, ...argv: string[]): Promise<RunEnd> {
  return (await startCommand(place, argv)).ended;
}

function readMarks(stream: Readable, watch: RunWatch): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) watch.mark(line);
  });
}
