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

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "bring a source's objects into the warehouse",
    emptyDocument: { run_id: null, dry_run: false, jobs: [], usage: null },
    load: () => import("./commands/run.js"),
  },
  { name: "jobs", summary: "list the jobs, or show one", load: () => import("./commands/jobs.js") },
  { name: "sql", summary: "query the warehouse in BigQuery's dialect", load: () => import("./commands/sql.js") },
  {
    name: "verify",
    summary: "compare the warehouse with Stripe, object by object",
    load: () => import("./commands/verify.js"),
  },
  { name: "explain", summary: "say where a row comes from", load: () => import("./commands/explain.js") },
  { name: "plan", summary: "say what a run will cost before it runs", load: () => import("./commands/plan.js") },
  { name: "init", summary: "write lorchestra.yaml and make the tables", load: () => import("./commands/init.js") },
  {
    name: "check",
    summary: "test the key, its permissions and the warehouse",
    load: () => import("./commands/check.js"),
  },
  {
    name: "demo",
    summary: "show the main job on a made-up account, offline",
    load: () => import("./commands/demo.js"),
  },
  {
    name: "completion",
    summary: "print a completion script for your shell",
    load: () => import("./commands/completion.js"),
  },
  { name: "help", summary: "help on a command, or on exit-codes", load: () => import("./commands/help.js") },
  { name: "version", summary: "print the version", load: () => import("./commands/version.js") },
];
