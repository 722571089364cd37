import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach } from "vitest";
import type { LoadResult } from "../../../src/warehouse/warehouse.js";
import type { TestBigQuery } from "../bigquery-emulator.js";
import { newPlace, type BigQueryPlace } from "../bigquery-places.js";

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));

interface Report {
  readonly result?: LoadResult;
  readonly error?: { readonly code: string; readonly message: string; readonly facts: Record<string, unknown> };
}

/** A run in a process of its own. */
export interface ChildRun {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** Null for a process that was killed. */
  readonly report: Promise<Report | null>;
}

interface ChildOptions {
  readonly failpoint?: string;
  readonly value?: number;
  /** Whether it commits only when something comes on its standard input. */
  readonly waits?: boolean;
  readonly objects?: number;
}

export interface ChildPlace {
  readonly place: BigQueryPlace;
  /** Where the processes keep their temporary files. */
  readonly temporary: string;
  start(runId: string, options?: ChildOptions): ChildRun;
}

/** Makes a dataset with its tables for each test of the suite that it is called in; after that its runs are killed, and it is removed. */
export function eachChildPlace(bigQuery: TestBigQuery): () => ChildPlace {
  let now: ChildPlace | undefined;
  const started: ChildRun[] = [];

  beforeEach(async () => {
    const temporary = await mkdtemp(join(tmpdir(), "lorchestra-crash-"));
    const place = await newPlace(bigQuery, "crashes");
    now = { place, temporary, start };
    await using warehouse = await place.open();
    await warehouse.prepare();

    function start(runId: string, options: ChildOptions = {}): ChildRun {
      const { failpoint = "", value = 1, waits = false, objects = 20 } = options;
      const spec = JSON.stringify({ address: place.address, runId, objects, value, waits });
      const child = spawn(process.execPath, [CHILD, spec], {
        env: { ...process.env, TMPDIR: temporary, LORCHESTRA_FAILPOINT: failpoint },
        stdio: ["pipe", "pipe", "inherit"],
      });
      const report = text(child.stdout).then((output) => {
        const line = output.split("\n").find((each) => each.startsWith("{"));
        return line === undefined ? null : (JSON.parse(line) as Report);
      });
      const run = { process: child, report };
      started.push(run);
      return run;
    }
  });

  afterEach(async () => {
    for (const run of started.splice(0)) run.process.kill("SIGKILL");
    if (now === undefined) return;
    await now.place.remove();
    await rm(now.temporary, { recursive: true, force: true });
  });

  return () => {
    if (now === undefined) throw new Error("only within a test");
    return now;
  };
}

/** Waits until a run that waits has staged its rows. */
export async function staged(run: ChildRun): Promise<void> {
  await new Promise<void>((resolve) => {
    run.process.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("staged")) resolve();
    });
  });
}
