import type { CommandEntry } from "./command-entry.js";

/** The commands there are. */
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
