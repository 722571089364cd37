import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "stripe-sandbox";
import { BUILT_IN_JOBS } from "../../jobs/built-in-jobs.js";
import { newUlid } from "../../ids.js";
import type { CommandContext } from "../command-context.js";
import { EXIT_CODES, type ExitCode } from "../exit-code.js";
import type { Io, Output } from "../io.js";
import { counted } from "../output/figures.js";
import { shellWord } from "../output/shell-word.js";
import { validationQueries } from "./validation-queries.js";

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Shows the main job from end to end: the seed's account in a sandbox, the four jobs, a day of changes, the jobs again,
 * the seed's two validation queries, and a verification. Every command runs as if it had been typed.
 */
export async function runDemo({ emulator }: { emulator: string | null }, context: CommandContext): Promise<ExitCode> {
  // It starts a day ago, so that after a day in the account's life it is now.
  await using sandbox = await startSandbox({ scenario: "mensio", clock: { now: () => Date.now() - DAY_MS } });
  const place = await demoPlace(sandbox, emulator, context);
  const stage = createStage(place, context);
  for (const { says, argv } of scenes(sandbox, place.dataset)) {
    await stage.say(says());
    if ((await stage.perform(argv)) !== EXIT_CODES.ok.code) break;
  }
  return await place.finish(stage.say);
}

/** What is said, when its time has come, and then typed. */
interface Scene {
  readonly says: () => string;
  readonly argv: readonly string[];
}

function scenes(sandbox: Sandbox, dataset: string): Scene[] {
  const run = ["run", ...Object.keys(BUILT_IN_JOBS)];
  return [
    {
      says: () =>
        `A made-up Stripe account answers at ${sandbox.url}: ${holdings(sandbox)}, over two years, in CAD.\n` +
        "Bring all of it into the warehouse:",
      argv: run,
    },
    { says: () => `A day passes in the account: ${happenings(sandbox.live(1))}.\nBring what has changed:`, argv: run },
    ...validationQueries(dataset).map(({ question, sql }) => ({ says: () => question, argv: ["sql", sql] })),
    { says: () => "Compare every object with Stripe's own:", argv: ["verify", "--all"] },
  ];
}

/** Where the demo works: a folder of its own, which stays, so that its tables can be looked at afterwards. */
interface DemoPlace {
  readonly directory: string;
  readonly dataset: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  finish(say: (text: string) => Promise<void>): Promise<ExitCode>;
  readonly steps: DemoStep[];
}

interface DemoStep {
  readonly command: string;
  readonly exit_code: ExitCode;
  /** What the command printed with --json. */
  readonly document: unknown;
}

async function demoPlace(sandbox: Sandbox, emulator: string | null, context: CommandContext): Promise<DemoPlace> {
  const directory = await mkdtemp(join(tmpdir(), "lorchestra-demo-"));
  const dataset = emulator === null ? "events_dev" : `demo_${newUlid(context.io.clock.wallMs()).toLowerCase()}`;
  const warehouse =
    emulator === null ? `duckdb:${join(directory, "demo.duckdb")}` : `bigquery://local/${dataset}?location=US`;
  await writeFile(join(directory, "lorchestra.yaml"), PROJECT);
  context.redactor.add(sandbox.key);
  const steps: DemoStep[] = [];
  const { PATH, HOME, NO_COLOR, TERM, TZ, LANG } = context.io.environment;
  return {
    directory,
    dataset,
    steps,
    environment: {
      PATH,
      HOME,
      NO_COLOR,
      TERM,
      TZ,
      LANG,
      ...(emulator !== null && { BIGQUERY_EMULATOR_HOST: emulator }),
      STRIPE_API_KEY: sandbox.key,
      STRIPE_API_BASE: sandbox.url,
      LORCHESTRA_WAREHOUSE: warehouse,
    },
    finish: async (say) => {
      const failed = steps.find((step) => step.exit_code !== EXIT_CODES.ok.code);
      if (context.mode.json) await context.printJson({ steps, warehouse, exit_code: failed?.exit_code ?? 0 });
      else if (failed === undefined) await say(nextSteps(warehouse, dataset));
      return failed?.exit_code ?? EXIT_CODES.ok.code;
    },
  };
}

const PROJECT = `connections:
  stripe-mensio:
    identity: stripe:mensio
    provider: stripe
    description: Mensio Mental Health - Stripe
    api_key_env: STRIPE_API_KEY
`;

/** How the demo speaks, and how it types: with --json it says nothing, and keeps what the commands print. */
function createStage(place: DemoPlace, context: CommandContext) {
  const { io, mode, paint } = context;
  return {
    say: async (text: string): Promise<void> => {
      if (!mode.json && !mode.quiet) await io.stdout.write(`\n${text}\n`);
    },
    perform: async (argv: readonly string[]): Promise<ExitCode> => {
      if (io.signal.aborted) throw io.signal.reason;
      const command = `lorchestra ${argv.map(shellWord).join(" ")}`;
      if (!mode.json && !mode.quiet) await io.stdout.write(`${paint.stdout.bold(`$ ${command}`)}\n`);
      const collected = collector(io.stdout);
      const stdout = mode.json ? collected : io.stdout;
      const own: Io = { ...io, stdout, cwd: () => place.directory, environment: place.environment };
      const flags = [
        ...(mode.json ? ["--json"] : []),
        ...(mode.quiet ? ["--quiet"] : []),
        ...(mode.debug ? ["--debug"] : []),
      ];
      const exitCode = await context.runLine([...argv, ...flags], own);
      const document = mode.json ? (JSON.parse(collected.text) as unknown) : null;
      place.steps.push({ command, exit_code: exitCode, document });
      return exitCode;
    },
  };
}

function collector(output: Output): Output & { readonly text: string } {
  let text = "";
  return {
    write: (part) => {
      text += part;
      return Promise.resolve();
    },
    isTerminal: false,
    columns: output.columns,
    isClosed: false,
    get text() {
      return text;
    },
  };
}

function holdings(sandbox: Sandbox): string {
  return (["customer", "invoice", "payment_intent", "refund"] as const)
    .map((type) => counted(sandbox.count(type), type.replace("_", " ")))
    .join(", ");
}

function happenings(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} × ${what}`)
    .join(", ");
}

function nextSteps(warehouse: string, dataset: string): string {
  const isEmulated = warehouse.startsWith("bigquery:");
  return [
    ...(isEmulated
      ? ["The tables are in the emulator, which bills nothing; BigQuery itself would have billed.", ""]
      : []),
    "What to do next:",
    `  npx lorchestra sql --warehouse ${shellWord(warehouse)} "SELECT * FROM ${dataset}.event_log"`,
    "  put STRIPE_API_KEY=rk_live_… into .env          your own account, read only",
    ...(isEmulated ? ["  unset BIGQUERY_EMULATOR_HOST                    your own BigQuery: docs/bigquery.md"] : []),
    "  npx lorchestra check                            test the key, its permissions and the warehouse",
    "  npx lorchestra run stripe_ingest_customers --dry-run",
    "  scripts/daily_ingest.sh                         the four jobs, for cron",
  ].join("\n");
}
