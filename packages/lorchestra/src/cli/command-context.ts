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
