import type { JobInRun } from "../runs/run-jobs.js";
import { runJobs } from "../runs/run-jobs.js";
import type { RunOptions } from "../runs/run-context.js";
import type { JobReport, ReportedError, RunReport } from "../runs/run-report.js";
import type { CommandContext } from "./command-context.js";
import { composeRun } from "./compose.js";
import { type ExitCode, exitCodeOfError, exitCodeOfRun } from "./exit-code.js";
import type { Failure } from "./failure.js";
import { Interruption } from "./io.js";
import { failureLines } from "./output/failure-lines.js";
import { createProgress, type Progress } from "./output/progress.js";
import { jobLines, type RunStyle, summaryLines } from "./output/run-lines.js";
import { chooseConnection, findJobs, loadJobs } from "./resolve-jobs.js";

export interface RunRequest {
  readonly names: readonly string[];
  readonly options: RunOptions;
  readonly maxRate: number | string | null;
  readonly connection: string | undefined;
}

/** Runs the jobs of one `lorchestra run` and tells what they did. */
export async function runCommandLine(request: RunRequest, context: CommandContext): Promise<ExitCode> {
  const { io, mode } = context;
  const startedAtMs = io.clock.monotonicMs();
  const settings = await context.settings();
  const jobs = findJobs(request.names, await loadJobs(settings));
  const chosen = jobs.map((job) => ({ job, connection: chooseConnection(job, settings, request.connection) }));
  const connections = chosen.map(({ connection }) => connection);
  await using run = await composeRun({ settings, context, connections, ...request });

  const style: RunStyle = {
    paint: context.paint.stdout,
    timeZone: io.timeZone,
    nameWidth: Math.max(...jobs.map((job) => job.name.length)),
    dryRun: request.options.dryRun,
    testTable: request.options.testTable,
  };
  const printer = createPrinter(context, style, new Map(jobs.map((job) => [job.name, job.stream ?? job.name])));
  const inRun = chosen.map(({ job, connection }): JobInRun => {
    const jobContext = run.contextFor(connection, (event) => printer.progress?.observe(job.name, event));
    return { job: { ...job, run: (given) => job.run(given).then(printer.told) }, context: jobContext };
  });
  await printer.header(
    `${[...new Set(chosen.map(({ connection }) => connection.name))].join(", ")} → ${run.warehouse.label} · run ${run.runId}`,
  );
  const report = await runJobs(inRun);
  await printer.finish(report, io.clock.monotonicMs() - startedAtMs);
  const interruption = io.signal.reason instanceof Interruption ? io.signal.reason : null;
  const exitCode = exitCodeOfRun(report, interruption);
  if (mode.json) await context.printJson({ ...report, exit_code: exitCode });
  return exitCode;
}

interface Printer {
  readonly progress: Progress | null;
  header(text: string): Promise<void>;
  /** Prints a job that ended well as soon as it ends; failures come in order, at the end. */
  told(report: JobReport): Promise<JobReport>;
  finish(report: RunReport, elapsedMs: number): Promise<void>;
}

function createPrinter(context: CommandContext, style: RunStyle, labels: ReadonlyMap<string, string>): Printer {
  const { io, mode, paint } = context;
  const speaks = !mode.quiet && !mode.json;
  const progress =
    io.stderr.isTerminal && !mode.quiet
      ? createProgress({ output: io.stderr, paint: paint.stderr, clock: io.clock, labels })
      : null;
  const print = (lines: readonly string[]): Promise<void> => io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return {
    progress,
    header: async (text) => {
      if (progress !== null) await io.stderr.write(`${paint.stderr.dim(text)}\n`);
    },
    told: async (report) => {
      progress?.end(report.job);
      await progress?.clear();
      if (speaks && report.status !== "failed") await print(jobLines(report, style));
      return report;
    },
    finish: async (report, elapsedMs) => {
      await progress?.clear();
      for (const job of report.jobs) if (job.error !== null) await printFailure(job, job.error, context);
      if (speaks && report.jobs.some((job) => job.status !== "failed"))
        await print(summaryLines(report, style, elapsedMs));
    },
  };
}

async function printFailure(
  job: JobReport,
  error: ReportedError,
  { io, paint, mode, redactor }: CommandContext,
): Promise<void> {
  const failure: Failure = { ...error, problems: [], exitCode: exitCodeOfError(error.code), stack: null };
  const lines = failureLines(failure, { paint: paint.stderr, columns: io.stderr.columns, subject: job.job });
  if (mode.debug) lines.push(`  ${JSON.stringify(error.facts)}`);
  await io.stderr.write(`${redactor.hideStrictly(lines.join("\n"))}\n`);
}
