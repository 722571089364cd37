import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, type SandboxOptions, startSandbox } from "stripe-sandbox";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";
import { fill } from "../../../injest/test/stripe/filled-account.js";
import { SteppedClock } from "../../../injest/test/stripe/stepped-clock.js";
import { type CommandLineResult, commandLine } from "../cli/command-line.js";
import { plain } from "../simulation/expect-truth.js";

export const TYPES = ["customer", "invoice"] as const;
export const JOBS = ["stripe_ingest_customers", "stripe_ingest_invoices"] as const;

/** What these tests look at of a `--json` document. */
export interface Document {
  readonly exit_code: number;
  readonly status: string;
  readonly jobs: readonly {
    readonly job: string;
    readonly status: string;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    readonly quarantined: number;
    readonly records_extracted: number;
    readonly requests: number;
    readonly watermark: string | null;
    readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  }[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

/**
 * A project whose command line runs in this process, its account in a sandbox, its warehouse a DuckDB file.
 *
 * Time stands still while anything happens: deadlines and pauses of minutes cost nothing, and a busy machine changes nothing.
 */
export interface AccountRig extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly clock: SteppedClock;
  readonly directory: string;
  readonly env: Record<string, string>;
  /** Writes lorchestra.yaml anew, with these settings of the connection, such as `request_timeout_s: 1`. */
  configure(...settings: string[]): Promise<void>;
  run(...argv: string[]): Promise<CommandLineResult>;
  /** The same with a terminal as its outputs. */
  runOnTerminal(...argv: string[]): Promise<CommandLineResult>;
  /** The same with `--json`, parsed. */
  json(...argv: string[]): Promise<{ code: number; document: Document; stderr: string }>;
  /** Rows of a query in DuckDB's own dialect, column by column. */
  rows(sql: string): Promise<(readonly unknown[])[]>;
  /** What the warehouse holds, beside what the account holds. */
  compare(): Promise<Comparison>;
}

export interface Comparison {
  /** Rows that are right, byte for byte but for white space and signatures. */
  readonly right: number;
  /** Ids of rows that no state of the account explains. */
  readonly wrong: string[];
  /** Ids of objects without a row. */
  readonly missing: string[];
}

export interface AccountRigOptions extends SandboxOptions {
  /** When time begins, in Unix milliseconds. Default: on a day of 2026, which the warehouse's own clock leaves behind. */
  readonly startMs?: number;
}

/** Customers, two every three days, and 60 invoices, of which every twentieth has 25 lines. */
export async function accountRig(
  { startMs, ...options }: AccountRigOptions = {},
  customers = 250,
): Promise<AccountRig> {
  const clock = new SteppedClock(startMs);
  const sandbox = await startSandbox({ latency: 100, ...options, clock: { now: clock.now, sleep: clock.sleepOrWake } });
  const now = Math.floor(sandbox.clock.now() / 1000);
  const seconds = Array.from(
    { length: customers },
    (_, index) => now - 2 * DAY_SECONDS - 3 * DAY_SECONDS * (index >> 1),
  );
  if (options.scenario === undefined) {
    fill(sandbox, "customer", seconds);
    fill(sandbox, "invoice", seconds.slice(0, 60));
  }
  const directory = await mkdtemp(join(tmpdir(), "lorchestra-faults-"));
  const env: Record<string, string> = { STRIPE_API_KEY: sandbox.key, STRIPE_API_BASE: sandbox.url };
  const configure = (...settings: string[]): Promise<void> =>
    writeFile(join(directory, "lorchestra.yaml"), [PROJECT, ...settings.map((line) => `    ${line}\n`)].join(""));
  await configure();
  const run: AccountRig["run"] = (...argv) => whileTimePasses(clock, commandLine(argv, { cwd: directory, env, clock }));
  const rows: AccountRig["rows"] = async (sql) => {
    const open = await WAREHOUSES["duckdb"]?.load();
    if (open === undefined) throw new Error("no DuckDB warehouse");
    await using warehouse = await open(
      { url: "duckdb:./lorchestra.duckdb", directory, environment: {}, settings: {} },
      { tablePrefix: "", access: "read", runId: "look", nowMs: () => Date.now() },
    );
    const found: (readonly unknown[])[] = [];
    for await (const row of (await warehouse.query(sql, { dialect: "native" })).rows) found.push(row);
    return found;
  };
  return {
    sandbox,
    clock,
    directory,
    env,
    configure,
    run,
    runOnTerminal: (...argv) =>
      whileTimePasses(clock, commandLine(argv, { cwd: directory, env, clock, terminal: true })),
    rows,
    json: async (...argv) => {
      const { code, stdout, stderr } = await run(...argv, "--json");
      return { code, document: JSON.parse(stdout) as Document, stderr };
    },
    compare: async () => {
      const held = await rows("SELECT external_id, payload, deleted_at FROM events_dev.raw_objects");
      return compareWithTruth(sandbox, held as [string, string, string | null][]);
    },
    [Symbol.asyncDispose]: async () => {
      await sandbox.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function compareWithTruth(sandbox: Sandbox, held: readonly [string, string, string | null][]): Comparison {
  const truth = new Map(
    TYPES.flatMap((type) => [...sandbox.truth(type)].map((record) => [record.id, record] as const)),
  );
  let right = 0;
  const wrong: string[] = [];
  for (const [id, payload, deletedAt] of held) {
    const object = truth.get(id);
    truth.delete(id);
    const isRight =
      object !== undefined &&
      object.deleted === (deletedAt !== null) &&
      (object.deleted || plain(payload) === object.json);
    if (isRight) right += 1;
    else wrong.push(id);
  }
  return { right, wrong, missing: [...truth.values()].filter(({ deleted }) => !deleted).map(({ id }) => id) };
}

/** DuckDB works outside of the event loop, so that nothing seems to happen meanwhile: time must have somewhere to go. */
async function whileTimePasses<T>(clock: SteppedClock, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const ticking = (async () => {
    while (!over.signal.aborted) await clock.sleepOrWake(TICK_MS, over.signal);
  })();
  try {
    return await clock.run(work);
  } finally {
    over.abort();
    await ticking;
  }
}

const TICK_MS = 5_000;

const DAY_SECONDS = 86_400;

const PROJECT = `connections:
  stripe-mensio:
    provider: stripe
    api_key_env: STRIPE_API_KEY
`;
