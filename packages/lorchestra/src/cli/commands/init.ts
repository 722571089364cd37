import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONNECTION_NAME } from "../../config/fields.js";
import { PROJECT_FILE } from "../../config/load-settings.js";
import { projectTemplate } from "../../config/project-template.js";
import type { Settings } from "../../config/settings.js";
import { LorchestraError } from "../../errors.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../commands.js";
import { openWarehouse } from "../compose.js";

export const define: DefineCommand = (command, context) => {
  command
    .option("--connection <name>", "name of the first connection, as it will stand in every table", "stripe-main")
    .addHelpText(
      "after",
      `
Writes lorchestra.yaml where there is none, and makes the tables that are missing. Run it as often as you like.

Examples:
  lorchestra init
  lorchestra init --connection stripe-acme
  lorchestra init --warehouse "bigquery://my-project/events_dev?location=US"
`,
    )
    .action((flags: { connection: string }) => initialize(flags.connection, context));
};

async function initialize(connection: string, context: CommandContext): Promise<void> {
  const { io, mode, paint, printJson } = context;
  if (!CONNECTION_NAME.test(connection))
    throw new LorchestraError("USAGE_INVALID", "--connection is no name", {
      hint: "A name is made of letters, digits, '-', '_' and '.', for example stripe-acme.",
    });
  const before = await context.settings();
  const wrote = before.file === null ? await writeProject(before, connection) : null;
  const settings = wrote === null ? before : await context.settings();
  await using warehouse = await openWarehouse(settings, { access: "write", testTable: false, clock: io.clock });
  await warehouse.prepare();
  if (mode.json)
    return await printJson({ config_file: settings.file, written: wrote !== null, warehouse: warehouse.label });
  if (mode.quiet) return;
  const tick = paint.stdout.green("✓");
  const variables = settings.connections.map(({ apiKeyEnv }) => apiKeyEnv);
  const missing = variables.filter((name) => settings.environment[name] === undefined);
  await io.stdout.write(
    [
      wrote === null ? `${tick} ${settings.file} is there already and stays as it is` : `${tick} wrote ${wrote}`,
      `${tick} ${warehouse.label} has its tables`,
      ...missing.map((name) => `Next: put ${name}=… into ${settings.directory}/.env`),
      "Next: lorchestra check",
      "",
    ].join("\n"),
  );
}

/** Makes the file, or fails where another process was quicker: nothing is ever overwritten. */
async function writeProject(settings: Settings, connection: string): Promise<string> {
  const path = join(settings.directory, PROJECT_FILE);
  // The address of --warehouse or of the environment is what was asked for: it goes into the file.
  const text = projectTemplate({ warehouse: settings.warehouse.url, connection });
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new LorchestraError("CONFIG_UNREADABLE", `${path} cannot be written (${code})`, {
      hint: "Run it in a folder that you may write to.",
      cause: error,
    });
  }
  return path;
}
