import type { JobInRun } from "../runs/run-jobs.js";
import type { RunOptions } from "../runs/run-context.js";
import type { ConnectionSettings } from "../config/project.js";
import { isIngestJob } from "../jobs/ingest-job.js";
import type { Job } from "../jobs/job.js";
import type { CommandContext } from "./command-context.js";
import { composeRun, type ComposedRun, type FirstLoad } from "./compose.js";
import { createProgress, type Progress } from "./output/progress.js";
import { chooseConnection, findJobs, loadJobs } from "./resolve-jobs.js";

export interface JobsRequest {
  /** Names of jobs; "all": every job that reads a stream and has a connection. */
  readonly names: readonly string[] | "all";
  readonly connection: string | undefined;
  readonly maxRate: number | string | null;
  readonly options: RunOptions;
  readonly access: "read" | "write";
  /** Whether the jobs will read all there is where nothing is stored. */
  readonly loadsAll?: boolean;
  /** Passed on to `composeRun`. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Jobs with all that they need, ready to be run, verified or planned. Disposal closes what they share. */
export interface ComposedJobs extends AsyncDisposable {
  readonly run: ComposedRun;
  readonly jobs: readonly JobInRun[];
  /** Live lines on stderr, where that is a terminal. */
  readonly progress: Progress;
}

/** Options of a command that only reads. */
export const READ_OPTIONS: RunOptions = {
  dryRun: false,
  testTable: false,
  since: null,
  until: null,
  full: false,
  allowDeletes: false,
  showValues: false,
};

export async function composeJobs(request: JobsRequest, context: CommandContext): Promise<ComposedJobs> {
  const { io, mode, paint } = context;
  const settings = await context.settings();
  const registry = await loadJobs(settings);
  const jobs =
    request.names === "all" ? registry.jobs.filter((job) => job.stream !== null) : findJobs(request.names, registry);
  const chosen = jobs.map((job) => ({ job, connection: chooseConnection(job, settings, request.connection) }));
  const run = await composeRun({
    ...request,
    settings,
    context,
    firstLoads: request.loadsAll === true ? chosen.flatMap(firstLoadOf) : [],
    connections: chosen.map(({ connection }) => connection),
  });
  const progress = createProgress({
    output: io.stderr,
    isWanted: io.stderr.isTerminal && !mode.quiet,
    paint: paint.stderr,
    clock: io.clock,
    labels: new Map(jobs.map((job) => [job.name, labelOf(job)])),
  });
  const names = [...new Set(chosen.map(({ connection }) => connection.name))].join(", ");
  await progress.announce(`${names} → ${run.warehouse.label} · run ${run.runId}`);
  return {
    run,
    progress,
    jobs: chosen.map(({ job, connection }) => ({
      job,
      context: run.contextFor(connection, isIngestJob(job) ? job.stream : null, (event) =>
        progress.observe(job.name, event),
      ),
    })),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

function firstLoadOf({ job, connection }: { job: Job; connection: ConnectionSettings }): FirstLoad[] {
  return isIngestJob(job) && job.stream !== null ? [{ connection, stream: job.stream }] : [];
}

function labelOf(job: Job): string {
  return job.stream ?? job.name;
}
