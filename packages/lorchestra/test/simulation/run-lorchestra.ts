import { type ReadEvent, type Source, stripeSource } from "injest";
// Jobs import these when they run, and a simulation cannot see that a file is being read.
import "../../src/runs/ingest/dry-run.js";
import "../../src/runs/ingest/run-ingest-job.js";
import { discardingEventLog } from "../../src/events/discarding-event-log.js";
import { warehouseEventLog } from "../../src/events/warehouse-event-log.js";
import { BUILT_IN_JOBS } from "../../src/jobs/built-in-jobs.js";
import { NO_OPTIONS, type RunContext, type RunOptions } from "../../src/runs/run-context.js";
import { type JobInRun, runJobs } from "../../src/runs/run-jobs.js";
import type { RunReport } from "../../src/runs/run-report.js";
import { LorchestraError } from "../../src/errors.js";
import { openDiskSpill } from "../../src/spill/disk-spill.js";
import { watchFailpoints } from "../../src/failpoint.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import type { Moment, MomentAction } from "./moments.js";
import { processWarehouse } from "./process-warehouse.js";
import { SimulatedProcess } from "./simulated-process.js";
import type { World } from "./world.js";

export const JOB_NAMES = Object.keys(BUILT_IN_JOBS);

export interface RunRequest {
  readonly jobs: readonly string[];
  readonly options: Partial<RunOptions>;
  readonly moments?: readonly Moment[];
  readonly key?: string;
  /** Looks into the warehouse when the run has ended, before it is closed. */
  readonly look?: (warehouse: Warehouse, end: Ended) => Promise<void>;
}

/** How one call of `lorchestra run` ended. */
export type RunEnd =
  | Ended
  /** It could not begin. */
  | { readonly kind: "refused"; readonly runId: string; readonly error: LorchestraError }
  | { readonly kind: "killed"; readonly runId: string };

export interface Ended {
  readonly kind: "ended";
  readonly runId: string;
  readonly report: RunReport;
  readonly startedAtMs: number;
}

/** No run of a small account takes longer: 120 s for a request, and some in a row. */
export const LONGEST_MS = 3_600_000;
/** From the request to stop to the end. */
const LONGEST_INTERRUPTION_MS = 10_000;

/** Runs jobs as the command line would, with an open of the warehouse and a close, while the moments come. */
export async function runLorchestra(world: World, request: RunRequest): Promise<RunEnd> {
  const runId = world.nextRunId();
  const options: RunOptions = { ...NO_OPTIONS, ...request.options };
  const { time, scenario } = world;
  const overlaps: Promise<Error | null>[] = [];
  const process = new SimulatedProcess(time, request.moments ?? [], (action) => {
    if (action.kind === "overlap" && !options.dryRun) overlaps.push(overlap(world, opened, options));
    else act(world, action);
  });
  const startedAtMs = time.nowMs;
  world.note(`${runId} begins`);
  let opened: Warehouse;
  try {
    opened = await time.until(
      time.outside(() =>
        world.disk.open({
          runId,
          access: options.dryRun ? "read" : "write",
          tablePrefix: options.testTable ? "test_" : "",
        }),
      ),
      LONGEST_MS,
    );
  } catch (error) {
    if (error instanceof LorchestraError) return { kind: "refused", runId, error };
    throw error;
  }
  const warehouse = processWarehouse(opened, {
    process,
    commitRows: scenario.machine.commitRows,
    leased: world.leasedScopes,
    onCommit: () => {
      const tookPlace = world.beginCommit(options.testTable);
      return (committed) => {
        // What is copied before the end of a commit lacks it.
        if (!diedInCommit) tookPlace(committed);
      };
    },
  });
  const source = openSource(world, request.key ?? world.key);
  const shared = contextOf(world, { runId, options, process, source, warehouse });
  const jobs = jobsIn(request.jobs, shared);
  let diedInCommit = false;
  watchFailpoints((name) => {
    if (process.isDead) return;
    const isInCommit = name === "in-commit";
    process.pass(isInCommit);
    if (!process.isDead || !isInCommit) return;
    // The rest of its transaction happens to a file that nobody will ever open.
    diedInCommit = true;
    world.abandon();
  });
  const running = runJobs(jobs);
  const interruptedAtMs = new Promise<number>((resolve) =>
    shared.signal.addEventListener("abort", () => resolve(time.nowMs), { once: true }),
  );
  try {
    const report = await time.until(Promise.race([running, process.death.then(() => null)]), LONGEST_MS);
    if (report === null) {
      world.ends.killed += 1;
      world.note(`${runId} is killed`);
      await process.atRest();
      if (!diedInCommit) world.abandon();
      await leaveDead(world, source, opened);
      return { kind: "killed", runId };
    }
    if (shared.signal.aborted) {
      const tookMs = time.nowMs - (await interruptedAtMs);
      if (tookMs > LONGEST_INTERRUPTION_MS) throw new Error(`an interrupted run went on for ${tookMs} ms`);
    }
    await source.close();
    for (const failure of await time.until(Promise.all(overlaps), LONGEST_MS)) if (failure !== null) throw failure;
    world.ends[report.status === "partial" ? "failed" : report.status] += 1;
    world.note(`${runId} is ${report.status}`);
    const end = { kind: "ended", runId, report, startedAtMs } as const;
    try {
      await request.look?.(opened, end);
    } finally {
      await opened[Symbol.asyncDispose]();
    }
    return end;
  } catch (error) {
    await source.close();
    throw error;
  } finally {
    watchFailpoints(null);
  }
}

