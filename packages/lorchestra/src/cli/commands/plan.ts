import { NO_OPTIONS } from "../../runs/run-context.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { commonExitCode, EXIT_CODES } from "../exit-code.js";
import { parseWindow } from "../instant-argument.js";
import { printReportedError } from "../output/print-reported-error.js";
import { planLines } from "../output/plan-lines.js";
import { parseRate } from "../rate-argument.js";

interface PlanFlags {
  readonly since?: string;
  readonly until?: string;
  readonly connection?: string;
  readonly maxRate?: string;
}

export const define: DefineCommand = (command, context) => {
  command
    .argument("<jobs...>", "names of jobs, as `lorchestra jobs list` has them")
    .option("--since <when>", "only what was created since then: 2025-09-01, -7d, -12h")
    .option("--until <when>", "only what was created before then")
    .option("--connection <name>", "the connection, where several fit")
    .option("--max-rate <rate>", "requests a second, or a share of Stripe's limit such as 50%")
    .addHelpText("after", EXAMPLES)
    .action((names: string[], flags: PlanFlags) => plan(names, flags, context));
};

const EXAMPLES = `
Estimates a first or full run from a few requests to Stripe; changes nothing and
bills nothing. A date, or a time without a zone, is in UTC.

Examples:
  lorchestra plan stripe_ingest_payment_intents
  lorchestra plan stripe_ingest_invoices --since 2025-01-01 --json
`;

async function plan(names: readonly string[], flags: PlanFlags, context: CommandContext): Promise<void> {
  const { io, mode } = context;
  const window = parseWindow(flags, io.clock.wallMs());
  const maxRate = parseRate(flags.maxRate);
  const [{ composeJobs }, { planJobs }] = await Promise.all([
    import("../compose-jobs.js"),
    import("../../runs/plan.js"),
  ]);
  const options = { ...NO_OPTIONS, ...window };
  await using composed = await composeJobs(
    { names, connection: flags.connection, maxRate, options, access: "read", streamsTo: "estimate", isNoRun: true },
    context,
  );
  const report = await planJobs(composed.jobs);
  await composed.progress.clear();
  const exitCode = commonExitCode(report.jobs.flatMap(({ error }) => error?.code ?? [])) ?? EXIT_CODES.ok.code;
  if (mode.json) await context.printJson({ ...report, exit_code: exitCode });
  else
    await io.stdout.write(
      planLines(report, context.paint.stdout)
        .map((line) => `${line}\n`)
        .join(""),
    );
  for (const job of report.jobs) if (job.error !== null) await printReportedError(job.job, job.error, context);
  context.finish(exitCode);
}
