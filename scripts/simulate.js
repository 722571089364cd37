// Seeded simulations of whole histories: npm run test:simulate -- --seeds 500 --seed 1
// A seed that fails prints the command that replays its smallest form.
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildHarness } from "./build-harness.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    seed: { type: "string" },
    path: { type: "string" },
    workers: { type: "string" },
    "shrink-s": { type: "string", default: "60" },
    "most-failures": { type: "string", default: "3" },
    "no-build": { type: "boolean", default: false },
  },
});
const root = fileURLToPath(new URL("../", import.meta.url));
const WORKER = join(root, "packages/lorchestra/.cache/harness/test/simulation/worker.js");
/** A simulation takes a fraction of a second; one that is stuck in real time is a failure, too. */
const STUCK_MS = 180_000;
/** What runs that were killed leave in memory ends with their process. */
const SEEDS_A_PROCESS = 150;

const seeds = Number(values.seeds);
const mostFailures = Number(values["most-failures"]);
const first = Number(values.seed ?? Date.now() % 2 ** 31);
const shrinkMs = Number(values["shrink-s"]) * 1000;
const startedMs = performance.now();

if (!values["no-build"]) buildHarness();
if (values.path !== undefined) {
  const result = await checked({ seed: first, path: values.path, shrinkMs: 0 });
  console.log(result.failure === null ? `it holds (${result.simulated?.trace})` : result.failure.text);
  process.exit(result.failure === null ? 0 : 1);
}

let next = first;
let done = 0;
const failures = [];
const sums = {};
const slowest = { seed: first, elapsedMs: 0 };
let largestCheckpoint = 0;
const workers = Number(values.workers ?? Math.min(availableParallelism(), 8));
await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, seeds)) }, work));

const elapsedS = Math.round((performance.now() - startedMs) / 1000);
const what = `${done} seeds from ${first} in ${elapsedS} s`;
const figures = Object.entries(sums).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
console.log(`${what}: ${failures.length === 0 ? "all hold" : `${failures.length} fail`}`);
console.log(
  `  ${figures.join(", ")}; the slowest seed, ${slowest.seed}, took ${slowest.elapsedMs} ms; the largest checkpoint has ${largestCheckpoint} bytes`,
);
process.exit(failures.length === 0 ? 0 : 1);

/** Takes seeds until there are none left, in one process after the other. */
async function work() {
  while (next < first + seeds && failures.length < mostFailures) {
    const worker = startWorker();
    for (let count = 0; count < SEEDS_A_PROCESS && next < first + seeds && failures.length < mostFailures; count += 1) {
      const seed = next;
      next += 1;
      const result = await ask(worker, { seed, shrinkMs });
      done += 1;
      if (result.elapsedMs > slowest.elapsedMs) Object.assign(slowest, result);
      for (const [name, value] of Object.entries(result.simulated?.tally ?? {})) sums[name] = (sums[name] ?? 0) + value;
      largestCheckpoint = Math.max(largestCheckpoint, result.simulated?.largestCheckpoint ?? 0);
      if (result.failure !== null) {
        failures.push(result);
        console.log(`\n${result.failure.text}\n`);
      }
      if (done % 100 === 0) console.log(`${done} seeds, ${Math.round((performance.now() - startedMs) / done)} ms each`);
      if (!worker.connected) break;
    }
    worker.kill();
  }
}

async function checked(order) {
  const worker = startWorker();
  const result = await ask(worker, order);
  worker.kill();
  return result;
}

function startWorker() {
  // What a simulation writes it deletes again, and no power fails: memory is as good as a disk, and does not wait.
  const env = existsSync("/dev/shm") ? { ...process.env, TMPDIR: "/dev/shm" } : process.env;
  // A simulation makes much that soon is garbage: with room for it, little of it is ever copied.
  const execArgv = ["--max-semi-space-size=64"];
  return fork(WORKER, { env, execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

function ask(worker, order) {
  return new Promise((resolve) => {
    const fail = (message) => {
      worker.kill("SIGKILL");
      resolve({ seed: order.seed, elapsedMs: 0, simulated: null, failure: { text: textOf(order.seed, message) } });
    };
    const onExit = (code, signal) => fail(`its process ended with ${signal ?? code}`);
    const timer = setTimeout(() => fail(`it did not end within ${STUCK_MS / 1000} s`), STUCK_MS + order.shrinkMs);
    worker.once("exit", onExit);
    worker.once("message", (result) => {
      clearTimeout(timer);
      worker.off("exit", onExit);
      resolve(result);
    });
    worker.send(order);
  });
}

/** Of a seed whose process did not live to say more. */
function textOf(seed, message) {
  return `seed ${seed} fails: ${message}\nreplay it: npm run test:simulate -- --seed ${seed} --seeds 1`;
}
