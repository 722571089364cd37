import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A BigQuery to test against: an emulator of this test run, or Google itself. */
export interface TestBigQuery {
  readonly projectId: string;
  /** Names of the tests' datasets begin with this. */
  readonly datasetPrefix: string;
  /** What an address gets as its `environment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Base of the REST API; null for Google, whom tests reach only through the warehouse. */
  readonly origin: string | null;
}

/**
 * The BigQuery of this test run; null when there is none, which one line on stderr then says.
 *
 * LORCHESTRA_TEST_BIGQUERY=project/dataset means Google, with the credentials of this machine: datasets are made whose
 * names begin with that one. BIGQUERY_EMULATOR_HOST means an emulator that is running. Otherwise the first test file that asks starts an emulator, on a free port with data of its
 * own, for all files of the run; it ends with the run.
 */
export async function testBigQuery(): Promise<TestBigQuery | null> {
  const google = process.env["LORCHESTRA_TEST_BIGQUERY"] ?? "";
  if (google !== "") {
    const [projectId = "", dataset = "lorchestra_test"] = google.split("/");
    return { projectId, datasetPrefix: dataset, environment: {}, origin: null };
  }
  const running = process.env["BIGQUERY_EMULATOR_HOST"] ?? "";
  if (running !== "") return emulatorAt(running);
  const isRequired = process.env["LORCHESTRA_REQUIRE_BIGQUERY"] === "1";
  return orSayWhyNot(await startOnce(), isRequired, (line) => process.stderr.write(line));
}

/** A run without BigQuery says so in one line that nobody overlooks, or fails where BigQuery is required. */
export function orSayWhyNot(
  started: Started,
  isRequired: boolean,
  tell: (line: string) => unknown,
): TestBigQuery | null {
  if ("port" in started) return emulatorAt(`127.0.0.1:${started.port}`);
  if (isRequired) throw new Error(`the BigQuery emulator is required, but ${started.missing}`);
  tell(`\n!!! BIGQUERY IS NOT TESTED: ${started.missing}\n\n`);
  return null;
}

function emulatorAt(host: string): TestBigQuery {
  const environment = { BIGQUERY_EMULATOR_HOST: host };
  return { projectId: "local", datasetPrefix: "test", environment, origin: `http://${host}` };
}

type Started = { readonly port: number } | { readonly missing: string };

const SCRIPTS = scriptsAbove(new URL("./", import.meta.url));

/** Compiled for the kill harness, this file lies deeper than in the sources. */
function scriptsAbove(folder: URL): string {
  const scripts = fileURLToPath(new URL("scripts/bigquery-emulator/", folder));
  return existsSync(scripts) || folder.pathname === "/" ? scripts : scriptsAbove(new URL("../", folder));
}

/** Test files run in processes of their own, children of one: whichever makes the folder starts the server. */
async function startOnce(): Promise<Started> {
  const run = process.env["VITEST_POOL_ID"] === undefined ? process.pid : process.ppid;
  const shared = join(tmpdir(), `lorchestra-test-bigquery-${run}-${startOf(run)}`);
  const answer = join(shared, "started.json");
  try {
    mkdirSync(shared);
  } catch {
    for (let waitedMs = 0; waitedMs < 300_000; waitedMs += 200) {
      const text = readOrNull(answer);
      if (text !== null) return JSON.parse(text) as Started;
      await delay(200);
    }
    return { missing: "another test file did not start it in time" };
  }
  const started = await start(run, shared);
  // Whoever waits must never read half of it.
  writeFileSync(`${answer}.new`, JSON.stringify(started));
  renameSync(`${answer}.new`, answer);
  return started;
}

async function start(run: number, shared: string): Promise<Started> {
  let python: string;
  try {
    python = execFileSync(join(SCRIPTS, "install"), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return { missing: (stderr ?? String(error)).trim().split("\n").at(-1) ?? "it could not be installed" };
  }
  const port = await freePort();
  const log = join(shared, "log");
  const out = openSync(log, "w");
  const data = join(shared, "data");
  const options = [
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--project",
    "local",
    "--dataset",
    "local",
    "--data-dir",
    data,
  ];
  const child = spawn(
    python,
    [join(SCRIPTS, "emulator.py"), "--exit-with", String(run), "--remove", shared, ...options],
    {
      detached: true,
      stdio: ["ignore", out, out],
      env: { ...process.env, HOME: join(python, "../../..") },
    },
  );
  closeSync(out);
  child.unref();
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) break;
    const response = await fetch(`http://127.0.0.1:${port}/bigquery/v2/projects/local/datasets`).catch(() => null);
    if (response?.ok === true) return { port };
    await delay(200);
  }
  return { missing: `it did not start: ${(readOrNull(log) ?? "").trim().split("\n").at(-1)}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** When a process started, so that a pid that comes again finds no folder of an older run. */
function startOf(pid: number): string {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "0";
}
