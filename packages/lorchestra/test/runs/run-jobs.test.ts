import { SourceError } from "injest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../src/jobs/job.js";
import { emptyReport } from "../../src/runs/job/job-report.js";
import { recordedJob } from "../../src/runs/job/recorded-job.js";
import { runJobs, statusOf } from "../../src/runs/run-jobs.js";
import type { JobReport, JobStatus } from "../../src/runs/run-report.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

/** A job of a project's own that does what it is given. */
function ownJob(name: string, work: () => Promise<Partial<JobReport>>): Job {
  return {
    name,
    description: "Own",
    provider: "stripe",
    stream: null,
    run: (context) => recordedJob({ name }, context, work),
  };
}

describe("runJobs", () => {
  test("goes on with the other jobs when one fails, and reports in the order given", async () => {
    rig.source.put("th_1", {});
    const broken = ownJob("broken", () =>
      Promise.reject(new SourceError("SOURCE_UNAVAILABLE", "down", { hint: "wait" })),
    );
    const report = await rig.run((context) => runJobs([broken, THINGS].map((job) => ({ job, context }))));
    expect(report).toMatchObject({
      run_id: "run-1",
      status: "partial",
      dry_run: false,
      jobs: [
        { job: "broken", status: "failed", error: { code: "SOURCE_UNAVAILABLE" } },
        { job: "ingest_things", status: "completed", inserted: 1 },
      ],
    });
  });

  test("takes a job that is interrupted while the tables are prepared for no broken one", async () => {
    const stop = new AbortController();
    const report = await rig.run((context) => runJobs([{ job: ownJob("own", () => Promise.resolve({})), context }]), {
      signal: stop.signal,
      wrap: (warehouse) => ({
        ...warehouse,
        prepare: () => {
          stop.abort(new Error("stop"));
          return Promise.reject(stop.signal.reason as Error);
        },
      }),
    });
    expect(report.jobs).toMatchObject([{ status: "interrupted", error: null }]);
  });

  test("tells a job of a project's own that was interrupted from one that is broken, also in the event log", async () => {
    const stop = new AbortController();
    const stopped = ownJob("stopped", () => {
      stop.abort(new Error("stop"));
      return Promise.reject(stop.signal.reason as Error);
    });
    const report = await rig.run((context) => runJobs([{ job: stopped, context }]), { signal: stop.signal });
    expect(report).toMatchObject({ status: "interrupted", jobs: [{ status: "interrupted", error: null }] });
    const events = await rig.rows("SELECT event_type, error_message FROM event_log ORDER BY created_at, event_type");
    expect(events).toEqual([
      { event_type: "job.failed", error_message: "interrupted" },
      { event_type: "job.started", error_message: null },
    ]);
  });

  test("tells it also of a job that logs nothing and throws what the signal gave it, as it ends", async () => {
    const stop = new AbortController();
    const stopped: Job = {
      ...THINGS,
      name: "stopped",
      run: ({ signal }) => {
        stop.abort(new Error("stop"));
        return Promise.reject(signal.reason as Error);
      },
    };
    const told: JobStatus[] = [];
    const report = await rig.run(
      (context) => runJobs([{ job: stopped, context }], async ({ status }) => void told.push(status)),
      { signal: stop.signal },
    );
    expect(report).toMatchObject({ status: "interrupted", jobs: [{ status: "interrupted", error: null }] });
    expect(told).toEqual(["interrupted"]);
  });

  test("takes the work of a job that promises nothing as it is: a value, or what it throws at once", async () => {
    // As a module in JavaScript may have it.
    const value = (() => ({ records_extracted: 3 })) as unknown as () => Promise<Partial<JobReport>>;
    const thrown = ownJob("thrown", () => {
      throw new SourceError("SOURCE_UNAVAILABLE", "down", { hint: "wait" });
    });
    const report = await rig.run((context) =>
      runJobs([ownJob("value", value), thrown].map((job) => ({ job, context }))),
    );
    expect(report.jobs).toMatchObject([
      { status: "completed", records_extracted: 3 },
      { status: "failed", error: { code: "SOURCE_UNAVAILABLE" } },
    ]);
    const ends = await rig.rows(
      "SELECT event_type FROM event_log WHERE event_type <> 'job.started' ORDER BY event_type",
    );
    expect(ends.map((row) => row["event_type"])).toEqual(["job.completed", "job.failed"]);
  });

  test("reports what a job has done as it did it, also where that cannot be told at once", async () => {
    rig.source.put("th_1", {});
    const told: JobReport[] = [];
    const failing = (report: JobReport): Promise<void> => {
      told.push(report);
      return Promise.reject(new Error("nobody reads the output any more"));
    };
    const report = await rig.run((context) => runJobs([{ job: THINGS, context }], failing));
    expect(told).toHaveLength(1);
    expect(report).toMatchObject({ status: "completed", jobs: [{ status: "completed", inserted: 1, error: null }] });
  });

  test("runs jobs side by side", async () => {
    let arrived = 0;
    let letGo: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (letGo = resolve));
    const waiting = (name: string): Job =>
      ownJob(name, async () => {
        if ((arrived += 1) === 3) letGo();
        await all;
        return {};
      });
    const report = await rig.run((context) =>
      runJobs(["a", "b", "c"].map((name) => ({ job: waiting(name), context }))),
    );
    expect(report.status).toBe("completed");
  });

  test("reports a job that throws as failed, without a word of what it threw", async () => {
    const defect: Job = { ...THINGS, name: "defect", run: () => Promise.reject(new TypeError("sk_live_secret")) };
    const report = await rig.run((context) => runJobs([{ job: defect, context }]));
    expect(report.jobs[0]).toMatchObject({ status: "failed", error: { code: "INTERNAL" } });
    expect(JSON.stringify(report)).not.toContain("sk_live_secret");
  });

  test("tells a refused key in full once a connection", async () => {
    const refused = (name: string): Job =>
      ownJob(name, () =>
        Promise.reject(new SourceError("SOURCE_UNAUTHORIZED", "the key was refused (401)", { hint: "check it" })),
      );
    const report = await rig.run((context) => runJobs(["a", "b"].map((name) => ({ job: refused(name), context }))));
    expect(report.jobs.map(({ error }) => error?.message)).toEqual([
      "the key was refused (401)",
      "the same key was refused, see `a`",
    ]);
    expect(report.jobs.map(({ error }) => error?.code)).toEqual(["SOURCE_UNAUTHORIZED", "SOURCE_UNAUTHORIZED"]);
  });

  test("of no jobs completes", async () => {
    expect(await runJobs([])).toMatchObject({ status: "completed", jobs: [], usage: null });
  });

  test("logs the start and the end of a job of a project's own", async () => {
    const own = ownJob("own", () => Promise.resolve({ notices: [{ code: "SEEN", message: "something" }] }));
    const report = await rig.run((context) => runJobs([{ job: own, context }]));
    expect(report.jobs[0]).toMatchObject({ status: "completed", notices: [{ code: "SEEN" }] });
    const rows = await rig.rows("SELECT event_type FROM events_dev.event_log ORDER BY event_id DESC");
    expect(rows.map((row) => row["event_type"])).toEqual(["job.started", "job.completed"]);
  });
});

describe("the status of a run", () => {
  const jobs = async (...statuses: (JobStatus | "quarantined")[]): Promise<JobReport[]> =>
    rig.run((context) =>
      Promise.resolve(
        statuses.map((status) => ({
          ...emptyReport({ name: "job" }, context),
          ...(status === "quarantined" ? { quarantined: 1 } : { status }),
        })),
      ),
    );

  test.each([
    ["completed", ["completed", "completed"]],
    ["completed", ["completed", "skipped"]],
    ["partial", ["completed", "failed"]],
    ["partial", ["completed", "quarantined"]],
    ["failed", ["failed", "failed"]],
    ["failed", ["failed", "skipped"]],
    ["interrupted", ["completed", "failed", "interrupted"]],
  ] as const)("is %s when its jobs are %j", async (status, of) => {
    expect(statusOf(await jobs(...of))).toBe(status);
  });
});
