import { beforeEach, describe, expect, it, vi } from "vitest";
import { remove, upsert } from "../../../src/testing/changes.js";
import { sampleEvent } from "../../../src/testing/sample-event.js";
import { collect, commitChanges, failure, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import type { JobResource } from "../../../src/warehouse/bigquery/api/resources.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { quickPace, type BigQueryPlace } from "../bigquery-places.js";
import {
  doneJob,
  forTheFirst,
  isCommit,
  isLoad,
  neverSeenToEnd,
  refusal,
  type Fault,
  type FaultProxy,
  type SeenRequest,
} from "./fault-proxy.js";
import { eachProxiedWarehouse } from "./proxied-place.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();
const origin = bigQuery?.origin ?? null;

describe.skipIf(bigQuery === null || origin === null)(
  "a job of BigQuery's that was given up, or taken for another",
  () => {
    if (bigQuery === null || origin === null) return;
    const proxied = eachProxiedWarehouse(bigQuery, origin, "repeated");
    let proxy: FaultProxy;
    let place: BigQueryPlace;
    let warehouse: Warehouse;
    beforeEach(() => {
      ({ proxy, place, warehouse } = proxied());
    });

    const rows = () =>
      place.select(
        `SELECT external_id, JSON_VALUE(payload, '$.value'), deleted_at IS NULL FROM ${place.tableName("raw_objects")} ORDER BY 1`,
      );

    it("adds no row twice when a load that was given up has run all the same", async () => {
      await commitChanges(warehouse, [upsert("old"), upsert("gone")]);
      proxy.faults = neverSeenToEnd(isLoad);
      const changes = [
        upsert("new"),
        upsert("old", { value: "between" }),
        upsert("old", { value: "latest" }),
        remove("gone"),
      ];
      expect(await commitChanges(warehouse, changes)).toMatchObject({ staged: 3, inserted: 1, updated: 1, deleted: 1 });
      expect(
        proxy.seen
          .filter(isLoad)
          .slice(-2)
          .map((seen) => seen.jobId.slice(-2)),
      ).toEqual(["_0", "_1"]);
      expect(await rows()).toEqual([
        ["gone", "1", "false"],
        ["new", "1", "true"],
        ["old", "latest", "true"],
      ]);
    });

    it("quarantines nothing twice when a load that was given up has run all the same", async () => {
      proxy.faults = neverSeenToEnd(isLoad);
      const odd = { ...upsert("odd"), record: { ...upsert("odd").record, json: '{"id":"odd","n":1e999}' } };
      expect(await commitChanges(warehouse, [odd])).toMatchObject({ staged: 1, quarantined: 1 });
      expect(await place.select(`SELECT idem_key FROM ${place.tableName("quarantine")}`)).toEqual([
        ["stripe:stripe-acme:thing:odd"],
      ]);
    });

    it.each([
      ["missing of", (table: string) => `DELETE FROM ${table} WHERE seq = 2`],
      ["twice in", (table: string) => `INSERT INTO ${table} SELECT * FROM ${table} WHERE seq = 2`],
    ])("commits nothing when a row is %s what was loaded", async (_, change) => {
      const changed = new Set<string>();
      proxy.faults = [
        async (seen) => {
          const table = isCommit(seen) ? (/staging_\w+/.exec(seen.text)?.[0] ?? "") : "";
          if (table === "" || changed.has(table)) return undefined;
          changed.add(table);
          await place.select(change(place.tableName(table)));
          return undefined;
        },
      ];
      await failure("WAREHOUSE_FAILED", () => commitChanges(warehouse, [upsert("a"), upsert("b"), upsert("c")]));
      expect(await rows()).toEqual([]);
    });

    it("is found again when BigQuery says for a moment that it is not there", async () => {
      proxy.faults = [
        forTheFirst(1, isCommit, async (_, forward) => {
          await forward();
          return "drop" as const;
        }),
        forTheFirst(
          3,
          ({ method, path }) => method === "GET" && path.startsWith("jobs/"),
          async () => refusal(404, "notFound"),
        ),
        forTheFirst(
          3,
          ({ path }) => path.startsWith("queries/"),
          async () => refusal(404, "notFound"),
        ),
      ];
      expect(await commitChanges(warehouse, [upsert("a")])).toMatchObject({ inserted: 1 });
      expect(new Set(proxy.seen.filter(isCommit).map((seen) => seen.jobId)).size).toBe(1);
    });

    it("is never taken for a table without rows: what cannot be read is an error that passes", async () => {
      await commitChanges(warehouse, [upsert("a")]);
      const reads: readonly (() => Promise<unknown>)[] = [
        () => warehouse.countLive(THINGS),
        () => collect(warehouse.liveIds(THINGS, [{ from: null, until: null }])),
        () => warehouse.readRows(THINGS, ["a"], { payload: true }),
        () => collect(warehouse.scanRows(THINGS, { payload: false })),
        () => warehouse.unfinishedJobs(THINGS),
        () => warehouse.readQuarantined(["x"]),
      ];
      for (const read of reads) {
        proxy.faults = [async ({ path }) => (path.startsWith("queries/") ? refusal(404, "notFound") : undefined)];
        expect((await failure("WAREHOUSE_UNREACHABLE", read)).remedy).toBe("retry");
        proxy.faults = [
          forTheFirst(
            1,
            ({ jobId }) => jobId.includes("_read_"),
            async (seen) => doneJob(seen.jobId, "notFound"),
          ),
        ];
        await failure("WAREHOUSE_NOT_FOUND", read);
      }
    });

    it("is waited for where BigQuery has told of its end and has no result of it yet; then that is no table without rows", async () => {
      await commitChanges(warehouse, [upsert("a")]);
      const none: Fault = async () => ({ status: 200, body: JSON.stringify({ jobComplete: false }) });
      const isResult = ({ path }: SeenRequest): boolean => path.startsWith("queries/");
      proxy.faults = [forTheFirst(3, isResult, none)];
      expect(await warehouse.countLive(THINGS)).toBe(1);
      proxy.faults = [(seen, forward) => (isResult(seen) ? none(seen, forward) : undefined)];
      expect((await failure("WAREHOUSE_BUSY", () => warehouse.countLive(THINGS))).remedy).toBe("retry");
    });

    it("is not missed where a proxy has taken the body of an answer away", async () => {
      await commitChanges(warehouse, [upsert("a")], { checkpoint: { cursor: 1, runId: "run-1" } });
      proxy.faults = [async ({ method }) => (method === "GET" ? { status: 200, body: "" } : undefined)];
      await failure("WAREHOUSE_UNREACHABLE", () => warehouse.readCheckpoint(THINGS));
      await failure("WAREHOUSE_UNREACHABLE", () => warehouse.countLive(THINGS));
    });

    it.each<[job: string, matches: (seen: SeenRequest) => boolean, run: () => Promise<unknown>]>([
      ["load", isLoad, () => commitChanges(warehouse, [upsert("a")])],
      ["commit", isCommit, () => commitChanges(warehouse, [upsert("a")])],
      ["lease", ({ jobId }) => jobId.includes("_acquire_"), () => warehouse.beginLoad(THINGS, loadOptions())],
      ["events", ({ jobId }) => jobId.includes("_events_"), () => warehouse.appendEvents([sampleEvent("e")])],
    ])(
      "runs again when somebody has cancelled it: %s; and says so when it is always cancelled",
      async (_, matches, run) => {
        const cancelled: Fault = async (seen) => (matches(seen) ? doneJob(seen.jobId, "stopped") : undefined);
        proxy.faults = [cancelled];
        expect((await failure("WAREHOUSE_BUSY", run)).remedy).toBe("retry");
        proxy.faults = [forTheFirst(1, matches, cancelled)];
        await run();
      },
    );

    describe("that adds events", () => {
      const addsEvents = ({ jobId }: SeenRequest): boolean => jobId.includes("_events_");
      const sentIds = (): string[] => [...new Set(proxy.seen.filter(addsEvents).map(({ jobId }) => jobId))];
      const events = () => place.select(`SELECT event_id FROM ${place.tableName("event_log")} ORDER BY 1`);

      it("is followed by none that has an event of it, until it is known to have ended", async () => {
        proxy.faults = neverSeenToEnd(addsEvents);
        const [a, b, c] = [sampleEvent("a"), sampleEvent("b"), sampleEvent("c")];
        await failure("WAREHOUSE_BUSY", () => warehouse.appendEvents([a, b]));
        await failure("WAREHOUSE_BUSY", () => warehouse.appendEvents([a, b]));
        await failure("WAREHOUSE_BUSY", () => warehouse.appendEvents([b, c]));
        expect(sentIds()).toHaveLength(1);
        await warehouse.appendEvents([sampleEvent("other")]);
        proxy.faults = [];
        await warehouse.appendEvents([b, c]);
        await warehouse.appendEvents([a, b]);
        expect(sentIds()).toHaveLength(3);
        expect(await events()).toEqual([["a"], ["b"], ["c"], ["other"]]);
      });

      it("is waited for, too, where it could not be looked at", async () => {
        const mayNotLook: Fault = async ({ method, path }) =>
          method === "GET" && path.startsWith("jobs/") ? refusal(403, "accessDenied") : undefined;
        const [first, ...rest] = neverSeenToEnd(addsEvents);
        proxy.faults = [...(first === undefined ? [] : [first]), mayNotLook, ...rest];
        const [a, b] = [sampleEvent("a"), sampleEvent("b")];
        await failure("WAREHOUSE_REFUSED", () => warehouse.appendEvents([a]));
        await failure("WAREHOUSE_REFUSED", () => warehouse.appendEvents([a, b]));
        expect(sentIds()).toHaveLength(1);
        proxy.faults = [];
        await warehouse.appendEvents([a, b]);
        expect(await events()).toEqual([["a"], ["b"]]);
      });

      it("is one, whoever adds the same events, and at whatever time", async () => {
        await using other = await place.open({ runId: "run-2" }, { pace: quickPace() });
        const rows = [sampleEvent("a"), sampleEvent("b")];
        await Promise.all([warehouse.appendEvents(rows), warehouse.appendEvents(rows)]);
        await other.appendEvents(rows);
        expect(sentIds()).toHaveLength(1);
        expect(await events()).toEqual([["a"], ["b"]]);
      });

      /** BigQuery remembers each such job, and that it failed. */
      const failing = (reason: string): { faults: Fault[]; ids: Set<string> } => {
        const ids = new Set<string>();
        const knows: Fault = async ({ method, path, jobId }) => {
          const id = jobId === "" ? (/^jobs\/([^/]+)$/.exec(path)?.[1] ?? "") : jobId;
          if (!ids.has(id)) return undefined;
          return method === "POST" ? refusal(409, "duplicate") : doneJob(id, reason);
        };
        const fails: Fault = async (seen) => {
          if (!addsEvents(seen) || seen.method !== "POST") return undefined;
          ids.add(seen.jobId);
          return doneJob(seen.jobId, reason);
        };
        return { faults: [knows, fails], ids };
      };

      it.each([
        ["backendError", "WAREHOUSE_UNREACHABLE", 4],
        ["quotaExceeded", "WAREHOUSE_QUOTA", 2],
      ] as const)(
        "is another one after it has failed, also for who comes later, whatever the reason: %s",
        async (reason, code, jobs) => {
          const { faults, ids } = failing(reason);
          for (const times of [1, 2, 3]) {
            proxy.faults = faults;
            await failure(code, () => warehouse.appendEvents([sampleEvent("a")]));
            expect(ids.size).toBe(times === 1 ? jobs : jobs + (times - 1) * (jobs - 1));
          }
          proxy.faults = faults.slice(0, 1);
          await warehouse.appendEvents([sampleEvent("a")]);
          expect(await events()).toEqual([["a"]]);
        },
      );

      it("adds an event once, also where it is told again of another time", async () => {
        const end = sampleEvent("a");
        await warehouse.appendEvents([end]);
        for (const days of [-50, 50])
          await warehouse.appendEvents([
            { ...end, created_at: new Date(end.created_at.getTime() + days * 86_400_000) },
          ]);
        expect(await events()).toEqual([["a"]]);
      });

      it("is another one where the table was made anew", async () => {
        await warehouse.appendEvents([sampleEvent("a")]);
        await place.select(`DROP TABLE ${place.tableName("event_log")}`);
        await using other = await place.open({ runId: "run-2" }, { pace: quickPace() });
        await other.prepare();
        await other.appendEvents([sampleEvent("a")]);
        expect(await events()).toEqual([["a"]]);
      });
    });

    it("is counted once the list of its statements has all of them", async () => {
      proxy.faults = [
        forTheFirst(
          2,
          ({ method, path }) => method === "GET" && path === "jobs",
          async (_, forward) => {
            const { status, body } = await forward();
            const { jobs } = JSON.parse(body) as { jobs: readonly JobResource[] };
            const lacking = jobs.filter(
              ({ statistics }) => !/MERGE|INSERT/.test(statistics?.query?.statementType ?? ""),
            );
            return { status, body: JSON.stringify({ jobs: lacking }) };
          },
        ),
      ];
      expect(await commitChanges(warehouse, [upsert("a"), upsert("b")])).toMatchObject({ inserted: 2 });
      expect(proxy.seen.filter(({ method, path }) => method === "GET" && path === "jobs")).toHaveLength(3);
    });

    it("is told to have taken place where only its count of rows cannot be had", async () => {
      proxy.faults = [
        async ({ method, path }) => (method === "GET" && path === "jobs" ? refusal(403, "accessDenied") : undefined),
      ];
      const error = await failure("WAREHOUSE_REFUSED", () => commitChanges(warehouse, [upsert("a")]));
      expect(error.message).toContain("say what a commit of things has written, which took place");
      expect(await rows()).toHaveLength(1);
    });
  },
);
