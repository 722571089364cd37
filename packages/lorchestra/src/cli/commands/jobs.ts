import { didYouMean } from "../../config/nearest-names.js";
import { LorchestraError } from "../../errors.js";
import type { Job } from "../../jobs/job.js";
import type { Settings } from "../../config/settings.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { shellFlags } from "../output/shell-word.js";
import type { GlobalFlags } from "../global-flags.js";
import { connectionsFor, findJobs, loadJobs } from "../resolve-jobs.js";

export const define: DefineCommand = (command, context) => {
  const list = async (): Promise<void> => {
    const settings = await context.settings();
    const { jobs } = await loadJobs(settings);
    await printList(
      jobs.map((job) => describeJob(job, settings)),
      context,
    );
  };
  command
    .helpCommand(false)
    .addHelpText("after", "\nExamples:\n  lorchestra jobs list\n  lorchestra jobs show stripe_ingest_invoices\n");
  command
    .command("list")
    .description("List the jobs.")
    .addHelpText("after", "\nExamples:\n  lorchestra jobs list\n  lorchestra jobs list --json\n")
    .action(list);
  const show = command
    .command("show")
    .description("Show one job: what it reads, and for which connections.")
    .addHelpText("after", "\nExamples:\n  lorchestra jobs show stripe_ingest_invoices\n")
    .argument("<job>", "name of a job")
    .action(async (name: string) => {
      const settings = await context.settings();
      const { config, warehouse } = show.optsWithGlobals<GlobalFlags>();
      for (const job of findJobs([name], await loadJobs(settings)))
        await printJob(describeJob(job, settings), shellFlags({ config, warehouse }), context);
    });
  // The two above take no more words than they say; that is handed down when they are made.
  command
    // Alone it lists; what stands behind it and is no command of it would else be told as too many arguments.
    .allowExcessArguments()
    .action(async () => {
      const [word] = command.args;
      if (word === undefined) return await list();
      const names = command.commands.map((child) => child.name());
      throw new LorchestraError(
        "USAGE_INVALID",
        `jobs has no command ${JSON.stringify(word)}${didYouMean(word, names)}`,
        {
          hint: "See `lorchestra jobs --help` for options and examples.",
        },
      );
    });
};

/** A job as `--json` prints it. */
interface JobDescription {
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly stream: string | null;
  /** Names of the connections that it can run for. */
  readonly connections: readonly string[];
}

function describeJob(job: Job, settings: Settings): JobDescription {
  const { name, description, provider, stream } = job;
  return {
    name,
    description,
    provider,
    stream,
    connections: connectionsFor(job, settings).map((connection) => connection.name),
  };
}

async function printList(jobs: readonly JobDescription[], { io, mode, printJson }: CommandContext): Promise<void> {
  if (mode.json) return printJson({ jobs });
  const width = Math.max(...jobs.map((job) => job.name.length));
  await io.stdout.write(jobs.map((job) => `${job.name.padEnd(width)}  ${job.description}\n`).join(""));
}

/** `flags`: of which project and warehouse the shown command lines are. */
async function printJob(
  job: JobDescription,
  flags: readonly string[],
  { io, mode, paint, printJson }: CommandContext,
): Promise<void> {
  if (mode.json) return printJson(job);
  const connections = job.connections.length > 0 ? job.connections.join(", ") : "none is configured";
  const [connection, ...others] = job.connections;
  const which = others.length > 0 ? shellFlags({ connection }) : [];
  const run = ["lorchestra run", job.name, ...flags, ...which].join(" ");
  const lines = [
    paint.stdout.bold(job.name),
    `  ${job.description}`,
    `  provider      ${job.provider}`,
    ...(job.stream === null ? [] : [`  stream        ${job.stream}`]),
    `  connections   ${connections}`,
    ...(job.stream === null ? [] : ["  writes        raw_objects, event_log, checkpoints"]),
    "",
    `  ${run}`,
    `  ${run} --dry-run`,
  ];
  await io.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
