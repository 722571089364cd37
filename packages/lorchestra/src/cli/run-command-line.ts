import type { RunOptions } from "../runs/run-context.js";
import { runJobs } from "../runs/run-jobs.js";
import type { JobReport } from "../runs/run-report.js";
import type { CommandContext } from "./command-context.js";
import { composeJobs, progressKey } from "./compose-jobs.js";
import { type ExitCode, exitCodeOfRun } from "./exit-code.js";
import { interruptionOf } from "./io.js";
import { printReportedError } from "./output/print-reported-error.js";
import { hasFirstLoad, nextLines } from "./output/next-lines.js";
import { jobLines, type RunStyle, summaryLines } from "./output/run-lines.js";
import { type VerifiedPlace, verifyCommand } from "./output/verify-command.js";

export interface RunRequest {
  readonly names: readonly string[];
  readonly options: RunOptions;
  readonly maxRate: number | string | null;
  readonly connection: string | undefined;
  /** What was called, for what to do next: of the same project and warehouse. */
  readonly place: Pick<VerifiedPlace, "config" | "warehouse">;
}

/** Runs the jobs of one `lorchestra run` and tells what they did. */
export async function runCommandLine(request: RunRequest, context: CommandContext): Promise<ExitCode> {
  const { io, mode } = context;
  const { options } = request;
  const startedAtMs = io.clock.monotonicMs();
  const composition = {
    access: options.dryRun ? "read" : "write",
    loadsAll: !options.dryRun && !options.full && options.since === null && options.until === null,
    meanwhile: () => import("../runs/ingest/run-ingest-job.js"),
  } as const;
  await using composed = await composeJobs({ ...request, ...composition }, context);
  const { jobs, progress } = composed;
  const speaks = !mode.quiet && !mode.json;
  const print = async (lines: () => readonly string[]): Promise<void> => {
    if (!speaks) return;
    const text = lines().map((line) => `${line}\n`);
    // Notices of a job of the project's own may say anything.
    await io.stdout.write(context.redactor.hideStrictly(text.join("")));
  };
  const style: RunStyle = {
    paint: context.paint.stdout,
    // Only once there is a time to tell: the first requests do not wait for it.
    get timeZone() {
      return io.timeZone();
    },
    nameWidth: Math.max(...jobs.map(({ job }) => job.name.length)),
    dryRun: options.dryRun,
    testTable: options.testTable,
    columns: io.stdout.isTerminal ? io.stdout.columns : null,
  };
  // What went well is told as soon as it has ended; failures come in order, at the end.
  const told = async (report: JobReport): Promise<void> => {
    progress.end(progressKey(report.job, report.connection_name));
    await progress.clear();
    if (report.status !== "failed") await print(() => jobLines(report, style));
  };
  const report = await runJobs(jobs, told);
  await progress.clear();
  for (const job of report.jobs) if (job.error !== null) await printReportedError(job.job, job.error, context);
  if (report.jobs.some((job) => job.status !== "failed"))
    await print(() => summaryLines(report, style, io.clock.monotonicMs() - startedAtMs));
  const exitCode = exitCodeOfRun(report, interruptionOf(io.signal));
  const streams = jobs.filter(({ job }) => job.stream !== null).map(({ job }) => job.name);
  if (io.stdout.isTerminal && exitCode === 0 && hasFirstLoad(report.jobs.filter(({ job }) => streams.includes(job)))) {
    const { connection, place } = request;
    const { testTable } = options;
    const verify = verifyCommand(composed.isAll ? "all" : streams, {
      ...place,
      ...(connection !== undefined && { connection }),
      testTable,
    });
    await print(() => nextLines(verify, { testTable, columns: io.stdout.columns }));
  }
  if (mode.json) await context.printJson({ ...report, exit_code: exitCode });
  return exitCode;
}
