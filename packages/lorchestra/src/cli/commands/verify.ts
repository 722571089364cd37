import { LorchestraError } from "../../errors.js";
import { NO_OPTIONS } from "../../runs/run-context.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { exitCodeOfVerification } from "../exit-code.js";
import { interruptionOf } from "../io.js";
import { printReportedError } from "../output/print-reported-error.js";
import { verifyCommand } from "../output/verify-command.js";
import { verificationNames, verifyLines } from "../output/verify-lines.js";
import type { GlobalFlags } from "../global-flags.js";
import { parseRate } from "../rate-argument.js";

interface VerifyFlags {
  readonly all?: true;
  readonly repair?: true;
  readonly sample?: string;
  readonly connection?: string;
  readonly maxRate?: string;
  readonly allowDeletes?: true;
  readonly testTable?: true;
}

export const define: DefineCommand = (command, context) => {
  command
    .argument("[jobs...]", "names of jobs, as `lorchestra jobs list` has them")
    .option("--all", "all jobs, of all connections")
    .option("--repair", "read again what differs, and write it")
    .option(
      "--sample <rows>",
      "compare so many rows, and windows of Stripe's lists, drawn at random, and say how sure that makes it",
    )
    .option("--connection <name>", "the connection, where several fit; with --all, only this one")
    .option("--max-rate <rate>", "requests a second, or a share of Stripe's limit such as 50%")
    .option("--allow-deletes", "with --repair: allow more deletions than a tenth of a stream")
    .option("--test-table", "compare the tables whose names start with test_")
    .addHelpText("after", EXAMPLES)
    .action((names: string[]) => verify(names, command.optsWithGlobals<VerifyFlags & GlobalFlags>(), context));
};

const EXAMPLES = `
Compares ids, payloads, deletions, nested lists and sums of money with Stripe
itself. Ends with 7 when something differs. What changed after the last run is
behind, not wrong. With --sample the requests are few, and a clean result says
"sampled", not "equal", unless Stripe's list was short enough to be compared
whole.

Examples:
  lorchestra verify --all
  lorchestra verify stripe_ingest_invoices --repair
  lorchestra verify stripe_ingest_payment_intents --sample 1000 --json
`;

async function verify(
  names: readonly string[],
  flags: VerifyFlags & GlobalFlags,
  context: CommandContext,
): Promise<void> {
  const { io, mode } = context;
  if (names.length > 0 === (flags.all ?? false))
    throw new LorchestraError(
      "USAGE_INVALID",
      names.length > 0 ? "names and --all exclude each other" : "nothing to verify",
      {
        hint: "For example: lorchestra verify --all, or lorchestra verify stripe_ingest_invoices",
      },
    );
  const repair = flags.repair ?? false;
  if (flags.allowDeletes && !repair)
    throw new LorchestraError("USAGE_INVALID", "--allow-deletes belongs to --repair", {
      hint: "Without --repair nothing is written. For example: lorchestra verify stripe_ingest_invoices --repair --allow-deletes",
    });
  const sample = parseSample(flags.sample);
  const maxRate = parseRate(flags.maxRate);
  const [{ composeJobs }, { verifyJobs }] = await Promise.all([
    import("../compose-jobs.js"),
    import("../../runs/verify/verify.js"),
  ]);
  const options = { ...NO_OPTIONS, testTable: flags.testTable ?? false, allowDeletes: flags.allowDeletes ?? false };
  const request = { names: flags.all ? ("all" as const) : names, connection: flags.connection, maxRate, options };
  await using composed = await composeJobs(
    { ...request, access: repair ? "write" : "read", streamsTo: "compare" },
    context,
  );
  const report = await verifyJobs(composed.jobs, { sample, repair });
  await composed.progress.clear();
  const exitCode = exitCodeOfVerification(report, interruptionOf(io.signal));
  if (mode.json) await context.printJson({ ...report, exit_code: exitCode });
  else if (!mode.quiet) {
    const lines = verifyLines(report, {
      paint: context.paint.stdout,
      // The same again, but not of a sample only.
      command: verifyCommand(flags.all ? "all" : names, flags),
      // Only where there is a time to tell.
      get timeZone() {
        return io.timeZone();
      },
    });
    await io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  }
  const nameOf = verificationNames(report);
  for (const job of report.jobs) if (job.error !== null) await printReportedError(nameOf(job), job.error, context);
  context.finish(exitCode);
}

function parseSample(text: string | undefined): number | null {
  if (text === undefined) return null;
  const rows = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(rows) && rows > 0) return rows;
  throw new LorchestraError("USAGE_INVALID", `--sample ${JSON.stringify(text.slice(0, 40))} is no number of rows`, {
    hint: "For example: --sample 1000",
  });
}
