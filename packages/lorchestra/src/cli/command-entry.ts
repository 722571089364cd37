import type { Command } from "commander";
import type { CommandContext } from "./command-context.js";

/** A command of the command line. Its module is imported only when it is used: `--help` pays for none of them. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** With --json, the fields that a document of this command has even when the command could not start. */
  readonly emptyDocument?: Readonly<Record<string, unknown>>;
  load(): Promise<{ define: DefineCommand }>;
}

/** Adds arguments, options, examples and the action to the command. */
export type DefineCommand = (command: Command, context: CommandContext) => void;
