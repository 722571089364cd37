import type { Command } from "commander";
import type { Settings } from "../config/settings.js";
import type { ExitCode } from "./exit-code.js";
import type { Io } from "./io.js";
import type { Paint } from "./output/paint.js";
import type { Redactor } from "./redactor.js";

/** What a command gets. */
export interface CommandContext {
  readonly io: Io;
  readonly mode: OutputMode;
  readonly paint: { readonly stdout: Paint; readonly stderr: Paint };
  readonly redactor: Redactor;
  /**
   * Finds, reads and checks the configuration, with the flags of the command line. `mayLackFile`: the file of --config need not
   * be there. Throws CONFIG_INVALID or CONFIG_UNREADABLE.
   */
  settings(options?: { readonly mayLackFile?: boolean }): Promise<Settings>;
  /** Ends the command: the exit code of the process. Without a call it is 0. */
  finish(code: ExitCode): void;
  /** The program with all commands by name and summary, those that are `wanted` complete: what help and completion tell of. */
  program(wanted: "all" | readonly string[]): Promise<Command>;
  /** Runs another command line as if it had been typed: the demo's. */
  runLine(argv: readonly string[], io: Io): Promise<ExitCode>;
  /** Prints the command's one document, with --json. */
  printJson(document: unknown): Promise<void>;
}

export interface OutputMode {
  /** One JSON document on stdout, whatever happens. */
  readonly json: boolean;
  /** Nothing but errors, and what a command is there to answer, such as rows or a plan. */
  readonly quiet: boolean;
  /** Stacks and facts with errors. */
  readonly debug: boolean;
}
