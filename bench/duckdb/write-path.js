/**
 * Measures the DuckDB warehouse alone: processor time a row for staging, looking for what is gone, and committing, and
 * the process's memory, as the table grows. Run after `npm run build`:
 *
 *     node --expose-gc bench/duckdb/write-path.js --rows 1000000 [--unlisted] [--again]
 *
 * The payloads are made anew for each commit in the time that is not measured. Rows come as a backfill brings them.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WAREHOUSES } from "../../packages/lorchestra/dist/warehouse/warehouses.js";
import { historyPages, SCOPE } from "./history.js";
import { cpu, memory } from "./meter.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "300000" },
    unlisted: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  },
});
const rows = Number(values.rows);

const directory = mkdtempSync(join(tmpdir(), "bench-duckdb-"));
const open = await WAREHOUSES.duckdb.load();
const warehouse = await open(
  { url: "duckdb:./bench.duckdb", directory, environment: {}, settings: {} },
  { tablePrefix: "", access: "write", runId: "bench", nowMs: Date.now },
);

await warehouse.prepare();
await load("first load", 1);
if (values.again) await load("all again, unchanged", 2);
await warehouse[Symbol.asyncDispose]();
console.log(`file ${(statSync(join(directory, "bench.duckdb")).size / 1e6).toFixed(0)} MB`);
rmSync(directory, { recursive: true });

async function load(title, readNumber) {
  const { commitAfter } = warehouse.capabilities;
  const loading = await warehouse.beginLoad(SCOPE, {
    runId: "bench",
    idemKey: (id) => `stripe:stripe-bench:payment_intent:${id}`,
    schemaRef: "stripe/payment_intent",
  });
  const pages = historyPages(rows, readNumber);
  let done = 0;
  let since = { rows: 0, commits: 0, stage: 0, unlisted: 0, commit: 0 };
  while (done < rows) {
    const listed = [];
    while (done < rows && loading.staged.rows < commitAfter.rows && loading.staged.sizeBytes < commitAfter.sizeBytes) {
      const page = pages.next().value;
      listed.push(...page.listed);
      since.stage += await cpu(() => loading.append(page.changes));
      done += page.changes.length;
      since.rows += page.changes.length;
    }
    if (values.unlisted) {
      since.unlisted += await cpu(async () => {
        for await (const id of loading.unlisted(listed)) throw new Error(`not listed: ${id}`);
      });
    }
    since.commit += await cpu(() => loading.commit({ cursor: done, runId: "bench" }));
    since.commits += 1;
    globalThis.gc?.();
    if (since.rows >= rows / 10 || done === rows) {
      const each = (ms) => ((ms * 1000) / since.rows).toFixed(2);
      console.log(
        `${title}: ${done} rows in commits of ${Math.round(since.rows / since.commits)}; µs CPU a row: stage ${each(since.stage)}` +
          ` + unlisted ${each(since.unlisted)} + commit ${each(since.commit)}; ${memory()}`,
      );
      since = { rows: 0, commits: 0, stage: 0, unlisted: 0, commit: 0 };
    }
  }
  await loading[Symbol.asyncDispose]();
}
