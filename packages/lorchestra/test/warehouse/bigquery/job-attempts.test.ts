import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../../src/warehouse/bigquery/api/api-error.js";
import { createApi } from "../../../src/warehouse/bigquery/api/api.js";
import { createJobs, type Jobs } from "../../../src/warehouse/bigquery/api/jobs.js";
import type { Transport } from "../../../src/warehouse/bigquery/api/transport.js";
import { createUsageMeter } from "../../../src/warehouse/bigquery/api/usage.js";

/** Sleeping moves it, and so does a request that nobody answers. */
let nowMs = 0;
let sent: string[] = [];
/** Of the jobs that were sent. */
let bodies: { jobReference: { jobId: string }; configuration: { jobTimeoutMs?: string } }[] = [];
beforeEach(() => {
  nowMs = 0;
  sent = [];
  bodies = [];
});

const pace = {
  nowMs: () => nowMs,
  sleep: async (delayMs: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    nowMs += delayMs;
  },
  random: () => 0.5,
};

/** BigQuery as it answers the `n`th request, counted from 0: with an error that it refuses it with, undefined not at all. */
function jobsOf(answer: (n: number) => object | undefined): Jobs {
  const transport: Transport = async ({ method, path, json, timeoutMs, signal }) => {
    signal?.throwIfAborted();
    const body = answer(sent.length);
    sent.push(`${method} ${path}`);
    if (json !== undefined) bodies.push(json as (typeof bodies)[number]);
    if (body instanceof ApiError) throw body;
    if (body !== undefined) return { body, serverNowMs: 0 };
    nowMs += timeoutMs;
    throw new ApiError("timeout", `no answer within ${timeoutMs} ms`);
  };
  const api = createApi({ transport, pace, access: "write" });
  return createJobs({ api, pace, usage: createUsageMeter(), projectId: "p", location: () => null });
}

const spec = { id: "job", configuration: { query: { query: "SELECT 1", useLegacySql: false } } } as const;
const RUNNING = { status: { state: "RUNNING" } };
const DONE = { status: { state: "DONE" } };
const failed = (reason: string) => ({ status: { state: "DONE", errorResult: { reason, message: "no" } } });

describe("a job", () => {
  it("to which nothing answers is given up when its time is up", async () => {
    const run = jobsOf(() => undefined).run({ ...spec, deadlineMs: 10_000, maxAttempts: 1 });
    await expect(run).rejects.toMatchObject({ reason: "timeout" });
    expect(nowMs).toBeLessThanOrEqual(10_000);
  });

  it("that is refused until its time is up is not sent under another id", async () => {
    const refusal = new ApiError("backendError", "no", { status: 503 });
    const run = jobsOf(() => refusal).run({ ...spec, deadlineMs: 10_000 });
    await expect(run).rejects.toMatchObject({ reason: "backendError" });
    expect(nowMs).toBeLessThanOrEqual(10_000);
  });

  it("whose id is taken is the one that was sent before", async () => {
    const duplicate = new ApiError("duplicate", "already exists", { status: 409 });
    expect(await jobsOf((n) => (n === 0 ? duplicate : DONE)).run({ ...spec, deadlineMs: 10_000 })).toEqual(DONE);
    expect(sent).toEqual(["POST jobs", "GET jobs/job_0"]);
  });

  it("that was taken, and of which nothing is heard then, is given up soon after", async () => {
    const run = jobsOf((n) => (n === 0 ? RUNNING : undefined)).run({ ...spec, deadlineMs: 10_000, maxAttempts: 1 });
    await expect(run).rejects.toMatchObject({ reason: "timeout" });
    expect(nowMs).toBeLessThanOrEqual(35_000);
  });

  it("that does not end is cancelled, and may be run anew under another id", async () => {
    const ends = (): object => (sent.some((request) => request.endsWith("/cancel")) ? DONE : RUNNING);
    await jobsOf(ends).run({ ...spec, deadlineMs: 10_000 });
    expect(sent.at(-2)).toBe("POST jobs/job_0/cancel");
    const never = jobsOf(() => RUNNING).run({ ...spec, deadlineMs: 10_000, maxAttempts: 2 });
    await expect(never).rejects.toMatchObject({ reason: "unfinished" });
    expect(sent.filter((request) => request === "POST jobs")).toHaveLength(3);
  });

  it("that nobody waits for any more is cancelled", async () => {
    const stopping = new AbortController();
    const stops = (n: number): object => {
      if (n === 1) stopping.abort(new Error("stop"));
      return RUNNING;
    };
    const run = jobsOf(stops).run({ ...spec, deadlineMs: 10_000, signal: stopping.signal });
    await expect(run).rejects.toThrow("stop");
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual(["POST jobs", "GET jobs/job_0", "POST jobs/job_0/cancel"]);
  });

  it("that a rate limit has refused waits until the limit's ten seconds are over, and longer each time", async () => {
    const answers = [failed("rateLimitExceeded"), failed("rateLimitExceeded"), failed("backendError"), DONE];
    const startedMs: number[] = [];
    await jobsOf((n) => {
      startedMs.push(nowMs);
      return answers[n];
    }).run({ ...spec, deadlineMs: 10_000 });
    const waitedMs = startedMs.slice(1).map((startMs, index) => startMs - (startedMs[index] ?? 0));
    expect(waitedMs).toEqual([5_250, 10_500, 1_000]);
  });

  it("has an id of its own at each attempt, of which all but the first are told, and an end that BigQuery sees to", async () => {
    const answers = [failed("backendError"), failed("jobInternalError"), DONE];
    const told: number[] = [];
    const onRetry = (): void => void told.push(bodies.length);
    await jobsOf((n) => answers[n]).run({ ...spec, deadlineMs: 10_000, onRetry });
    expect(bodies.map(({ jobReference }) => jobReference.jobId)).toEqual(["job_0", "job_1", "job_2"]);
    expect(told).toEqual([1, 2]);
    expect(bodies.map(({ configuration }) => configuration.jobTimeoutMs)).toEqual(["10000", "10000", "10000"]);
  });

  it("that is not there is asked for once", async () => {
    const missing = new ApiError("notFound", "no such job", { status: 404 });
    expect(await jobsOf(() => missing).find("job_0")).toBeNull();
    expect(sent).toEqual(["GET jobs/job_0"]);
  });

  it("that twenty others of its table are before is run again: it is no query that needs too much", async () => {
    const message = "Too many DML statements outstanding against table p:d.leases, limit is 20.";
    const full = { status: { state: "DONE", errorResult: { reason: "resourcesExceeded", message } } };
    await jobsOf((n) => (n === 0 ? full : DONE)).run({ ...spec, deadlineMs: 10_000 });
    const run = jobsOf(() => failed("resourcesExceeded")).run({ ...spec, deadlineMs: 10_000 });
    await expect(run).rejects.toMatchObject({ reason: "resourcesExceeded" });
    expect(sent).toHaveLength(3);
  });
});
