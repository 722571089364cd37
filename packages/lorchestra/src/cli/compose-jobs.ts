import type { JobInRun } from "../runs/run-jobs.js";
import type { RunOptions } from "../runs/run-context.js";
import type { ConnectionSettings } from "../config/project.js";
import { LorchestraError } from "../errors.js";
import { isIngestJob } from "../jobs/ingest-job.js";
import type { Settings } from "../config/settings.js";
import type { Job } from "../jobs/job.js";
import type { JobRegistry } from "../jobs/job-registry.js";
import { modeOfKey, readApiKey } from "./api-key.js";
import type { CommandContext } from "./command-context.js";
import { composeRun, type ComposedRun, type FirstLoad } from "./compose.js";
import { type HeadlineConnection, headlineParts } from "./output/headline.js";
import { createProgress, type Progress } from "./output/progress.js";
import { chooseConnection, connectionsFor, findJobs, loadJobs } from "./resolve-jobs.js";

export interface JobsRequest {
  /** Names of jobs, each for one connection; "all": every job that reads a stream, for each connection that fits it. */
  readonly names: readonly string[] | "all";
  readonly connection: string | undefined;
  readonly maxRate: number | string | null;
  readonly options: RunOptions;
  readonly access: "read" | "write";
  /** What is done with their streams, where a job without one is named by mistake: "compare". */
  readonly streamsTo?: string;
  /** Whether the jobs will read all there is where nothing is stored. */
  readonly loadsAll?: boolean;
  /** Nothing is run: a run's id would be of none. */
  readonly isNoRun?: boolean;
  /** Passed on to `composeRun`. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Jobs with all that they need, ready to be run, verified or planned. Disposal closes what they share. */
export interface ComposedJobs extends AsyncDisposable {
  readonly run: ComposedRun;
  readonly jobs: readonly JobInRun[];
  /** No job that reads a stream is left out, of no connection; of the one that was named, if one was. */
  readonly isAll: boolean;
  /** Live lines on stderr, where that is a terminal. */
  readonly progress: Progress;
}

export async function composeJobs(request: JobsRequest, context: CommandContext): Promise<ComposedJobs> {
  const { io, mode, paint } = context;
  const settings = await context.settings();
  const registry = await loadJobs(settings);
  const chosen =
    request.names === "all"
      ? chooseAll(registry, settings, request.connection)
      : findJobs(request.names, registry).map((job) => choose(job, settings, request.connection));
  if (request.streamsTo !== undefined) refuseWithoutStream(chosen, request.streamsTo);
  const run = await composeRun({
    ...request,
    settings,
    context,
    firstLoads: request.loadsAll === true ? chosen.flatMap(firstLoadOf) : [],
    connections: chosen.map(({ connection }) => connection),
  });
  const names = new Set(chosen.map(({ connection }) => connection.name));
  const progress = createProgress({
    output: io.stderr,
    // A dumb terminal cannot take back a line that it has shown.
    isWanted: io.stderr.isTerminal && io.environment.TERM !== "dumb" && !mode.quiet,
    paint: paint.stderr,
    clock: io.clock,
    labels: new Map(
      chosen.map(({ job, connection }) => [
        progressKey(job.name, connection.name),
        names.size > 1 ? `${labelOf(job)} of ${connection.name}` : labelOf(job),
      ]),
    ),
  });
  await progress.announce(
    headlineParts({
      connections: await toldOf(chosen, settings, context),
      warehouse: run.warehouse.label,
      runId: request.isNoRun === true ? null : run.runId,
    }),
  );
  return {
    run,
    progress,
    isAll: allOf(registry, settings, request.connection).every(({ job, connection }) =>
      chosen.some((one) => one.job === job && one.connection === connection),
    ),
    jobs: chosen.map(({ job, connection }) => ({
      job,
      context: run.contextFor(connection, isIngestJob(job) ? job.stream : null, (event) =>
        progress.observe(progressKey(job.name, connection.name), event),
      ),
    })),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

/** What a job's live line is known by: several connections may have the same job. */
export function progressKey(jobName: string, connectionName: string): string {
  return JSON.stringify([jobName, connectionName]);
}

interface ChosenJob {
  readonly job: Job;
  readonly connection: ConnectionSettings;
}

function choose(job: Job, settings: Settings, connection: string | undefined): ChosenJob {
  return { job, connection: chooseConnection(job, settings, connection) };
}

/** Nothing would be done for it, and nothing at fault would look like a success. */
function refuseWithoutStream(chosen: readonly ChosenJob[], verb: string): void {
  const without = chosen.find(({ job }) => job.stream === null);
  if (without === undefined) return;
  throw new LorchestraError("USAGE_INVALID", `${without.job.name} reads no stream: there is nothing to ${verb}`, {
    hint: "Name jobs that read one: `lorchestra jobs show JOB` says which.",
  });
}

/** Throws, as for a single job, where there is no connection at all. */
function chooseAll(registry: JobRegistry, settings: Settings, named: string | undefined): ChosenJob[] {
  const chosen = allOf(registry, settings, named);
  return chosen.length > 0
    ? chosen
    : registry.jobs.filter(({ stream }) => stream !== null).map((job) => choose(job, settings, named));
}

/** Every job that reads a stream, for each connection that fits it, or for the named one. */
function allOf(registry: JobRegistry, settings: Settings, named: string | undefined): ChosenJob[] {
  return registry.jobs
    .filter(({ stream }) => stream !== null)
    .flatMap((job) =>
      connectionsFor(job, settings)
        .filter(({ name }) => named === undefined || name === named)
        .map((connection) => ({ job, connection })),
    );
}

/** What the headline says of each connection. Its key was read before: it is there. */
async function toldOf(
  chosen: readonly ChosenJob[],
  settings: Settings,
  { redactor }: CommandContext,
): Promise<HeadlineConnection[]> {
  const { DEFAULT_API_VERSION } = await import("injest");
  return [...new Set(chosen.map(({ connection }) => connection))].map((connection) => ({
    name: connection.name,
    apiVersion: connection.apiVersion ?? DEFAULT_API_VERSION,
    mode: modeOfKey(readApiKey(connection, settings, redactor)),
  }));
}

function firstLoadOf({ job, connection }: ChosenJob): FirstLoad[] {
  return isIngestJob(job) && job.stream !== null ? [{ connection, stream: job.stream }] : [];
}

function labelOf(job: Job): string {
  return job.stream ?? job.name;
}