/** What the command line would hand to jobs. */
export function contextOf(
  world: World,
  parts: Pick<RunContext, "runId" | "options" | "source" | "warehouse"> & { readonly process: SimulatedProcess },
): RunContext {
  const { runId, options, source, warehouse, process } = parts;
  return {
    runId,
    connection: { name: "stripe-mensio", identity: "stripe:mensio", provider: "stripe", description: "" },
    source,
    warehouse,
    eventLog: options.dryRun
      ? discardingEventLog
      : warehouseEventLog(warehouse, world.disk.spools[options.testTable ? "test_" : ""]),
    clock: world.time.clock(world.scenario.machine.skewMs),
    openSpill: openDiskSpill,
    options,
    signal: process.interruption.signal,
    observe: (event: ReadEvent) => {
      if (event.type !== "request") return;
      world.requests += 1;
      world.note(`${runId} ${event.endpoint}`);
      process.pass();
    },
  };
}

export function jobsIn(names: readonly string[], context: RunContext): JobInRun[] {
  return names.map((name) => {
    const job = BUILT_IN_JOBS[name];
    if (job === undefined) throw new RangeError(`there is no job ${name}`);
    return { job, context };
  });
}

export function openSource(world: World, apiKey: string): Source {
  const { time, scenario, random, sandbox, apiVersion } = world;
  return stripeSource({
    apiKey,
    apiBase: sandbox.url,
    apiVersion,
    clock: time.clock(scenario.machine.skewMs),
    random: () => random.integer(1_000_000) / 1_000_000,
  });
}

/** The kernel closes a dead process's connections and files. */
async function leaveDead(world: World, source: Source, opened: Warehouse): Promise<void> {
  await source.close();
  await opened[Symbol.asyncDispose]();
  world.disk.removeAbandoned();
}

function act(world: World, action: MomentAction): void {
  if (action.kind === "change") world.change(action.changes);
  else if (action.kind === "lose-key") world.revokeKey();
  else if (action.kind === "lose-permission") world.removePermission(action.permission);
}

/** Another process, and another run in the same one, while this one runs: both have to be told that they are not alone. */
async function overlap(world: World, opened: Warehouse, { testTable }: RunOptions): Promise<Error | null> {
  const tablePrefix = testTable ? "test_" : "";
  const [scope] = world.leasedScopes;
  const refusals = await Promise.all([
    refusalOf(world, async () => {
      const second = await world.disk.open({ runId: "run-beside", access: "write", tablePrefix });
      await second[Symbol.asyncDispose]();
    }),
    scope &&
      refusalOf(world, async () => {
        const load = await opened.beginLoad(scope, { runId: "run-beside", schemaRef: "", idemKey: (id) => id });
        await load[Symbol.asyncDispose]();
      }),
  ]);
  return refusals.find((refusal) => refusal instanceof Error) ?? null;
}

/** Null where the work was refused as it has to be. */
async function refusalOf(world: World, work: () => Promise<void>): Promise<Error | null> {
  try {
    await world.time.outside(work);
  } catch (error) {
    return error instanceof LorchestraError && error.code === "ALREADY_RUNNING" ? null : (error as Error);
  }
  return new Error("a second run could write while the first one did");
}
