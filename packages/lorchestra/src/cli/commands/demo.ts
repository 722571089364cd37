import { LorchestraError } from "../../errors.js";
import type { DefineCommand } from "../command-entry.js";

export const define: DefineCommand = (command, context) => {
  command
    .option("--bigquery", "into the BigQuery emulator at BIGQUERY_EMULATOR_HOST, instead of a DuckDB file")
    .addHelpText(
      "after",
      "\nNeeds no key and no network.\n\nExamples:\n  lorchestra demo\n  BIGQUERY_EMULATOR_HOST=127.0.0.1:9050 lorchestra demo --bigquery\n",
    )
    .action(async (flags: { bigquery?: true }) => {
      const emulator = context.io.environment.BIGQUERY_EMULATOR_HOST ?? null;
      if (flags.bigquery && emulator === null)
        throw new LorchestraError("USAGE_INVALID", "--bigquery needs an emulator", {
          hint: "Start one with `npm run bigquery-emulator`, then set BIGQUERY_EMULATOR_HOST to its address, such as 127.0.0.1:9050.",
        });
      const { runDemo } = await import("../demo/run-demo.js");
      context.finish(await runDemo({ emulator: flags.bigquery ? emulator : null }, context));
    });
};
