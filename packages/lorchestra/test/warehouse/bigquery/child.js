// One run of one stream, in a process of its own, which tests kill, stop and start again.
import { createInterface } from "node:readline";
import { once } from "node:events";
import { armFailpoint } from "../../../dist/failpoint.js";
import { openBigQuery } from "../../../dist/warehouse/bigquery/open.js";

const { address, runId, objects, value, waits } = JSON.parse(process.argv[2] ?? "{}");
armFailpoint(process.env.LORCHESTRA_FAILPOINT);

const scope = { sourceSystem: "stripe", connectionName: "stripe-acme", stream: "things", objectType: "thing" };
const warehouse = await openBigQuery(address, { tablePrefix: "", access: "write", runId, nowMs: Date.now });
let load;
let report;
try {
  load = await warehouse.beginLoad(scope, { runId, idemKey: (id) => `stripe:stripe-acme:thing:${id}`, schemaRef: "s" });
  await load.append(Array.from({ length: objects }, (_, index) => change(`thing_${index}`)));
  if (waits) {
    process.stdout.write("staged\n");
    await once(createInterface({ input: process.stdin }), "line");
  }
  const result = await load.commit({ cursor: { runId }, runId });
  await warehouse.appendEvents([event()]);
  report = { result };
} catch (error) {
  report = { error: { code: error.code, message: error.message, facts: error.facts } };
}
await load?.[Symbol.asyncDispose]();
await warehouse[Symbol.asyncDispose]();
process.stdout.write(`${JSON.stringify(report)}\n`);
process.stdin.destroy();

function change(id) {
  const json = JSON.stringify({ id, value });
  const bytes = Buffer.from(json);
  const contentHash = `${id}-${value}`;
  const record = { json, bytes, sizeBytes: bytes.length, contentHash, parse: () => JSON.parse(json) };
  const readAt = new Date(Date.UTC(2026, 0, 1, 0, 0, value));
  return { op: "upsert", id, record, readAt, created: 1_700_000_000, apiVersion: "v", requestId: null };
}

function event() {
  return {
    event_id: `${runId}-completed`,
    event_type: "job.completed",
    source_system: "lorchestra",
    connection_name: scope.connectionName,
    target_object_type: scope.objectType,
    event_schema_ref: null,
    correlation_id: runId,
    trace_id: null,
    created_at: new Date(),
    status: "ok",
    error_message: null,
    payload: {},
  };
}
