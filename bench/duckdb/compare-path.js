/**
 * Measures how `verify` and a dry run compare, without Stripe: processor time an object for putting both sides on disk and
 * for joining them, and the process's memory. Run after `npm run build`, with sizes to see how they grow:
 *
 *     node bench/duckdb/compare-path.js --rows 250000
 *     node bench/duckdb/compare-path.js --rows 1000000
 *
 * What it takes to make the payloads is measured beforehand, and subtracted.
 */
import { fstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { comparePortion } from "../../packages/lorchestra/dist/runs/compare-portion.js";
import { readPortions } from "../../packages/lorchestra/dist/runs/read-portions.js";
import { openDiskSpill } from "../../packages/lorchestra/dist/spill/disk-spill.js";
import { WAREHOUSES } from "../../packages/lorchestra/dist/warehouse/warehouses.js";
import { historyPages, SCOPE } from "./history.js";
import { cpu, memory } from "./meter.js";

const { values } = parseArgs({ options: { rows: { type: "string", default: "250000" } } });
const rows = Number(values.rows);

const directory = mkdtempSync(join(tmpdir(), "bench-duckdb-"));
const making = await cpu(() => {
  let made = 0;
  for (const { changes } of historyPages(rows, 2)) made += changes.length;
  return made;
});
await fill();
const warehouse = await opened("read");
const context = {
  warehouse,
  scope: SCOPE,
  stream: { facts: { volatileFields: [], nestedLists: [], money: null } },
  retrieve: {},
  openSpill: openDiskSpill,
  payload: true,
  later: null,
};
let equal = 0;
let beforeJoin = 0;
let onDisk = 0;
const begun = process.cpuUsage();
for await (const portion of readPortions(read(), context)) {
  if (beforeJoin === 0) [beforeJoin, onDisk] = [spent(begun), bytesOnDisk()];
  for (const { standing } of await comparePortion(portion, context)) if (standing === "equal") equal += 1;
}
const all = spent(begun);
const each = (ms) => ((ms * 1000) / rows).toFixed(1);
console.log(
  `${rows} rows, ${equal} equal; µs CPU a row: to disk ${each(beforeJoin - making)} + joined and compared ${each(all - beforeJoin)}; ` +
    `${Math.round(onDisk / rows)} bytes a row on disk; ${memory()}`,
);
await warehouse[Symbol.asyncDispose]();
rmSync(directory, { recursive: true });

async function* read() {
  for (const { changes, listed } of historyPages(rows, 2)) yield { changes, listed, cursor: null };
}

async function fill() {
  const warehouse = await opened("write");
  await warehouse.prepare();
  const load = await warehouse.beginLoad(SCOPE, {
    runId: "bench",
    idemKey: (id) => `stripe:stripe-bench:payment_intent:${id}`,
    schemaRef: "stripe/payment_intent",
  });
  for (const { changes } of historyPages(rows, 1)) {
    await load.append(changes);
    if (load.staged.rows >= warehouse.capabilities.commitAfter.rows) await load.commit(null);
  }
  await load.commit(null);
  await load[Symbol.asyncDispose]();
  await warehouse[Symbol.asyncDispose]();
}

async function opened(access) {
  const open = await WAREHOUSES.duckdb.load();
  return open(
    { url: "duckdb:./bench.duckdb", directory, environment: {}, settings: {} },
    { tablePrefix: "", access, runId: "bench", nowMs: Date.now },
  );
}

/** Of files of this process that have no name any more. */
function bytesOnDisk() {
  let sum = 0;
  for (const fd of readdirSync("/proc/self/fd")) {
    const link = `/proc/self/fd/${fd}`;
    try {
      if (/lorchestra-.* \(deleted\)$/.test(readlinkSync(link))) sum += fstatSync(Number(fd)).size;
    } catch {
      // The one that listed the others: it is closed by now.
    }
  }
  return sum;
}

function spent(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
