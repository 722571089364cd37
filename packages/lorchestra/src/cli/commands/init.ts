import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONNECTION_NAME } from "../../config/fields.js";
import { projectTemplate } from "../../config/project-template.js";
import { looksLikeSecret } from "../../config/secret-shapes.js";
import type { Settings } from "../../config/settings.js";
import { LorchestraError } from "../../errors.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { openWarehouse, warehouseSeenFrom } from "../compose.js";
import { shellFlags } from "../output/shell-word.js";
import type { GlobalFlags } from "../global-flags.js";

export const define: DefineCommand = (command, context) => {
  command
    .option("--connection <name>", "name of the first connection, as it will stand in every table", "stripe-main")
    .addHelpText(
      "after",
      `
Makes the tables that are missing, and writes lorchestra.yaml, or the file of
--config, where there is none. Run it as often as you like.

Examples:
  lorchestra init
  lorchestra init --connection stripe-acme
  lorchestra init --config other.yaml
  lorchestra init --warehouse "bigquery://my-project/events_dev?location=US"
`,
    )
    .action(() => initialize(command.optsWithGlobals<InitFlags>(), context));
};

type InitFlags = GlobalFlags & { readonly connection: string };

async function initialize(
  { connection, config, warehouse: address }: InitFlags,
  context: CommandContext,
): Promise<void> {
  const { io, mode, paint, printJson } = context;
  if (!CONNECTION_NAME.test(connection) || looksLikeSecret(connection))
    throw new LorchestraError("USAGE_INVALID", "--connection is no name", {
      hint: "A name is made of letters, digits, '-', '_' and '.', for example stripe-acme.",
    });
  const { clock, signal } = io;
  const before = await context.settings({ mayLackFile: true });
  await using warehouse = await openWarehouse(before, { access: "write", testTable: false, clock, signal });
  await warehouse.prepare();
  // Only now: a file with an address that is no use would stay as it is the next time.
  const isNew = before.file === null;
  if (isNew) await writeProject(before, connection);
  const settings = isNew ? await context.settings() : before;
  if (mode.json) return await printJson({ config_file: settings.file, written: isNew, warehouse: warehouse.label });
  if (mode.quiet) return;
  const tick = paint.stdout.green("✓");
  const variables = settings.connections.map(({ apiKeyEnv }) => apiKeyEnv);
  const missing = variables.filter((name) => settings.environment[name] === undefined);
  // A new file has the address; in one that was there another may stand.
  const flags = shellFlags({ config, ...(isNew ? {} : { warehouse: address }) });
  await io.stdout.write(
    [
      isNew ? `${tick} wrote ${settings.file}` : `${tick} ${settings.file} is there already and stays as it is`,
      `${tick} ${warehouse.label} has its tables`,
      ...missing.map((name) => `Next: put ${name}=… into ${join(settings.directory, ".env")}`),
      `Next: ${["lorchestra check", ...flags].join(" ")}`,
      "",
    ].join("\n"),
  );
}

/** Makes the file, or fails where another process was quicker: nothing is ever overwritten. */
async function writeProject(settings: Settings, connection: string): Promise<void> {
  const { path, directory } = settings;
  // The address of --warehouse or of the environment is what was asked for: it goes into the file.
  const text = projectTemplate({ warehouse: await warehouseSeenFrom(directory, settings), connection });
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new LorchestraError("CONFIG_UNREADABLE", `${path} cannot be written (${code})`, {
      hint: "Run it in a folder that you may write to.",
      cause: error,
    });
  }
}
