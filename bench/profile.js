// Says where a load's processor time goes: node bench/profile.js [--count 100000]
//
// The main thread is sampled by V8, and its samples are added up by the folder of the code under way. What the whole
// process used beside it is DuckDB's own thread, V8's compilers and garbage collectors.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inRoot, JOBS, withProject } from "./lorchestra.js";
import { measureProcess } from "./measure-process.js";
import { withSandbox } from "./sandbox.js";

const { values } = parseArgs({ options: { count: { type: "string", default: "100000" } } });
const count = Number(values.count);

const PLACES = [
  ["reading: JSON scanner, hash", /injest\/dist\/json\/|internal\/crypto\/hash/],
  ["reading: plan, pages, limiter, retries", /injest\/dist\//],
  ["reading: HTTP", /undici|internal\/(streams|http)|node:(net|http|tls|stream)|internal\/stream_base/],
  ["writing: DuckDB warehouse, its bindings", /warehouse\/duckdb|@duckdb/],
  ["runs, events, command line", /lorchestra\/dist/],
];

await withSandbox(["--scenario", "scale", "--count", String(count)], (env) =>
  withProject(env, async ({ cwd }) => {
    // Module by module, as a bundle would not tell them apart.
    const bin = inRoot("packages/lorchestra/dist/cli/bin.js");
    const args = ["run", JOBS[2], "--max-rate", "100%", "--json"];
    const nodeArgs = ["-C", "unbundled", "--cpu-prof", `--cpu-prof-dir=${cwd}`];
    const { cpuSeconds } = await measureProcess(bin, args, { env, cwd, nodeArgs });
    const file = readdirSync(cwd).find((name) => name.endsWith(".cpuprofile"));
    const { sums, activeMs } = addUp(JSON.parse(readFileSync(join(cwd, file), "utf8")));
    const perObject = (ms) => `${((ms * 1000) / count).toFixed(2)} µs`.padStart(9);
    console.log(`${count} payment intents, processor time an object; whole process ${perObject(cpuSeconds * 1000)}`);
    for (const [place, ms] of [...sums].toSorted(([, one], [, other]) => other - one)) {
      console.log(`${perObject(ms)}  ${place}`);
    }
    console.log(
      `${perObject(Math.max(0, cpuSeconds * 1000 - activeMs))}  other threads: DuckDB, V8's compilers and collectors`,
    );
  }),
);

/** Time of the main thread by place, without what it waited. */
function addUp({ nodes, samples, timeDeltas }) {
  const placeOf = new Map(nodes.map(({ id, callFrame }) => [id, place(callFrame)]));
  const sums = new Map();
  let activeMs = 0;
  for (const [index, id] of samples.entries()) {
    const where = placeOf.get(id);
    if (where === null) continue;
    const ms = Math.max(0, timeDeltas[index]) / 1000;
    activeMs += ms;
    sums.set(where, (sums.get(where) ?? 0) + ms);
  }
  return { sums, activeMs };
}

function place({ functionName, url }) {
  if (functionName === "(idle)") return null;
  if (functionName === "(garbage collector)") return "garbage collection on the main thread";
  const found = PLACES.find(([, pattern]) => pattern.test(url));
  return found?.[0] ?? "Node's own: events, timers, modules, system calls";
}
