import { SourceError } from "injest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LorchestraError, type LorchestraErrorCode } from "../../src/errors.js";
import type { EventRow } from "../../src/events/event-row.js";
import { jobStarted } from "../../src/events/job-events.js";
import type { Job } from "../../src/jobs/job.js";
import { runJobs } from "../../src/runs/run-jobs.js";
import type { RunReport } from "../../src/runs/run-report.js";
import { recordedJob } from "../../src/runs/job/recorded-job.js";
import type { RunContext } from "../../src/runs/run-context.js";
import type { JobReport } from "../../src/runs/run-report.js";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { type RigRunOptions, type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
  for (let n = 0; n < 5; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n });
});
afterEach(() => rig[Symbol.asyncDispose]());

const run = (options?: RigRunOptions): Promise<RunReport> =>
  rig.run((context) => runJobs([{ job: THINGS, context }]), options);

async function events(
  runId?: string,
): Promise<{ type: string; payload: Record<string, unknown>; row: Record<string, unknown> }[]> {
  const rows = await rig.rows("SELECT * FROM events_dev.event_log ORDER BY created_at, event_id");
  return rows
    .filter((row) => runId === undefined || row["correlation_id"] === runId)
    .map((row) => ({
      type: String(row["event_type"]),
      payload: JSON.parse(String(row["payload"])) as Record<string, unknown>,
      row,
    }));
}

const types = async (runId?: string): Promise<string[]> => (await events(runId)).map(({ type }) => type).sort();

describe("the event log of a run", () => {
  test("has one of each event, with one correlation id, however many commits", async () => {
    await run();
    expect(await types("run-1")).toEqual(["ingest.completed", "job.completed", "job.started", "upsert.completed"]);
  });

  test("tells exact counts in both completed events", async () => {
    await run();
    rig.source.put("th_1", { n: "changed" });
    rig.source.put("th_9", {});
    await run();
    const found = await events("run-2");
    const payloadOf = (type: string) => found.find((event) => event.type === type)?.payload;
    expect(payloadOf("ingest.completed")).toMatchObject({
      records_extracted: 2,
      inserted: 1,
      mode: "incremental",
      requests: 1,
    });
    expect(payloadOf("upsert.completed")).toMatchObject({
      records_extracted: 2,
      inserted: 1,
      updated: 1,
      unchanged: 0,
      commits: 1,
    });
    expect(payloadOf("job.completed")).toMatchObject({ job: "ingest_things", status: "completed" });
  });

  test("tells of a failure what failed and what was committed before", async () => {
    rig.source.before = (step) => {
      if (step.kind === "page" && step.page === 2)
        throw new SourceError("SOURCE_FORBIDDEN", "refused", { hint: "allow it" });
    };
    await run();
    expect(await types("run-1")).toEqual(["ingest.failed", "job.failed", "job.started", "upsert.completed"]);
    const [failed] = (await events()).filter(({ type }) => type === "job.failed");
    expect(failed).toMatchObject({
      row: { status: "failed", error_message: "refused" },
      payload: { status: "failed", error: { code: "SOURCE_FORBIDDEN", hint: "allow it" } },
    });
  });

  test("tells of an interruption that the checkpoint was kept", async () => {
    const interruption = new AbortController();
    rig.source.before = () => interruption.abort(new Error("SIGTERM"));
    await run({ signal: interruption.signal });
    const [failed] = (await events()).filter(({ type }) => type === "job.failed");
    expect(failed?.payload).toMatchObject({ status: "interrupted", error: { code: "INTERRUPTED" } });
  });

  test("of a dry run is empty", async () => {
    await run();
    await run({ dryRun: true });
    expect(await types("run-2")).toEqual([]);
  });
});

describe("a job that was killed", () => {
  /** What a killed run leaves: its start, and no end. */
  async function leaveStarted(runId: string, objectType: string): Promise<void> {
    const subject = {
      runId,
      jobId: `job-of-${runId}-${objectType}`,
      job: "ingest_things",
      sourceName: "stripe",
      connectionName: "stripe-mensio",
      objectType,
    };
    const payload = { job: "ingest_things", stream: "things", mode: "first", since: null, until: null } as const;
    await rig.run(async ({ warehouse, clock }) => {
      await warehouse.prepare();
      await warehouse.appendEvents([jobStarted(subject, new Date(clock.wallMs()), payload)]);
    });
  }

  test("is closed once, by the next run of its stream, under its own correlation id", async () => {
    await leaveStarted("killed-run", "thing");
    await run();
    await run();
    const closed = await events("killed-run");
    expect(closed.map(({ type }) => type)).toEqual(["job.started", "job.failed"]);
    expect(closed[1]).toMatchObject({
      row: { status: "failed", error_message: "killed" },
      payload: { found_by_run: "run-2" },
    });
  });

  test("of another stream is left to that stream's next run", async () => {
    await leaveStarted("killed-run", "other_thing");
    await run();
    expect(await types("killed-run")).toEqual(["job.started"]);
  });
});

