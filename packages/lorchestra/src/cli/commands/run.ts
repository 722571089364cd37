import type { Command } from "commander";
import type { RunOptions } from "../../runs/run-context.js";
import type { DefineCommand } from "../command-entry.js";
import { LorchestraError } from "../../errors.js";
import { parseWindow } from "../instant-argument.js";
import type { GlobalFlags } from "../global-flags.js";
import { parseRate } from "../rate-argument.js";

interface RunFlags {
  readonly dryRun?: true;
  readonly testTable?: true;
  readonly since?: string;
  readonly until?: string;
  readonly full?: true;
  readonly connection?: string;
  readonly maxRate?: string;
  readonly allowDeletes?: true;
  readonly showValues?: true;
}

export const define: DefineCommand = (command, context) => {
  describe(command).action(async (names: string[], flags: RunFlags) => {
    const options = readOptions(flags, context.io.clock.wallMs());
    const maxRate = parseRate(flags.maxRate);
    const { runCommandLine } = await import("../run-command-line.js");
    const { config, warehouse } = command.optsWithGlobals<GlobalFlags>();
    const place = { ...(config !== undefined && { config }), ...(warehouse !== undefined && { warehouse }) };
    context.finish(await runCommandLine({ names, options, maxRate, connection: flags.connection, place }, context));
  });
};

function describe(command: Command): Command {
  return command
    .argument("<jobs...>", "names of jobs, as `lorchestra jobs list` has them")
    .option("--dry-run", "read, compare and report; write nothing anywhere")
    .option("--test-table", "write to tables whose names start with test_")
    .option("--since <when>", "only what was created since then: 2025-09-01, 2025-09-01T08:00-05:00, -7d, -12h")
    .option("--until <when>", "only what was created before then")
    .option("--full", "read everything again")
    .option("--connection <name>", "the connection, where several fit")
    .option("--max-rate <rate>", "requests a second, or a share of Stripe's limit such as 50%")
    .option("--allow-deletes", "allow more deletions than a tenth of a stream")
    .option(
      "--show-values",
      "with --dry-run: show old and new values, not only what differs; long ones whole with --json",
    )
    .addHelpText("after", EXAMPLES);
}

const EXAMPLES = `
Without --since a run goes on from its checkpoint. A run with --since or --until
reads what was created in that window and leaves the checkpoint as it is. A
date, or a time without a zone, is in UTC: 2025-09-01 is 2025-09-01T00:00Z.

Examples:
  lorchestra run stripe_ingest_customers
  lorchestra run stripe_ingest_customers stripe_ingest_invoices stripe_ingest_payment_intents stripe_ingest_refunds
  lorchestra run stripe_ingest_invoices --dry-run --show-values
  lorchestra run stripe_ingest_refunds --since -7d
  lorchestra run stripe_ingest_payment_intents --since 2025-09-01 --until 2025-10-01 --test-table
`;

function readOptions(flags: RunFlags, nowMs: number): RunOptions {
  if (flags.dryRun && flags.testTable) throw exclusive("--dry-run", "--test-table", "A dry run writes to no table.");
  if (flags.full && (flags.since !== undefined || flags.until !== undefined))
    throw exclusive(
      "--full",
      flags.since === undefined ? "--until" : "--since",
      "--full reads everything, a window only a part.",
    );
  if (flags.showValues && !flags.dryRun)
    throw new LorchestraError("USAGE_INVALID", "--show-values belongs to --dry-run", {
      hint: "For example: lorchestra run stripe_ingest_invoices --dry-run --show-values",
    });
  return {
    dryRun: flags.dryRun ?? false,
    testTable: flags.testTable ?? false,
    full: flags.full ?? false,
    allowDeletes: flags.allowDeletes ?? false,
    showValues: flags.showValues ?? false,
    ...parseWindow(flags, nowMs),
  };
}

function exclusive(one: string, other: string, why: string): LorchestraError {
  return new LorchestraError("USAGE_INVALID", `${one} and ${other} exclude each other`, {
    hint: `${why} For example: lorchestra run stripe_ingest_customers ${one}`,
  });
}
