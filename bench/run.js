// Measures the project against the sandbox, which runs in a process of its own:
//
//     npm run bench -- [--short | --large] [--only WORD]
//
// Prints a line of ratios for each case, and writes bench/results/latest.json. Ends with 1 where a count is over its
// limit (requests, retries, refusals), never for a time: times depend on the machine. --short takes half a minute and is
// what CI runs; --large adds 1,000,000 objects; --only runs the cases whose group has that word in its name.
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bigquery } from "./cases/bigquery.js";
import { fourStreams } from "./cases/four-streams.js";
import { largeObjects } from "./cases/large-objects.js";
import { load } from "./cases/load.js";
import { oneStream } from "./cases/one-stream.js";
import { practice } from "./cases/practice.js";
import { createLedger } from "./ledger.js";
import { inRoot } from "./lorchestra.js";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
// A busy machine sends some requests more, as answers seem to take longer: CI looks for gross regressions only.
const ledger = createLedger({ tolerance: values.short ? 1.5 : 1 });

const groups = {
  practice: () => practice(ledger),
  shapes: async () => {
    if (values.short) {
      for (const shape of ["uniform", "clustered"]) {
        await oneStream(ledger, { shape, count: 4_000, latencySeconds: 0.1, plan: shape === "uniform" });
      }
      return;
    }
    for (const shape of ["uniform", "growing", "bursty", "clustered"]) {
      for (const latencySeconds of [0.1, 0.3, 1])
        await oneStream(ledger, { shape, count: 40_000, latencySeconds, plan: true });
    }
    for (const shape of ["uniform", "growing", "bursty", "clustered"]) {
      for (const latencySeconds of [0.3, 1])
        await oneStream(ledger, { shape, count: 10_000, latencySeconds, plan: true });
    }
    await oneStream(ledger, { shape: "single-second", count: 2_000, latencySeconds: 0.3, plan: true });
    for (const shape of ["one", "none"]) await oneStream(ledger, { shape, count: 1, latencySeconds: 0.3, plan: true });
    await oneStream(ledger, { shape: "uniform", count: 100_000, latencySeconds: 0.3 });
    await oneStream(ledger, { shape: "uniform", count: 40_000, latencySeconds: 0.3, sigma: 0.4 });
  },
  small: async () => {
    if (values.short) return;
    for (const shape of ["uniform", "growing", "clustered", "bursty"]) {
      for (const count of [1_000, 2_000, 3_000, 5_000, 7_000])
        await oneStream(ledger, { shape, count, latencySeconds: 1 });
      for (const count of [3_000, 5_000, 7_000]) await oneStream(ledger, { shape, count, latencySeconds: 0.3 });
    }
  },
  streams: async () => {
    if (values.short) return;
    await fourStreams(ledger, { count: 40_000, latencySeconds: 0.3 });
    await fourStreams(ledger, { count: 20_000, latencySeconds: 0.3, rivalShare: 0.5 });
  },
  bigquery: () => bigquery(ledger),
  load: async () => {
    if (values.short) return;
    for (const count of [100_000, 200_000, 300_000, ...(values.large ? [1_000_000] : [])])
      await load(ledger, { count });
  },
  large: async () => {
    if (values.short) return;
    await largeObjects(ledger, { counts: [200, 400, 800] });
  },
};
for (const [name, run] of Object.entries(groups)) if (name.includes(values.only)) await run();

mkdirSync(inRoot("bench/results"), { recursive: true });
writeFileSync(inRoot("bench/results/latest.json"), `${JSON.stringify(ledger.results, null, 2)}\n`);
for (const failure of ledger.failures) console.error(`✗ ${failure}`);
process.exitCode = ledger.failures.length === 0 ? 0 : 1;