describe("events that the warehouse does not take", () => {
  const refusing =
    (code: LorchestraErrorCode) =>
    (warehouse: Warehouse): Warehouse =>
      Object.create(warehouse, {
        appendEvents: { value: () => Promise.reject(new LorchestraError(code, "no", { hint: "wait" })) },
      }) as Warehouse;
  const refusingEvents = refusing("WAREHOUSE_UNREACHABLE");

  /** Takes the first rows that it is given, and refuses the others. */
  function takingTheStart() {
    const calls = { count: 0 };
    const onlyTheStart = (warehouse: Warehouse): Warehouse =>
      Object.create(warehouse, {
        appendEvents: {
          value: (rows: readonly EventRow[]) =>
            (calls.count += 1) === 1 ? warehouse.appendEvents(rows) : refusingEvents(warehouse).appendEvents(rows),
        },
      }) as Warehouse;
    return { onlyTheStart, calls };
  }

  test("are kept, the run completes and says so, and the next run delivers them before it begins", async () => {
    const first = await run({ wrap: refusingEvents });
    expect(first).toMatchObject({ status: "completed", jobs: [{ notices: [{ code: "EVENTS_WAITING" }] }] });
    expect(await types()).toEqual([]);
    expect((await run()).jobs[0]?.notices).toEqual([]);
    expect(await types("run-1")).toEqual(["ingest.completed", "job.completed", "job.started", "upsert.completed"]);
    expect(await types("run-2")).toHaveLength(4);
  });

  test("because it has no table for them yet come with the run that makes it", async () => {
    await rig.tamper("CREATE SCHEMA events_dev; CREATE VIEW events_dev.raw_objects AS SELECT 1 AS one");
    const unmade = {
      status: "failed",
      error: { code: "WAREHOUSE_SCHEMA_CONFLICT" },
      notices: [{ code: "EVENTS_WAITING" }],
    };
    expect((await run()).jobs).toMatchObject([unmade]);
    await rig.tamper("DROP VIEW events_dev.raw_objects");
    expect((await run()).jobs).toMatchObject([{ status: "completed", notices: [] }]);
    expect(await types("run-1")).toEqual(["ingest.failed", "job.failed", "job.started"]);
  });

  test("and will not take later either are told by each run until they are delivered, once", async () => {
    const own = (name: string): Job => {
      const job = { name, description: "Own", provider: "stripe", stream: null };
      return { ...job, run: (context) => recordedJob(job, context, async () => ({})) };
    };
    const refusals = async (...wrap: ((warehouse: Warehouse) => Warehouse)[]): Promise<unknown[]> => {
      const report = await rig.run(
        (context) => runJobs(["a", "b"].map((name) => ({ job: own(name), context }))),
        wrap[0] === undefined ? {} : { wrap: wrap[0] },
      );
      expect(report.status).toBe("completed");
      return report.jobs.flatMap(({ notices }) => notices);
    };
    const lasting = refusing("WAREHOUSE_SCHEMA_CONFLICT");
    const waiting = { code: "EVENTS_WAITING", message: expect.stringContaining("come with the next run") as string };
    expect(await refusals(lasting)).toEqual([waiting]);
    const message = "events of earlier runs are still not in the event log: no; wait";
    expect(await refusals(lasting)).toEqual([waiting, { code: "EVENTS_REFUSED", message }]);
    expect(await refusals(refusingEvents)).toEqual([waiting]);
    expect(await refusals()).toEqual([]);
    expect(await types("run-1")).toHaveLength(4);
  });

  test("and that cannot be kept either hide nothing of what stopped the job", async () => {
    writeFileSync(join(rig.directory, "spool"), "a file where the directory should be");
    const [notBegun] = (await run({ wrap: refusingEvents })).jobs;
    expect(notBegun).toMatchObject({ status: "failed", error: { code: "WAREHOUSE_UNREACHABLE", message: "no" } });

    const { onlyTheStart, calls } = takingTheStart();
    rig.source.before = (step) => {
      if (step.kind === "page") throw new SourceError("SOURCE_FORBIDDEN", "refused", { hint: "allow it" });
    };
    const [failed] = (await run({ wrap: onlyTheStart })).jobs;
    expect(failed).toMatchObject({ status: "failed", error: { code: "SOURCE_FORBIDDEN" } });
    expect(calls.count).toBeGreaterThan(1);
  });

  test("and that cannot be kept either hide nothing of what stopped a repair, or a job that reads no stream", async () => {
    await run();
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_1'");
    writeFileSync(join(rig.directory, "spool"), "a file where the directory should be");
    rig.source.before = (step) => {
      if (step.kind === "retrieve") throw new SourceError("SOURCE_FORBIDDEN", "refused", { hint: "allow it" });
    };
    const { onlyTheStart, calls } = takingTheStart();
    const repair = { sample: null, repair: true };
    const verified = await rig.run((context) => verifyJobs([{ job: THINGS, context }], repair), { wrap: onlyTheStart });
    expect(verified.jobs[0]?.error).toMatchObject({ code: "SOURCE_FORBIDDEN", message: "refused" });
    expect(calls.count).toBe(2);

    calls.count = 0;
    const broken = (context: RunContext): Promise<JobReport> =>
      recordedJob({ name: "own" }, context, () =>
        Promise.reject(new SourceError("SOURCE_FORBIDDEN", "refused, too", { hint: "allow it" })),
      );
    const failed = await rig.run(broken, { wrap: onlyTheStart });
    expect(failed).toMatchObject({ status: "failed", error: { code: "SOURCE_FORBIDDEN", message: "refused, too" } });
    calls.count = 0;
    const error = { code: "OWN", message: "no luck", hint: "try again", facts: {} };
    const returning = (context: RunContext): Promise<JobReport> =>
      recordedJob({ name: "own" }, context, async () => ({ status: "failed", error }));
    expect(await rig.run(returning, { wrap: onlyTheStart })).toMatchObject({ status: "failed", error });
    calls.count = 0;
    const done = await rig.run((context) => recordedJob({ name: "own" }, context, async () => ({})), {
      wrap: onlyTheStart,
    });
    expect(done).toMatchObject({ status: "failed", error: { code: "EVENTS_LOST" } });
    expect(calls.count).toBe(2);
  });
});
