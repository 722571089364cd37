// Measures the project against the sandbox, which runs in a process of its own: npm run bench -- [--short]
// Prints a table of ratios and writes bench/results/latest.json. With --short it checks counts only, never time.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureProcess } from "./measure-process.js";
import { withSandbox } from "./sandbox.js";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const BIN = inRoot("packages/lorchestra/bin/lorchestra.js");
const isShort = process.argv.includes("--short");
const JOBS = ["customers", "invoices", "payment_intents", "refunds"].map((name) => `stripe_ingest_${name}`);
const cwd = mkdtempSync(join(tmpdir(), "lorchestra-bench-"));
const results = [];
const failures = [];

function note(name, figures, limits = {}) {
  results.push({ name, ...figures });
  const text = Object.entries(figures).map(([key, value]) => `${key} ${Number(value.toFixed(2))}`);
  console.log(`${name.padEnd(46)} ${text.join("   ")}`);
  for (const [key, limit] of Object.entries(limits)) {
    if (figures[key] > limit) failures.push(`${name}: ${key} is ${figures[key]}, more than ${limit}`);
  }
}

async function oneStream(shape, count, latencySeconds) {
  const latency = latencySeconds === 0 ? [] : ["--latency", String(latencySeconds * 1000)];
  const args = ["--scenario", "scale", "--count", String(count), "--shape", shape, ...latency];
  const { stdout } = await withSandbox(args, (env) => measureProcess(inRoot("bench/read-stream.js"), [], { env, cwd }));
  const { objects, requests, wallSeconds } = JSON.parse(stdout);
  const pages = Math.max(1, Math.ceil(objects / 100));
  const least = shape === "single-second" ? (pages + 2) * latencySeconds : pages / 25 + 2 * latencySeconds;
  const requestsAllowed = 1.1 * pages + 50 * latencySeconds + 20;
  note(
    `one stream, ${shape}, ${objects} objects, ${latencySeconds} s`,
    { wallOfLeast: wallSeconds / least, requests, requestsAllowed },
    { requests: requestsAllowed },
  );
}

async function practice() {
  cpSync(inRoot("lorchestra.yaml"), join(cwd, "lorchestra.yaml"));
  await withSandbox(["--scenario", "mensio", "--latency", "300"], async (env) => {
    const run = () => measureProcess(BIN, ["run", ...JOBS, "--json"], { env, cwd });
    const requestsOf = ({ stdout }) => JSON.parse(stdout).jobs.reduce((sum, job) => sum + job.requests, 0);
    const first = await run();
    note(
      "first load of 3,101 objects at 300 ms",
      { wallSeconds: first.wallSeconds, requests: requestsOf(first) },
      { requests: 90 },
    );
    const quiet = await run();
    note(
      "quiet day of four jobs at 300 ms",
      { wallSeconds: quiet.wallSeconds, requests: requestsOf(quiet) },
      { requests: 12 },
    );
  });
}

async function load(count) {
  cpSync(inRoot("lorchestra.yaml"), join(cwd, "lorchestra.yaml"));
  const warehouse = `duckdb:./${count}.duckdb`;
  const args = ["run", "stripe_ingest_payment_intents", "--max-rate", "100%", "--json", "--warehouse", warehouse];
  const { wallSeconds, cpuSeconds, peakRssMb } = await withSandbox(
    ["--scenario", "scale", "--count", String(count)],
    (env) => measureProcess(BIN, args, { env, cwd }),
  );
  note(`load of ${count} payment intents into DuckDB`, {
    objectsPerCpuSecond: count / cpuSeconds,
    wallOfLeast: wallSeconds / (count / 2500),
    peakRssMb,
  });
}

try {
  await practice();
  if (isShort) {
    await oneStream("uniform", 4_000, 0.1);
    await oneStream("clustered", 4_000, 0.1);
  } else {
    for (const shape of ["uniform", "growing", "bursty", "clustered"]) {
      for (const latencySeconds of [0.1, 0.3, 1]) await oneStream(shape, 40_000, latencySeconds);
    }
    await oneStream("single-second", 2_000, 0.3);
    for (const shape of ["one", "none"]) await oneStream(shape, 1, 0.3);
    await load(100_000);
    await load(300_000);
  }
} finally {
  rmSync(cwd, { recursive: true, force: true });
}
mkdirSync(inRoot("bench/results"), { recursive: true });
writeFileSync(inRoot("bench/results/latest.json"), `${JSON.stringify(results, null, 2)}\n`);
for (const failure of failures) console.error(`✗ ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
