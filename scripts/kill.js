// Kills the real command again and again: npm run test:kill -- --kills 50 --seed 1
// One kill of five is with BigQuery, unless --duckdb or --bigquery says that all are with the one. The same seed and numbers
// choose the same plan; a failure prints them, the step, and the folder with the evidence.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { buildHarness } from "./build-harness.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string" },
    duckdb: { type: "boolean", default: false },
    bigquery: { type: "boolean", default: false },
    life: { type: "string" },
    workers: { type: "string" },
    "no-build": { type: "boolean", default: false },
  },
});
const all = Number(values.kills);
const bigquery = values.bigquery ? all : values.duckdb ? 0 : Math.ceil(all / 5);
if (!values["no-build"]) buildHarness();
const { runKills } = await import("../packages/lorchestra/.cache/harness/test/kill/main.js");
const holds = await runKills({
  seed: Number(values.seed ?? Date.now() % 2 ** 31),
  kills: { duckdb: all - bigquery, bigquery },
  workers: Number(values.workers ?? Math.min(2, availableParallelism())),
  life: values.life === undefined ? null : Number(values.life),
  print: (line) => console.log(line),
});
process.exit(holds ? 0 : 1);
