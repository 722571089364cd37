import { Command, CommanderError } from "commander";
import { LorchestraError } from "../errors.js";
import type { CommandContext } from "./command-context.js";
import { COMMANDS } from "./commands.js";
import { EXIT_CODES, type ExitCode } from "./exit-code.js";
import { globalOptions } from "./global-flags.js";
import { readVersion, versionDocument } from "./version.js";

/** The program with all commands by name and summary; only those that are `wanted` are imported and complete. */
export async function createProgram(context: CommandContext, wanted: "all" | readonly string[]): Promise<Command> {
  const program = new Command("lorchestra")
    .description("Brings a company's Stripe data into its warehouse, complete and provably right.")
    .usage("<command> [options]")
    .version(readVersion(), "-V, --version", "print the version")
    .helpCommand(false)
    .helpOption("-h, --help", "show this help")
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(context.io.stdout.columns, 100) })
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .exitOverride()
    .addHelpText("after", ROOT_HELP);
  for (const option of globalOptions()) program.addOption(option);
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).description(sentence(entry.summary)).summary(entry.summary);
    if (wanted === "all" || wanted.includes(entry.name)) (await entry.load()).define(command, context);
  }
  return program;
}

/** The first word of the command line that is no option nor an option's value: the command. */
export function commandName(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "--config" || word === "--warehouse") index += 1;
    else if (!word.startsWith("-")) return word;
  }
  return undefined;
}

/** Parses the command line and runs its command. Throws USAGE_INVALID for what it cannot parse. */
export async function parseAndRun(argv: readonly string[], context: CommandContext): Promise<ExitCode | null> {
  const name = commandName(argv);
  const program = await createProgram(context, name === undefined ? [] : [name]);
  let help = "";
  collectHelp(program, (text) => (help += text));
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // No command was given, with whatever options.
    if (error.code === "commander.help") return await refuseWithoutCommand(program, context);
    if (error.exitCode !== 0) throw usageError(error, name);
    if (!context.mode.json) await context.io.stdout.write(help);
    else await context.printJson(error.code === "commander.version" ? versionDocument() : { help });
  }
  return null;
}

async function refuseWithoutCommand(program: Command, { io, mode }: CommandContext): Promise<ExitCode> {
  if (mode.json)
    throw new LorchestraError("USAGE_INVALID", "no command was given", { hint: "`lorchestra --help` has them all." });
  await io.stderr.write(program.helpInformation() + ROOT_HELP);
  return EXIT_CODES.usage.code;
}

function collectHelp(command: Command, write: (text: string) => void): void {
  command.configureOutput({ writeOut: write });
  for (const child of command.commands) collectHelp(child, write);
}

function usageError(error: CommanderError, name: string | undefined): LorchestraError {
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const hint = suggestion?.replace(/^\(|\)$/g, "");
  const help = `\`lorchestra ${name !== undefined && COMMANDS.some((entry) => entry.name === name) ? `${name} ` : ""}--help\``;
  return new LorchestraError("USAGE_INVALID", message, {
    hint: `${hint === undefined ? "" : `${hint} `}See ${help} for options and examples.`,
  });
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

const ROOT_HELP = `
Examples:
  lorchestra demo                                     the whole thing on a made-up account, offline
  lorchestra run stripe_ingest_customers --dry-run    what a run would change
  lorchestra run stripe_ingest_customers stripe_ingest_invoices
  lorchestra verify --all                             prove that the warehouse holds what Stripe holds
  lorchestra help exit-codes
`;
