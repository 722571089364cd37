import { describe, expect, it } from "vitest";
import { ApiError, errorOfResponse, isTransient } from "../../../src/warehouse/bigquery/api/api-error.js";
import { createApi } from "../../../src/warehouse/bigquery/api/api.js";
import { createQueue } from "../../../src/warehouse/bigquery/api/queue.js";
import { backoffMs, type Pace } from "../../../src/warehouse/bigquery/api/pace.js";
import { labelsOf, jobId } from "../../../src/warehouse/bigquery/api/statements.js";
import type { ApiRequest } from "../../../src/warehouse/bigquery/api/transport.js";
import { createUsageMeter } from "../../../src/warehouse/bigquery/api/usage.js";

/** A clock that sleeping moves. */
function sleeper(): Pace & { sleptMs: number[] } {
  let nowMs = 0;
  const sleptMs: number[] = [];
  return {
    sleptMs,
    nowMs: () => nowMs,
    sleep: async (delayMs) => {
      sleptMs.push(delayMs);
      nowMs += delayMs;
    },
    random: () => 0.5,
  };
}

describe("requests to BigQuery", () => {
  it.each([
    "backendError",
    "internalError",
    "rateLimitExceeded",
    "jobRateLimitExceeded",
    "jobBackendError",
    "jobInternalError",
    "tableUnavailable",
  ])("are sent again after %s, whatever the status", (reason) =>
    expect(isTransient(new ApiError(reason, "", { status: 403 }))).toBe(true),
  );

  it.each(["quotaExceeded", "billingNotEnabled", "accessDenied", "invalid", "invalidQuery", "notFound", "duplicate"])(
    "are not sent again after %s, whatever the status",
    (reason) => expect(isTransient(new ApiError(reason, "", { status: 503 }))).toBe(false),
  );

  it.each([
    [500, true],
    [502, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [403, false],
    [404, false],
  ])("go by the status %i only where no reason came", (status, transient) => {
    expect(isTransient(errorOfResponse(status, undefined))).toBe(transient);
  });

  it("end with the last failure when their time is up", async () => {
    const pace = sleeper();
    let attempts = 0;
    const transport = async () => {
      attempts += 1;
      throw new ApiError("backendError", `failure ${attempts}`, { status: 503 });
    };
    const api = createApi({ transport, pace, access: "write" });
    await expect(api.call({ method: "GET", path: "x", deadlineMs: 10_000 })).rejects.toThrow(`failure 6`);
    expect(pace.sleptMs).toEqual([250, 500, 1000, 2000, 4000]);
  });

  it("wait longer after each failure, 30 s at most", () => {
    expect([0, 1, 2, 6, 100].map((failures) => backoffMs(failures, 1))).toEqual([500, 1000, 2000, 30_000, 30_000]);
    expect(backoffMs(3, 0)).toBe(0);
  });

  it.each<Pick<ApiRequest, "method" | "path" | "json">>([
    { method: "POST", path: "datasets", json: {} },
    { method: "DELETE", path: "datasets/d/tables/t" },
    { method: "PATCH", path: "datasets/d/tables/t", json: {} },
    { method: "POST", path: "jobs", json: { configuration: { load: {} } } },
    { method: "POST", path: "datasets/d/tables/t/insertAll", json: {} },
  ])("never leave a read-only warehouse when they could change something: $method $path", async (request) => {
    const api = createApi({ transport: async () => ({ body: {}, serverNowMs: 0 }), pace: sleeper(), access: "read" });
    await expect(api.call(request)).rejects.toThrow("read-only");
    const query = { method: "POST", path: "jobs", json: { configuration: { query: {} } } } as const;
    await expect(api.call(query)).resolves.toEqual({});
  });
});

describe("jobs", () => {
  it("have ids and labels of the characters that BigQuery takes", () => {
    expect(jobId("run 1/é", "load", 3)).toBe("lorchestra_run-1--_load_3");
    expect(labelsOf("01RUN", ["Invoices.All"])).toEqual({
      tool: "lorchestra",
      run_id: "01run",
      stream: "invoices-all",
    });
  });

  it("count once towards what was spent, scripts by their parents", () => {
    const usage = createUsageMeter();
    const job = (jobId: string, billed: string) => ({
      jobReference: { jobId },
      statistics: { totalSlotMs: "5", query: { totalBytesProcessed: "10", totalBytesBilled: billed } },
    });
    usage.add(job("a", "100"));
    usage.add(job("a", "100"));
    usage.add(job("b", "1"));
    expect(usage.total()).toEqual({ bytes_processed: 20, bytes_billed: 101, jobs_run: 2, slot_ms: 10 });
  });
});

describe("the queue of a process's transactions", () => {
  it("runs one at a time, urgent ones first, and goes on after a failure", async () => {
    const queue = createQueue();
    const order: string[] = [];
    const task = (name: string) => async () => {
      order.push(`${name} starts`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (name === "first") throw new Error("no");
    };
    const all = [queue.run(task("first")), queue.run(task("second")), queue.run(task("renewal"), { urgent: true })];
    await Promise.allSettled(all);
    expect(order).toEqual([
      "first starts",
      "first ends",
      "renewal starts",
      "renewal ends",
      "second starts",
      "second ends",
    ]);
    await expect(queue.run(async () => "later")).resolves.toBe("later");
  });
});
