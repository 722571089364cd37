import { MENSIO } from "stripe-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testBigQuery } from "../warehouse/bigquery-emulator.js";
import { type FaultProxy, isHarmless, refusal, startFaultProxy } from "../warehouse/bigquery/fault-proxy.js";
import { createRig, type Rig, WAREHOUSES } from "./rig.js";

const JOB = "stripe_ingest_refunds";
const row = WAREHOUSES.find(({ name }) => name === "bigquery");
const origin = (await testBigQuery())?.origin ?? null;

const JOB_EVENTS = (dataset: string): string =>
  `SELECT event_type, COUNT(*) AS count FROM ${dataset}.event_log WHERE event_type LIKE 'job.%' GROUP BY 1 ORDER BY 1`;

describe.skipIf(row === undefined || origin === null)("the command line on BigQuery", () => {
  if (row === undefined || origin === null) return;
  let proxy: FaultProxy;
  let rig: Rig;
  let before = 0;
  const seen = () => proxy.seen.slice(before);

  beforeAll(async () => {
    proxy = await startFaultProxy(origin);
    rig = await createRig(row);
    rig.env["BIGQUERY_EMULATOR_HOST"] = proxy.host;
  });
  beforeEach(() => {
    before = proxy.seen.length;
    proxy.faults = [];
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  it("a dry run makes nothing, not even the dataset, and says what a run would bring", async () => {
    const { code, document } = await rig.json("run", JOB, "--dry-run");
    expect({ code, inserted: document.jobs[0]?.inserted }).toEqual({ code: 0, inserted: MENSIO.refunds });
    expect(seen().length).toBeGreaterThan(0);
    expect(seen().filter((request) => !isHarmless(request))).toEqual([]);
  });

  it("init makes the dataset and its tables, says so, and changes nothing the second time", async () => {
    const { code, stdout } = await rig.run("init", "--warehouse", `bigquery://local/${rig.dataset}?location=US`);
    expect(code).toBe(0);
    expect(stdout).toContain(`✓ bigquery local.${rig.dataset} on http://${proxy.host} has its tables`);
    const made = seen().filter(({ method }) => method === "POST");
    expect(made.map(({ path }) => path)).toContain(`datasets/${rig.dataset}/tables`);
    before = proxy.seen.length;
    expect((await rig.run("init")).code).toBe(0);
    expect(seen().filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("a run says what it has cost", async () => {
    const { code, document } = await rig.json("run", JOB);
    expect(code).toBe(0);
    // An emulator bills nothing; what it ran, it ran.
    const { usage } = document as unknown as { usage: { jobs_run: number } };
    expect(usage).toMatchObject({ bytes_processed: 0, bytes_billed: 0, slot_ms: 0 });
    const jobs = seen().filter(({ method, path, text }) => method === "POST" && path === "jobs" && !isDryRun(text));
    expect(usage.jobs_run).toBeGreaterThan(3);
    expect(usage.jobs_run).toBeLessThanOrEqual(jobs.length);
  });

  it("a dry run of what is there only reads: SELECT jobs, tables' rows and metadata", async () => {
    const { code, document } = await rig.json("run", JOB, "--dry-run", "--full");
    expect(code).toBe(0);
    expect(document.jobs[0]).toMatchObject({ inserted: 0, updated: 0, unchanged: MENSIO.refunds });
    expect(seen().filter((request) => !isHarmless(request))).toEqual([]);
  });

  it("a run whose events cannot be delivered keeps them, and the next delivers them, once", async () => {
    proxy.faults = [
      async ({ jobId, text }) =>
        jobId.includes("_events_") && text.includes("job.completed") ? refusal(403, "quotaExceeded") : undefined,
    ];
    const kept = await rig.run("run", JOB);
    expect(kept.code).toBe(0);
    expect(kept.stdout + kept.stderr).toContain("they wait in .lorchestra, and come with the next run");
    proxy.faults = [];
    const events = async () =>
      Object.fromEntries((await rig.rows(JOB_EVENTS(rig.dataset))).map(({ event_type, count }) => [event_type, count]));
    expect(await events()).toEqual({ "job.completed": 1, "job.started": 2 });
    expect((await rig.run("run", JOB)).code).toBe(0);
    expect(await events()).toEqual({ "job.completed": 3, "job.started": 3 });
  });

  it.each(["before-load", "after-load", "before-checkpoint", "after-merge", "before-events:2"])(
    "a run that is killed at %s leaves a right warehouse to the next, and true counts",
    async (failpoint) => {
      await using killed = await createRig(row);
      const { signal } = await killed.start(["run", JOB], { env: { LORCHESTRA_FAILPOINT: failpoint } }).outcome;
      expect(signal).toBe("SIGKILL");
      const isCommitted = ["after-merge", "before-events:2"].includes(failpoint);
      const { code, document } = await killed.json("run", JOB);
      expect(code).toBe(0);
      expect(document.jobs[0]).toMatchObject({ inserted: isCommitted ? 0 : MENSIO.refunds, updated: 0, deleted: 0 });
      const rows = await killed.rows(
        `SELECT external_id, TO_JSON_STRING(payload) AS payload FROM ${killed.dataset}.raw_objects ORDER BY 1`,
      );
      const truth = [...killed.sandbox.truth("refund")].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(rows.map(({ external_id: id, payload }) => [id, JSON.parse(String(payload)) as unknown])).toEqual(
        truth.map(({ id, json }) => [id, JSON.parse(json) as unknown]),
      );
      const ended = await killed.rows(JOB_EVENTS(killed.dataset));
      expect(ended).toEqual([
        { event_type: "job.completed", count: 1 },
        { event_type: "job.failed", count: 1 },
        { event_type: "job.started", count: 2 },
      ]);
      expect(await stagingTables(killed)).toEqual([]);
    },
  );

  /** By the API itself, as no command shows them. */
  async function stagingTables({ dataset }: Rig): Promise<string[]> {
    const answer = await fetch(`${origin}/bigquery/v2/projects/local/datasets/${dataset}/tables?maxResults=1000`);
    const { tables = [] } = (await answer.json()) as { tables?: { tableReference: { tableId: string } }[] };
    return tables.map((table) => table.tableReference.tableId).filter((id) => id.includes("staging_"));
  }
});

function isDryRun(text: string): boolean {
  return text.includes('"dryRun":true');
}
