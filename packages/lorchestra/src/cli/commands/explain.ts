import { looksLikeSecret } from "../../config/secret-shapes.js";
import { LorchestraError } from "../../errors.js";
import { NO_OPTIONS } from "../../runs/run-context.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { connectionsNamed } from "../named-connections.js";
import { commonExitCode, EXIT_CODES } from "../exit-code.js";
import { explainLines } from "../output/explain-lines.js";
import { printReportedError } from "../output/print-reported-error.js";

export const define: DefineCommand = (command, context) => {
  command
    .argument("<id>", "an object's id, such as in_1Pabc or cus_O5XS8lyisdK2oK")
    .option("--connection <name>", "only this connection")
    .option("--test-table", "look in the tables whose names start with test_")
    .addHelpText(
      "after",
      "\nExamples:\n  lorchestra explain in_1Pabc\n  lorchestra explain cus_O5XS8lyisdK2oK --json\n",
    )
    .action((id: string, flags: { connection?: string; testTable?: true }) => explain(id, flags, context));
};

async function explain(
  id: string,
  flags: { connection?: string; testTable?: true },
  context: CommandContext,
): Promise<void> {
  const { io, mode } = context;
  // It would go into a path of Stripe's API, and into the answer.
  if (looksLikeSecret(id))
    throw new LorchestraError("USAGE_INVALID", "this is a key, not the id of an object", {
      hint: "For example: lorchestra explain in_1Pabc. A key that was typed may stand in the shell's history: roll it in Stripe's dashboard.",
    });
  // Nothing else looks like an id.
  if (!/^[A-Za-z0-9_]{1,255}$/.test(id))
    throw new LorchestraError("USAGE_INVALID", `${JSON.stringify(id.slice(0, 40))} is no id`, {
      hint: "For example: lorchestra explain in_1Pabc",
    });
  const [{ composeRun }, { explainObject }] = await Promise.all([
    import("../compose.js"),
    import("../../runs/explain.js"),
  ]);
  const settings = await context.settings();
  const connections = connectionsNamed(flags.connection, settings);
  const options = { ...NO_OPTIONS, testTable: flags.testTable ?? false };
  await using run = await composeRun({ settings, context, connections, options, maxRate: null, access: "read" });
  const report = await explainObject(
    id,
    connections.map((connection) => run.contextFor(connection, null, () => {})),
  );
  const unknown = report.objects.length === 0 && report.errors.length === 0;
  const exitCode =
    commonExitCode(report.errors.map((error) => error.code)) ?? (unknown ? EXIT_CODES.failed.code : EXIT_CODES.ok.code);
  if (mode.json) await context.printJson({ ...report, exit_code: exitCode });
  else
    await io.stdout.write(
      explainLines(report, { paint: context.paint.stdout, timeZone: io.timeZone() })
        .map((line) => `${line}\n`)
        .join(""),
    );
  for (const error of report.errors) await printReportedError(error.connection_name, error, context);
  context.finish(exitCode);
}
