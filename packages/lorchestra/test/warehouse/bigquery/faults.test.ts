import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LorchestraErrorCode } from "../../../src/errors.js";
import { remove, upsert } from "../../../src/testing/changes.js";
import { commitChanges, failure, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import type { JobResource } from "../../../src/warehouse/bigquery/api/resources.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { type BigQueryPlace, quickPace } from "../bigquery-places.js";
import {
  doneJob,
  forTheFirst,
  isCommit,
  isLoad,
  refusal,
  runningJob,
  type Fault,
  type FaultProxy,
  type SeenRequest,
} from "./fault-proxy.js";
import { eachProxiedWarehouse } from "./proxied-place.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();
const origin = bigQuery?.origin ?? null;

describe.skipIf(bigQuery === null || origin === null)("BigQuery in trouble", () => {
  if (bigQuery === null || origin === null) return;
  const proxied = eachProxiedWarehouse(bigQuery, origin, "faults");
  let proxy: FaultProxy;
  let place: BigQueryPlace;
  let warehouse: Warehouse;
  beforeEach(() => {
    ({ proxy, place, warehouse } = proxied());
  });

  const commitThree = () =>
    commitChanges(warehouse, [upsert("a"), upsert("b"), upsert("c")], { checkpoint: CHECKPOINT });

  async function expectOnce(): Promise<void> {
    expect(
      await place.select(`SELECT COUNT(*), COUNT(DISTINCT idem_key) FROM ${place.tableName("raw_objects")}`),
    ).toEqual([["3", "3"]]);
    expect(await place.select(`SELECT COUNT(*) FROM ${place.tableName("checkpoints")}`)).toEqual([["1"]]);
  }

  it.each([
    ["an unavailable service", refusal(503, "backendError")],
    ["a rate limit", refusal(403, "rateLimitExceeded")],
    ["a proxy's page", { status: 502, body: "<html>bad gateway</html>" }],
    ["a page with status 200", { status: 200, body: "<html>sign in</html>" }],
  ])("sends the same jobs again after %s", async (_, answer) => {
    proxy.faults = [forTheFirst(2, isLoad, async () => answer), forTheFirst(2, isCommit, async () => answer)];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 3 });
    for (const isJob of [isLoad, isCommit]) {
      expect(new Set(proxy.seen.filter(isJob).map((seen) => seen.jobId)).size).toBe(1);
      expect(proxy.seen.filter(isJob)).toHaveLength(3);
    }
    await expectOnce();
  });

  it("adopts a commit whose answer was lost", async () => {
    proxy.faults = [
      forTheFirst(1, isCommit, async (_, forward) => {
        await forward();
        return "drop" as const;
      }),
    ];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 3, unchanged: 0 });
    expect(new Set(proxy.seen.filter(isCommit).map((seen) => seen.jobId)).size).toBe(1);
    await expectOnce();
  });

  it("adopts a load whose answer was lost, so that no row is staged twice", async () => {
    proxy.faults = [
      forTheFirst(1, isLoad, async (_, forward) => {
        await forward();
        return "drop" as const;
      }),
    ];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 3 });
    await expectOnce();
  });

  it("runs a job that failed for a passing reason as a new one", async () => {
    proxy.faults = [forTheFirst(1, isLoad, async (seen) => doneJob(seen.jobId, "jobBackendError"))];
    expect(await commitThree()).toMatchObject({ inserted: 3 });
    expect(proxy.seen.filter(isLoad).map((seen) => seen.jobId.slice(-2))).toEqual(["_0", "_1"]);
    await expectOnce();
  });

  it("gives up on a job that never ends, and commits once under another id", async () => {
    const stuck = new Set<string>();
    proxy.faults = [
      forTheFirst(1, isCommit, async (seen) => {
        stuck.add(seen.jobId);
        return runningJob(seen.jobId);
      }),
      async ({ path }) => (stuck.has(path.split("/")[1] ?? "") ? runningJob("stuck") : undefined),
    ];
    expect(await commitThree()).toMatchObject({ inserted: 3 });
    expect(proxy.seen.some(({ path }) => path.endsWith("/cancel"))).toBe(true);
    await expectOnce();
  });

  it("counts a commit by the attempt that took place, when a later one was sent as well", async () => {
    const hidden = new Set<string>();
    proxy.faults = [
      forTheFirst(1, isCommit, async (seen, forward) => {
        await forward();
        hidden.add(seen.jobId);
        return runningJob(seen.jobId);
      }),
      async ({ path, method }) => {
        const [, jobId = ""] = path.split("/");
        // It shows itself only once the next attempt has been refused.
        const attempts = proxy.seen.filter(isCommit).length;
        return hidden.has(jobId) && (method === "POST" || attempts < 2) ? runningJob(jobId) : undefined;
      },
    ];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 3, unchanged: 0 });
    expect(proxy.seen.filter(isCommit).length).toBe(2);
    await expectOnce();
  });

  it("counts a commit by the attempt that took place, when an earlier one never arrived", async () => {
    const spoilt = new Set<string>();
    proxy.faults = [
      // What is called a duplicate is not there, and the next attempt seems to run until the one after it was refused.
      forTheFirst(1, isCommit, async () => refusal(409, "duplicate")),
      forTheFirst(1, isCommit, async (seen, forward) => {
        await forward();
        spoilt.add(seen.jobId);
        return runningJob(seen.jobId);
      }),
      async ({ path, method }) => {
        const [, jobId = ""] = path.split("/");
        const attempts = new Set(proxy.seen.filter(isCommit).map((seen) => seen.jobId)).size;
        return spoilt.has(jobId) && (method === "POST" || attempts < 3) ? runningJob(jobId) : undefined;
      },
    ];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 3, unchanged: 0 });
    await expectOnce();
  });

  it("counts a commit by an attempt that was given up, and took place when the next round had begun", async () => {
    let [given, isRunning] = ["", true];
    let takesPlace: () => Promise<unknown> = async () => undefined;
    proxy.faults = [
      forTheFirst(1, isCommit, async ({ jobId }, forward) => {
        [given, takesPlace] = [jobId, forward];
        return runningJob(jobId);
      }),
      // In its way, as BigQuery reports it.
      forTheFirst(1, isCommit, async ({ jobId }) => doneJob(jobId, "invalidQuery")),
      forTheFirst(1, isCommit, async (_, forward) => {
        await takesPlace();
        isRunning = false;
        return forward();
      }),
      async ({ path }) => (isRunning && path.split("/")[1] === given ? runningJob(given) : undefined),
    ];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 3, unchanged: 0 });
    await expectOnce();
  });

  it("runs a transaction again that another process's has cancelled", async () => {
    proxy.faults = [forTheFirst(2, isCommit, async (seen) => doneJob(seen.jobId, "invalidQuery"))];
    expect(await commitThree()).toMatchObject({ inserted: 3 });
    expect(new Set(proxy.seen.filter(isCommit).map((seen) => seen.jobId)).size).toBe(3);
    await expectOnce();
  });

  it("waits longer for another run's commits, whatever its stream", async () => {
    await using other = await place.open({ runId: "run-other" });
    await using _held = await other.beginLoad({ ...THINGS, stream: "gadgets" }, loadOptions(THINGS, "run-other"));
    await using patient = await place.open({}, { pace: quickPace(), renewEveryMs: 10 });
    proxy.faults = [forTheFirst(11, isCommit, async (seen) => doneJob(seen.jobId, "invalidQuery"))];
    const three = [upsert("a"), upsert("b"), upsert("c")];
    expect(await commitChanges(patient, three, { checkpoint: CHECKPOINT })).toMatchObject({ inserted: 3 });
    await expectOnce();
    // A lease that passed meanwhile could be taken.
    const [first, last] = [proxy.seen.findIndex(isCommit), proxy.seen.findLastIndex(isCommit)];
    expect(proxy.seen.slice(first, last).filter(({ jobId }) => jobId.includes("_renew_"))).not.toEqual([]);
  });

  it("says that the warehouse is busy when another process wins every time", async () => {
    await using other = await place.open({ runId: "run-other" });
    await using _held = await other.beginLoad({ ...THINGS, stream: "gadgets" }, loadOptions(THINGS, "run-other"));
    proxy.faults = [forTheFirst(99, isCommit, async (seen) => doneJob(seen.jobId, "invalidQuery"))];
    const error = await failure("WAREHOUSE_BUSY", commitThree);
    expect(error.remedy).toBe("retry");
    expect(proxy.seen.filter(isCommit)).toHaveLength(12);
    expect(await place.select(`SELECT COUNT(*) FROM ${place.tableName("raw_objects")}`)).toEqual([["0"]]);
  });

  it.each<[reason: string, status: number, code: LorchestraErrorCode]>([
    ["quotaExceeded", 403, "WAREHOUSE_QUOTA"],
    ["billingNotEnabled", 403, "WAREHOUSE_BILLING"],
    ["accessDenied", 403, "WAREHOUSE_REFUSED"],
    ["notFound", 404, "WAREHOUSE_NOT_FOUND"],
    ["bytesBilledLimitExceeded", 400, "WAREHOUSE_COST_LIMIT"],
  ])("stops at %s without asking again", async (reason, status, code) => {
    proxy.faults = [async (seen) => (isCommit(seen) ? refusal(status, reason) : undefined)];
    await failure(code, commitThree);
    expect(proxy.seen.filter(isCommit)).toHaveLength(1);
  });

  /** Rows of a table that are listed rather than asked for. */
  const listsRows =
    (table: string) =>
    ({ path }: SeenRequest): boolean =>
      path.endsWith(`/tables/${table}/data`);

  it.each<[call: string, spoilt: (seen: SeenRequest) => boolean, run: () => Promise<unknown>]>([
    ["readCheckpoint", listsRows("checkpoints"), () => warehouse.readCheckpoint(THINGS)],
    ["newestReadAt", listsRows("leases"), () => warehouse.newestReadAt(THINGS)],
    [
      "beginLoad, where a dead run has left tables",
      ({ method, path }) => method === "GET" && path.endsWith("/tables"),
      () => warehouse.beginLoad(THINGS, loadOptions()),
    ],
  ])("says what to do when %s is refused, or gets no answer", async (_, spoilt, run) => {
    proxy.faults = [async (seen) => (spoilt(seen) ? refusal(403, "accessDenied") : undefined)];
    expect((await failure("WAREHOUSE_REFUSED", run)).remedy).toBe("fix-credentials");
    proxy.faults = [async (seen) => (spoilt(seen) ? "drop" : undefined)];
    expect((await failure("WAREHOUSE_UNREACHABLE", run)).remedy).toBe("retry");
  });

  it("says what to do when it may not look for whoever has cancelled its commits", async () => {
    proxy.faults = [
      async (seen) => (isCommit(seen) ? doneJob(seen.jobId, "invalidQuery") : undefined),
      // Only that search looks for a commit's job by its id.
      async ({ method, path }) =>
        method === "GET" && path.includes("_commit_") ? refusal(403, "accessDenied") : undefined,
    ];
    await failure("WAREHOUSE_REFUSED", commitThree);
  });

  /** As if BigQuery had skipped one row: it is loaded, then taken away. */
  const skipsOneRow: Fault = async (seen, forward) => {
    if (!isLoad(seen) || seen.text.includes("BigQuery refused it")) return undefined;
    await forward();
    return { status: 200, body: JSON.stringify(await withoutOneRow(seen.text, seen.jobId)) };
  };

  it("keeps a row that a load refused, and says why, and goes on with the others", async () => {
    proxy.faults = [skipsOneRow];
    expect(await commitThree()).toMatchObject({ staged: 3, inserted: 2, quarantined: 1 });
    const rows = await place.select(`SELECT idem_key, reason, raw FROM ${place.tableName("quarantine")}`);
    expect(rows).toEqual([["stripe:stripe-acme:thing:b", "BigQuery refused it: an odd row", upsert("b").record.json]]);
  });

  it("writes the later change where a load refused an earlier one of the same object", async () => {
    proxy.faults = [skipsOneRow];
    const changes = [upsert("a"), upsert("b"), upsert("b", { value: 2 })];
    expect(await commitChanges(warehouse, changes)).toMatchObject({ staged: 2, inserted: 2, quarantined: 0 });
    expect(await quarantined()).toEqual([]);
    const value = "JSON_VALUE(payload, '$.value')";
    expect(await place.select(`SELECT ${value} FROM ${place.tableName("raw_objects")} ORDER BY 1`)).toEqual([
      ["1"],
      ["2"],
    ]);
  });

  it("keeps nothing of a refused row that a later change has replaced, whatever else is quarantined", async () => {
    proxy.faults = [skipsOneRow];
    const odd = { ...upsert("odd"), record: { ...upsert("odd").record, json: '{"id":"odd","n":1e999}' } };
    const changes = [odd, upsert("b"), upsert("b", { value: 2 })];
    expect(await commitChanges(warehouse, changes)).toMatchObject({ staged: 2, inserted: 1, quarantined: 1 });
    expect(await quarantined()).toEqual([["stripe:stripe-acme:thing:odd"]]);
  });

  const quarantined = () => place.select(`SELECT idem_key FROM ${place.tableName("quarantine")}`);

  it("keeps each text once that BigQuery cannot keep, also where an object had another before", async () => {
    const odd = (json: string) => ({ ...upsert("odd"), record: { ...upsert("odd").record, json } });
    for (const number of ["1e999", "1e998", "1e999"])
      await commitChanges(warehouse, [odd(`{"id":"odd","n":${number}}`)]);
    expect(await place.select(`SELECT raw FROM ${place.tableName("quarantine")} ORDER BY raw`)).toEqual([
      ['{"id":"odd","n":1e998}'],
      ['{"id":"odd","n":1e999}'],
    ]);
  });

  it.each(["insertedRowCount", "updatedRowCount"])(
    "says so where BigQuery's own %s is not what was counted",
    async (count) => {
      proxy.faults = [
        async ({ method, path }, forward) => {
          if (method !== "GET" || path !== "jobs") return undefined;
          const { status, body } = await forward();
          const list = JSON.parse(body) as { jobs: readonly JobResource[] };
          for (const { statistics } of list.jobs) Object.assign(statistics?.query?.dmlStats ?? {}, { [count]: "7" });
          return { status, body: JSON.stringify(list) };
        },
      ];
      const error = await failure("WAREHOUSE_FAILED", commitThree);
      expect(error.hint).toContain("lorchestra verify");
      await expectOnce();
    },
  );

  it("asks before a commit also what the look for what is in quarantine would bill", async () => {
    const odd = { ...upsert("odd"), record: { ...upsert("odd").record, json: '{"id":"odd","n":1e999}' } };
    const explained = (): string[] =>
      proxy.seen.map(({ text }) => text).filter((text) => text.includes('"dryRun":true'));
    await commitThree();
    expect(explained().filter((text) => text.includes("INSERT INTO"))).toEqual([]);
    await commitChanges(warehouse, [odd]);
    expect(explained().filter((text) => /INSERT INTO [^(]*quarantine/.test(text))).toHaveLength(1);
  });

  it("leaves nothing staged and frees the stream after a commit that failed", async () => {
    proxy.faults = [async (seen) => (isCommit(seen) ? refusal(403, "quotaExceeded") : undefined)];
    await failure("WAREHOUSE_QUOTA", commitThree);
    proxy.faults = [];
    expect((await place.tables()).filter((name) => name.startsWith("staging_"))).toEqual([]);
    expect(await commitChanges(warehouse, [upsert("a"), remove("gone")])).toMatchObject({ inserted: 1, unchanged: 1 });
  });

  async function withoutOneRow(text: string, jobId: string): Promise<unknown> {
    const table = /"tableId":"(?<id>staging_[^"]+)"/.exec(text)?.groups?.["id"] ?? "";
    for (;;) {
      const rows = await place.select(`SELECT COUNT(*) FROM ${place.tableName(table)}`);
      if (rows[0]?.[0] === "3") break;
    }
    await place.select(`DELETE FROM ${place.tableName(table)} WHERE seq = 2`);
    return {
      jobReference: { jobId },
      status: { state: "DONE", errors: [{ reason: "invalid", message: "an odd row" }] },
      statistics: { load: { outputRows: "2", badRecords: "1" } },
    };
  }
});

const CHECKPOINT = { cursor: { done: true }, runId: "run-1" };
