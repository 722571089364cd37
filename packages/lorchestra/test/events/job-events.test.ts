import { describe, expect, test } from "vitest";
import * as events from "../../src/events/job-events.js";

const SUBJECT: events.EventSubject = {
  runId: "run-1",
  jobId: "job-1",
  job: "stripe_ingest_refunds",
  sourceName: "stripe",
  connectionName: "stripe-mensio",
  objectType: "refund",
};
const AT = new Date(Date.UTC(2026, 0, 1));
const NAMED = { job: "stripe_ingest_refunds", stream: "refunds" };
const COUNTS = { records_extracted: 3, inserted: 1, updated: 1, unchanged: 1, deleted: 0, stale: 0, quarantined: 0 };
const ENDED = {
  job: NAMED.job,
  records_extracted: 3,
  inserted: 1,
  updated: 1,
  deleted: 0,
  duration_ms: 5,
  notices: [],
};
const ERROR = { code: "SOURCE_FORBIDDEN", message: "refused", hint: "allow it" };

const started = events.jobStarted(SUBJECT, AT, { ...NAMED, mode: "first", since: null, until: null });
const completed = events.jobCompleted(SUBJECT, AT, { ...ENDED, status: "completed" });
const failed = events.jobFailed(SUBJECT, AT, { ...ENDED, status: "failed", error: ERROR });

describe("events of a job", () => {
  test("are of lorchestra where they are about the job, and of the source where they are about its data", () => {
    const upsert = events.upsertCompleted(SUBJECT, AT, { ...NAMED, ...COUNTS, commits: 1 });
    expect([started, completed, upsert].map(({ source_system }) => source_system)).toEqual([
      "lorchestra",
      "lorchestra",
      "stripe",
    ]);
    for (const row of [started, completed, upsert]) {
      expect(row).toMatchObject({
        connection_name: "stripe-mensio",
        target_object_type: "refund",
        correlation_id: "run-1",
        status: "ok",
      });
    }
  });

  test("carry the error's message beside the status, where they tell of a failure", () => {
    expect(failed).toMatchObject({
      event_type: "job.failed",
      status: "failed",
      error_message: "refused",
      payload: { error: ERROR },
    });
  });

  test("have one id for either end of a job, so that only one end can stay", () => {
    expect(failed.event_id).toBe(completed.event_id);
    expect(started.event_id).not.toBe(completed.event_id);
  });

  test("have the same ids when they are made again, and others for another job", () => {
    expect(events.jobStarted(SUBJECT, AT, { ...NAMED, mode: "first", since: null, until: null })).toEqual(started);
    const other = { ...SUBJECT, jobId: "job-2" };
    expect(events.jobStarted(other, AT, { ...NAMED, mode: "first", since: null, until: null }).event_id).not.toBe(
      started.event_id,
    );
  });
});

describe("the end of a killed job", () => {
  const killed = events.jobKilled(started, new Date(AT.getTime() + 1000), "run-2");

  test("belongs to the run that was killed, and says which run noticed", () => {
    expect(killed).toMatchObject({
      event_type: "job.failed",
      correlation_id: "run-1",
      target_object_type: "refund",
      status: "failed",
      error_message: "killed",
      payload: { job: "stripe_ingest_refunds", found_by_run: "run-2", started_at: AT.toISOString() },
    });
  });

  test("has the id of the job's own end: the first to arrive stays", () => {
    expect(killed.event_id).toBe(completed.event_id);
  });

  test("is made of a row that another tool wrote, too", () => {
    expect(events.jobKilled({ ...started, event_id: "x", payload: null }, AT, "run-2")).toMatchObject({
      payload: { job: null },
    });
  });
});
