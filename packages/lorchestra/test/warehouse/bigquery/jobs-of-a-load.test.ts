import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { remove, upsert } from "../../../src/testing/changes.js";
import { sampleEvent } from "../../../src/testing/sample-event.js";
import { collect, commitChanges, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace, type BigQueryPlace } from "../bigquery-places.js";
import { startFaultProxy, type FaultProxy, type SeenRequest } from "./fault-proxy.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();
const origin = bigQuery?.origin ?? null;

interface SentJob {
  readonly labels?: Record<string, string>;
  readonly dryRun?: boolean;
  readonly load?: object;
  readonly query?: { readonly maximumBytesBilled?: string };
}

/** What was sent as a job; of an upload the first part says it. */
function sentJobs(requests: readonly SeenRequest[]): SentJob[] {
  return requests
    .filter((seen) => seen.method === "POST" && seen.path === "jobs")
    .map((seen) => {
      const json = seen.isUpload ? (seen.text.split("\r\n").find((line) => line.startsWith("{")) ?? "{}") : seen.text;
      return (JSON.parse(json) as { configuration: SentJob }).configuration;
    });
}

describe.skipIf(bigQuery === null || origin === null)("what a load sends to BigQuery", () => {
  if (bigQuery === null || origin === null) return;
  let proxy: FaultProxy;
  let place: BigQueryPlace;
  let warehouse: Warehouse;
  let prepared: readonly SeenRequest[];

  beforeAll(async () => {
    proxy = await startFaultProxy(origin);
    place = await newPlace({ ...bigQuery, environment: { BIGQUERY_EMULATOR_HOST: proxy.host } }, "jobs");
    warehouse = await place.open({ runId: "run-1" }, { renewEveryMs: 3_600_000 });
    await warehouse.prepare();
    prepared = [...proxy.seen];
  });

  afterAll(async () => {
    await warehouse[Symbol.asyncDispose]();
    await place.remove();
    await proxy[Symbol.asyncDispose]();
  });

  /** The requests of a load with so many batches, in one commit; each batch has a new object and a deletion. */
  async function load(batches: number, name: string): Promise<SeenRequest[]> {
    const before = proxy.seen.length;
    {
      await using stream = await warehouse.beginLoad(THINGS, loadOptions());
      for (let index = 0; index < batches; index += 1) {
        await stream.append([upsert(`${name}_${index}`), remove(`gone_${index}`)]);
      }
      await stream.commit({ cursor: batches, runId: "run-1" });
    }
    await warehouse.appendEvents([sampleEvent(name)]);
    return proxy.seen.slice(before);
  }

  it("makes raw_objects by months of creation, in its order, and event_log by days", () => {
    const tables = prepared
      .filter((seen) => seen.method === "POST" && seen.path.endsWith("/tables"))
      .map((seen) => JSON.parse(seen.text) as { tableReference: { tableId: string } });
    const layout = (tableId: string) => tables.find((table) => table.tableReference.tableId === tableId);
    expect(layout("raw_objects")).toMatchObject({
      timePartitioning: { type: "MONTH", field: "object_created" },
      clustering: { fields: ["source_system", "connection_name", "object_type", "object_created"] },
    });
    expect(layout("event_log")).toMatchObject({
      timePartitioning: { type: "DAY", field: "created_at" },
      clustering: { fields: ["source_system", "event_type"] },
    });
  });

  it("is the same few jobs for thirty batches as for one, each with its labels", async () => {
    // The first load of all also makes the stream's lease.
    await load(1, "first");
    const one = sentJobs(await load(1, "one"));
    const thirty = sentJobs(await load(30, "thirty"));
    const kinds = (jobs: readonly SentJob[]) => ({
      loads: jobs.filter((job) => job.load !== undefined).length,
      explained: jobs.filter((job) => job.dryRun === true).length,
      queries: jobs.filter((job) => job.query !== undefined && job.dryRun !== true).length,
    });
    expect(kinds(thirty)).toEqual(kinds(one));
    expect(kinds(one)).toMatchObject({ loads: 1, explained: 1 });
    for (const { labels } of [...one, ...thirty]) {
      expect(labels).toEqual({ tool: "lorchestra", run_id: "run-1", stream: expect.stringMatching(/^things?$/) });
    }
  });

  it("gives a commit no more to bill than its dry run said, and a quarter, and its small statements", async () => {
    const jobs = sentJobs(await load(1, "capped"));
    const caps = jobs.flatMap((job) => job.query?.maximumBytesBilled ?? []);
    // An emulator's dry run says 0.
    expect(caps).toEqual([String(200 * 1024 * 1024)]);
  });

  it("counts what the look for the newest row may bill, where the lease does not keep it yet", async () => {
    const before = proxy.seen.length;
    proxy.faults = [
      async ({ text }) => {
        if (!text.includes('"dryRun":true')) return undefined;
        const totalBytesProcessed = text.includes("MERGE") ? "4000000" : "8000000000";
        return { status: 200, body: JSON.stringify({ statistics: { query: { totalBytesProcessed } } }) };
      },
    ];
    const gadgets = { ...THINGS, stream: "gadgets", objectType: "gadget" };
    for (const id of ["a", "b"]) await commitChanges(warehouse, [upsert(id)], { scope: gadgets });
    proxy.faults = [];
    const caps = sentJobs(proxy.seen.slice(before)).flatMap((job) => job.query?.maximumBytesBilled ?? []);
    const small = 200 * 1024 * 1024;
    expect(caps).toEqual([String(8_004_000_000 * 1.25 + small), String(4_000_000 * 1.25 + small)]);
  });

  it("stages in a table that expires within the day, and drops it", async () => {
    const seen = await load(1, "staged");
    const [staging] = seen
      .filter(({ method, path }) => method === "POST" && path.endsWith("/tables"))
      .map(({ text }) => JSON.parse(text) as { tableReference: { tableId: string }; expirationTime: string });
    const lifeMs = Number(staging?.expirationTime) - Date.now();
    expect(lifeMs).toBeGreaterThan(3_600_000);
    expect(lifeMs).toBeLessThan(24 * 3_600_000);
    expect((await place.tables()).filter((name) => name.startsWith("staging_"))).toEqual([]);
  });

  it("looks up thousands of ids, however long they are, in statements of less than 1 MB", async () => {
    const before = proxy.seen.length;
    const ids = Array.from({ length: 6_000 }, (_, index) => String(index).padStart(200, "x"));
    await load(1, ids[5_000] ?? "");
    const lookedUp = await warehouse.readRows(THINGS, [...ids, `${ids[5_000]}_0`], { payload: false });
    expect(lookedUp.map((row) => row.externalId)).toEqual([`${ids[5_000]}_0`]);
    const values = `('${ids[5_500]}', 'too odd', '{}', 'run-1', CURRENT_TIMESTAMP())`;
    await place.select(
      `INSERT INTO ${place.tableName("quarantine")} (idem_key, reason, raw, run_id, created_at) VALUES ${values}`,
    );
    expect((await warehouse.readQuarantined(ids)).map(({ idemKey }) => idemKey)).toEqual([ids[5_500]]);
    const texts = proxy.seen.slice(before).map(({ text }) => Buffer.byteLength(text));
    expect(Math.max(...texts)).toBeLessThan(1_000_000);
  });

  it("is labelled also where it only reads", async () => {
    const before = proxy.seen.length;
    await warehouse.countLive(THINGS);
    await collect((await warehouse.query(`SELECT 1 AS one`)).rows);
    const streams = sentJobs(proxy.seen.slice(before)).map(({ labels }) => labels?.["stream"]);
    expect(new Set(streams)).toEqual(new Set(["things", "none"]));
  });
});
