/**
 * Measures the DuckDB warehouse alone: processor time a row for staging, looking for what is gone, and committing, and
 * the process's memory, as the table grows. Run after `npm run build`:
 *
 *     node --expose-gc bench/duckdb/write-path.js --rows 1000000 [--unlisted] [--again]
 *
 * The payloads are made anew for each commit in the time that is not measured. Rows come as a backfill brings them: from
 * thirty slices of the history at once.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WAREHOUSES } from "../../packages/lorchestra/dist/warehouse/warehouses.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "300000" },
    unlisted: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  },
});
const rows = Number(values.rows);
const SLICES = 30;
const SECONDS_APART = 30;
const NEWEST = 1_760_000_000;

const directory = mkdtempSync(join(tmpdir(), "bench-duckdb-"));
const open = await WAREHOUSES.duckdb.load();
const warehouse = await open(
  { url: "duckdb:./bench.duckdb", directory, environment: {}, settings: {} },
  { tablePrefix: "", access: "write", runId: "bench", nowMs: Date.now },
);
const scope = {
  sourceSystem: "stripe",
  connectionName: "stripe-bench",
  stream: "payment_intents",
  objectType: "payment_intent",
};

await warehouse.prepare();
await load("first load", 1);
if (values.again) await load("all again, unchanged", 2);
await warehouse[Symbol.asyncDispose]();
console.log(`file ${(statSync(join(directory, "bench.duckdb")).size / 1e6).toFixed(0)} MB`);
rmSync(directory, { recursive: true });

async function load(title, readNumber) {
  const { commitAfter } = warehouse.capabilities;
  const loading = await warehouse.beginLoad(scope, {
    runId: "bench",
    idemKey: (id) => `stripe:stripe-bench:payment_intent:${id}`,
    schemaRef: "stripe/payment_intent",
  });
  const slice = Math.ceil(rows / SLICES);
  const next = Array.from({ length: SLICES }, (_, index) => index * slice);
  let done = 0;
  let turn = 0;
  let since = { rows: 0, commits: 0, stage: 0, unlisted: 0, commit: 0 };
  while (done < rows) {
    const listed = [];
    while (done < rows && loading.staged.rows < commitAfter.rows && loading.staged.sizeBytes < commitAfter.sizeBytes) {
      const index = turn % SLICES;
      turn += 1;
      if (next[index] >= Math.min(rows, (index + 1) * slice)) continue;
      const from = next[index];
      const until = Math.min(from + 100, rows, (index + 1) * slice);
      next[index] = until;
      // 25 pages a second, as Stripe allows.
      const readAt = new Date((NEWEST + readNumber * SECONDS_APART * rows) * 1000 + turn * 40);
      const page = Array.from({ length: until - from }, (_, offset) => change(from + offset, readAt));
      listed.push({ range: { from: created(until - 1), until: created(from - 1) }, alsoPresent: [] });
      since.stage += await cpu(() => loading.append(page));
      done += page.length;
      since.rows += page.length;
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

async function cpu(task) {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function memory() {
  const status = readFileSync("/proc/self/status", "utf8");
  const megabytes = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return `RSS ${megabytes("VmRSS")} MB, peak ${megabytes("VmHWM")} MB`;
}

function created(number) {
  return NEWEST - number * SECONDS_APART;
}

/** A payment intent of 1.36 KB; as a source's record, its text is decoded only when it is asked for. */
function change(number, readAt) {
  const token = createHash("sha256").update(String(number)).digest("base64url");
  const id = `pi_3${token.slice(0, 23)}`;
  const bytes = Buffer.from(
    `{"id":"${id}","object":"payment_intent","amount":${1000 + (number % 90000)},"amount_capturable":0,"amount_details":{"tip":{}},"amount_received":${1000 + (number % 90000)},"application":null,"application_fee_amount":null,"automatic_payment_methods":{"enabled":true},"canceled_at":null,"cancellation_reason":null,"capture_method":"automatic","client_secret":"${id}_secret_${token.slice(5, 30)}","confirmation_method":"automatic","created":${created(number)},"currency":"cad","customer":"cus_${token.slice(20, 34)}","description":"Session ${number}","invoice":"in_1${token.slice(3, 26)}","last_payment_error":null,"latest_charge":"ch_3${token.slice(12, 35)}","livemode":true,"metadata":{"client_ref":"${token.slice(30, 40)}"},"next_action":null,"on_behalf_of":null,"payment_method":"pm_1${token.slice(9, 32)}","payment_method_configuration_details":null,"payment_method_options":{"card":{"installments":null,"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}},"payment_method_types":["card"],"processing":null,"receipt_email":"client${number}@example.com","review":null,"setup_future_usage":null,"shipping":null,"source":null,"statement_descriptor":null,"statement_descriptor_suffix":null,"status":"succeeded","transfer_data":null,"transfer_group":null,"excluded_payment_method_types":null,"payment_details":{"customer_reference":null,"order_reference":"${token.slice(7, 19)}"},"hooks":{"inputs":{"tax":{"calculation":null}}}}`,
  );
  return {
    op: "upsert",
    id,
    record: {
      get json() {
        return bytes.latin1Slice();
      },
      bytes,
      sizeBytes: bytes.length,
      contentHash: createHash("sha256").update(id).digest("hex"),
      parse: () => JSON.parse(bytes.latin1Slice()),
    },
    readAt,
    created: created(number),
    apiVersion: "2026-10-28.endive",
    requestId: `req_${number - (number % 100)}`,
  };
}
