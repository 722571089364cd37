import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Sandbox, type SandboxOptions, scale, startSandbox } from "stripe-sandbox";
import { type TestBigQuery, testBigQuery } from "../warehouse/bigquery-emulator.js";
import { newPlace } from "../warehouse/bigquery-places.js";

const BIN = fileURLToPath(new URL("../../bin/lorchestra.js", import.meta.url));
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** An account large enough for a run to be caught in the middle, at 25 requests a second. */
export const LARGE = { scenario: scale({ count: 40_000 }), latency: 100 } as const;

export const JOBS = ["customers", "invoices", "payment_intents", "refunds"].map((stream) => `stripe_ingest_${stream}`);

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

/** A command that is running. */
export interface Running {
  readonly process: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** A warehouse that every test of the seed's points runs on: a row a warehouse. */
export interface WarehouseRow {
  readonly name: string;
  /** The address for a test of its own, and what the environment needs for it. */
  place(): Promise<{
    readonly address: string;
    readonly dataset: string;
    readonly env: Readonly<Record<string, string>>;
    /** Removes what does not lie in the project's folder. */
    remove(): Promise<void>;
  }>;
}

export const DUCKDB: WarehouseRow = {
  name: "duckdb",
  place: async () => ({
    address: "duckdb:./lorchestra.duckdb",
    dataset: "events_dev",
    env: {},
    remove: async () => {},
  }),
};

const bigQuery = await testBigQuery();

export const WAREHOUSES: readonly WarehouseRow[] = bigQuery === null ? [DUCKDB] : [DUCKDB, bigQueryRow(bigQuery)];

function bigQueryRow(bigQuery: TestBigQuery): WarehouseRow {
  return {
    name: "bigquery",
    place: async () => {
      const { address, datasetId, remove } = await newPlace(bigQuery, "e2e");
      return { address: address.url, dataset: datasetId, env: bigQuery.environment, remove };
    },
  };
}

export interface Rig extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** The project's folder, with lorchestra.yaml in it. */
  readonly directory: string;
  readonly dataset: string;
  readonly env: Record<string, string>;
  /** Runs the real bin to its end. */
  run(...argv: string[]): Promise<Outcome>;
  /** The same with `--json`, parsed. */
  document(...argv: string[]): Promise<{ code: number | null; document: unknown }>;
  /** The same of `lorchestra run`. */
  json(...argv: string[]): Promise<{ code: number | null; document: RunDocument }>;
  start(argv: readonly string[], options?: { env?: Record<string, string>; cwd?: string }): Running;
  /** Writes lorchestra.yaml anew, with more settings of the connection. */
  configure(connectionSettings: string): Promise<void>;
  /** Rows of a query, as `lorchestra sql --json` gives them. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

/** What these tests look at of `run --json`. */
export interface RunDocument {
  readonly run_id: string;
  readonly status: string;
  readonly exit_code: number;
  readonly jobs: readonly {
    readonly job: string;
    readonly status: string;
    readonly records_extracted: number;
    readonly inserted: number;
    readonly updated: number;
    readonly unchanged: number;
    readonly deleted: number;
    readonly quarantined: number;
    readonly requests: number;
    readonly watermark: string | null;
    readonly sample: readonly { id: string; action: string; paths: string[] }[];
    readonly error: { code: string; message: string; hint: string } | null;
  }[];
  readonly error?: { code: string; message: string; hint: string };
}

/** A sandbox, a project that points to it, and the command line. */
export async function createRig(row: WarehouseRow, options: SandboxOptions = { scenario: "mensio" }): Promise<Rig> {
  const sandbox = await startSandbox(options);
  const directory = await mkdtemp(join(tmpdir(), "lorchestra-e2e-"));
  const { address, dataset, env: warehouseEnv, remove } = await row.place();
  const configure = (more: string): Promise<void> =>
    writeFile(join(directory, "lorchestra.yaml"), projectText(address) + more);
  await configure("");
  await writeFile(join(directory, ".env"), `STRIPE_API_KEY=${sandbox.key}\n`, { mode: 0o600 });
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    HOME: directory,
    TZ: "America/Toronto",
    STRIPE_API_BASE: sandbox.url,
    ...warehouseEnv,
  };
  const running = new Set<ChildProcess>();
  const start: Rig["start"] = (argv, { env: more = {}, cwd = directory } = {}) => {
    const child = startProcess(process.execPath, [BIN, ...argv], { env: { ...env, ...more }, cwd });
    running.add(child.process);
    void child.outcome.then(() => running.delete(child.process));
    return child;
  };
  const run: Rig["run"] = (...argv) => start(argv).outcome;
  const document: Rig["document"] = async (...argv) => {
    const { code, stdout, stderr } = await run(...argv, "--json");
    try {
      return { code, document: JSON.parse(stdout) };
    } catch {
      throw new Error(`no JSON document: ${stdout}\n${stderr}`);
    }
  };
  return {
    sandbox,
    directory,
    dataset,
    env,
    run,
    document,
    json: document as Rig["json"],
    start,
    configure,
    rows: async (sql) => {
      const { code, document: printed } = await document("sql", sql);
      const { rows, error } = printed as { rows: Record<string, unknown>[]; error?: unknown };
      if (code !== 0) throw new Error(JSON.stringify(error));
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill("SIGKILL");
      await sandbox.close();
      await remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function startProcess(
  command: string,
  argv: readonly string[],
  options: { env: Record<string, string>; cwd: string },
): Running {
  const startedAtMs = performance.now();
  const child = spawn(command, argv, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const outcome = async (): Promise<Outcome> => {
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve([code, signal]));
    });
    const [[code, signal], stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, signal, stdout, stderr, elapsedMs: performance.now() - startedAtMs };
  };
  return { process: child, outcome: outcome() };
}

/**
 * Waits until a running command has brought something about. Throws what it has printed where it ends without that; the
 * test's own time limit ends a command that does neither.
 */
export async function until(running: Running, isSo: () => boolean): Promise<void> {
  let ended: Outcome | undefined;
  const outcome = running.outcome.then((each) => (ended = each));
  while (!isSo()) {
    if (ended !== undefined)
      throw new Error(
        `the command ended with ${ended.code ?? ended.signal} before that\n${ended.stdout}${ended.stderr}`,
      );
    await Promise.race([outcome, new Promise((resolve) => setTimeout(resolve, 10))]);
  }
}

function projectText(address: string): string {
  return `warehouse: ${JSON.stringify(address)}
connections:
  stripe-mensio:
    identity: stripe:mensio
    provider: stripe
    description: Mensio Mental Health - Stripe
    api_key_env: STRIPE_API_KEY
`;
}
