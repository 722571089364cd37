import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodeOfVerification } from "../../src/cli/exit-code.js";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { VerifyOptions } from "../../src/runs/verify/verify-stream.js";
import { LorchestraError, type LorchestraErrorCode } from "../../src/errors.js";
import type { Load, LoadResult, Warehouse } from "../../src/warehouse/warehouse.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";
import { changedPayload, rigOfTwenty, verifyThings } from "./verify-rig.js";

let rig: RunRig;
beforeEach(async () => {
  rig = await rigOfTwenty();
});
afterEach(() => rig[Symbol.asyncDispose]());

const verify = (options: Partial<VerifyOptions> = {}): Promise<StreamVerification> => verifyThings(rig, options);

const payload = (id: string, change: Record<string, unknown>): string => changedPayload(rig, id, change);

describe("verify with repair", () => {
  test("is in the event log from its start to its end, also where there is nothing to compare", async () => {
    await using empty = runRig();
    await verifyThings(empty, { repair: true });
    const events = await empty.rows("SELECT event_type FROM events_dev.event_log ORDER BY event_type");
    expect(events.map((event) => event["event_type"])).toEqual(["job.completed", "job.started", "upsert.completed"]);
  });

  test("is different where what it wrote is not there afterwards, whatever the warehouse says", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    const forgetful = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      beginLoad: async (scope, options) => {
        const load = await warehouse.beginLoad(scope, options);
        const none = { updated: 0, unchanged: 0, deleted: 0, stale: 0, quarantined: 0 };
        const commit: Load["commit"] = () => Promise.resolve({ ...none, staged: 1, inserted: 1 });
        return Object.create(load, { commit: { value: commit } }) as Load;
      },
    });
    const jobs = [THINGS, { ...THINGS, name: "reads_nothing", stream: "nothing" }];
    const verified = await rig.run(
      (context) =>
        verifyJobs(
          jobs.map((job) => ({ job, context })),
          { sample: null, repair: true },
        ),
      { wrap: forgetful },
    );
    expect(verified.jobs).toMatchObject([
      { status: "different", standings: { missing: 1 }, repair: { repaired: 0, remaining: 1 } },
      { status: "failed", error: { code: "JOB_MODULE_INVALID" } },
    ]);
    // What was found counts more than what could not be compared.
    expect([verified.status, exitCodeOfVerification(verified, null)]).toEqual(["different", 7]);
  });

  test("brings back just what is at fault, and nothing differs afterwards", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_5", { amount: 7 })} WHERE external_id = 'th_5'`,
    );
    rig.source.delete("th_6", { silently: true });
    rig.source.calls.retrieved.length = 0;
    expect(await verify({ repair: true })).toMatchObject({
      status: "equal",
      standings: { missing: 1, stale: 1, extra: 1 },
      repair: { repaired: 3, remaining: 0 },
    });
    expect(new Set(rig.source.calls.retrieved)).toEqual(new Set(["th_4", "th_5", "th_6"]));
    expect(await verify()).toMatchObject({ status: "equal", standings: { equal: 19 } });
  });

  test.each([
    ["another key", "upper(idem_key) AS idem_key"],
    ["no key", "NULL AS idem_key"],
    ["another date of creation", "TIMESTAMP '2001-01-01' AS object_created"],
  ])("leaves one row of an object of which another has %s", async (_, odd) => {
    await rig.tamper(
      `INSERT INTO events_dev.raw_objects SELECT * REPLACE (${odd}) FROM events_dev.raw_objects WHERE external_id = 'th_4'`,
    );
    expect(await verify({ repair: true })).toMatchObject({
      status: "equal",
      standings: { doubled: 1 },
      repair: { repaired: 1, remaining: 0 },
    });
    expect(await verify()).toMatchObject({ status: "equal", in_warehouse: 20, standings: { equal: 20 } });
  });

  test("says what the warehouse has refused, which is not repaired", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id IN ('th_4', 'th_5')");
    let isRefused = false;
    const refusing = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      readQuarantined: (keys) => {
        const idemKey = "stripe:stripe-mensio:thing:th_4";
        const is = isRefused && keys.includes(idemKey);
        return Promise.resolve(is ? [{ idemKey, reason: "odd", raw: rig.source.json("th_4") }] : []);
      },
      beginLoad: async (scope, options) => {
        const load = await warehouse.beginLoad(scope, options);
        const append: Load["append"] = (changes) => load.append(changes.filter(({ id }) => id !== "th_4"));
        const commit: Load["commit"] = async (checkpoint, limits) => {
          isRefused = true;
          return { ...(await load.commit(checkpoint, limits)), staged: 2, quarantined: 1 };
        };
        return Object.create(load, { append: { value: append }, commit: { value: commit } }) as Load;
      },
    });
    const verified = await rig.run(
      (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: true }),
      { wrap: refusing },
    );
    expect(verified.jobs[0]).toMatchObject({
      status: "equal",
      standings: { missing: 2 },
      repair: { repaired: 1, quarantined: 1, remaining: 0 },
    });
    expect(exitCodeOfVerification(verified, null)).toBe(3);
    const [row] = await rig.rows(
      "SELECT payload FROM events_dev.event_log WHERE correlation_id = 'run-2' AND event_type = 'upsert.completed'",
    );
    expect(JSON.parse(String(row?.["payload"]))).toMatchObject({ records_extracted: 2, inserted: 1, quarantined: 1 });
  });

  test("brings back a row of what another run had completed just before the repair held the stream", async () => {
    rig.source.put("th_late", {});
    rig.clock.advance(60_000);
    const [stored] = await rig.rows("SELECT cursor FROM events_dev.checkpoints");
    const completeAt = Math.floor(rig.clock.wallMs() / 1000);
    const cursor = { ...(JSON.parse(String(stored?.["cursor"])) as object), feed: 21, completeAt };
    let begun = 0;
    /** Another run gets the stream first, and comes to its end; the row that it wrote is lost. */
    const overtaken = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      beginLoad: async (scope, options) => {
        begun += 1;
        const other = await warehouse.beginLoad(scope, options);
        await other.commit({ cursor, runId: "run-of-another" });
        await other[Symbol.asyncDispose]();
        return await warehouse.beginLoad(scope, options);
      },
    });
    const verified = await rig.run(
      (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: true }),
      { wrap: overtaken },
    );
    expect(begun).toBe(1);
    expect(verified.jobs[0]).toMatchObject({
      status: "equal",
      standings: { missing: 1, behind: 0 },
      repair: { repaired: 1, remaining: 0 },
    });
    expect(await verify()).toMatchObject({ status: "equal", standings: { equal: 21 } });
  });

  test("keeps the checkpoint, and the next run goes on from it", async () => {
    const checkpoint = await rig.rows("SELECT cursor FROM events_dev.checkpoints");
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    rig.source.put("th_1", { amount: 5 });
    await verify({ repair: true });
    expect(await rig.rows("SELECT cursor FROM events_dev.checkpoints")).toEqual(checkpoint);
    expect(await rig.run((context) => THINGS.run(context))).toMatchObject({ status: "completed", updated: 1 });
  });

  test("is in the event log, as a job of its own run", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    await verify({ repair: true });
    const rows = await rig.rows(
      "SELECT event_type, payload FROM events_dev.event_log WHERE correlation_id = 'run-2' ORDER BY event_type",
    );
    expect(rows.map((row) => row["event_type"])).toEqual(["job.completed", "job.started", "upsert.completed"]);
    expect(JSON.parse(String(rows[1]?.["payload"]))).toMatchObject({ mode: "repair" });
    expect(JSON.parse(String(rows[2]?.["payload"]))).toMatchObject({ inserted: 1 });
  });

  test("with the key of another account leaves the warehouse untouched", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    const events = "SELECT * FROM events_dev.event_log ORDER BY event_id";
    const before = await rig.rows(events);
    rig.source.account = "acct_2";
    expect(await verify({ repair: true })).toMatchObject({
      status: "failed",
      error: { code: "SOURCE_ACCOUNT_CHANGED" },
    });
    expect(await rig.rows(events)).toEqual(before);
    expect(await rig.rows("SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_4'")).toEqual([]);
  });

  test("that cannot begin is in the event log, unless another run holds the stream", async () => {
    const refusing =
      (code: LorchestraErrorCode) =>
      (warehouse: Warehouse): Warehouse => ({
        ...warehouse,
        beginLoad: () => Promise.reject(new LorchestraError(code, "no", { hint: "wait" })),
      });
    for (const code of ["WAREHOUSE_BUSY", "ALREADY_RUNNING"] as const) {
      const verified = await rig.run(
        (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: true }),
        { wrap: refusing(code) },
      );
      expect(verified.jobs[0]).toMatchObject({ status: "failed", error: { code } });
    }
    const rows = await rig.rows(
      "SELECT correlation_id, event_type, error_message FROM events_dev.event_log WHERE correlation_id <> 'run-1' ORDER BY event_type",
    );
    expect(rows.map(Object.values)).toEqual([
      ["run-2", "job.failed", "no"],
      ["run-2", "job.started", null],
    ]);
  });

  test("is over in time when it is interrupted in a commit that does not end", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    const interruption = new AbortController();
    const hanging = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      beginLoad: async (scope, options) => {
        const load = await warehouse.beginLoad(scope, options);
        const commit = async (): Promise<LoadResult> => {
          interruption.abort(new Error("SIGINT"));
          rig.clock.advance(warehouse.capabilities.commitDeadlineMs);
          await new Promise((resolve) => setImmediate(resolve));
          options.signal?.throwIfAborted();
          throw new LorchestraError("INTERNAL", "it would hang for ever", { hint: "" });
        };
        return Object.create(load, { commit: { value: commit } }) as Load;
      },
    });
    const verified = await rig.run(
      (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: true }),
      {
        wrap: hanging,
        signal: interruption.signal,
      },
    );
    expect(verified.jobs[0]).toMatchObject({ status: "interrupted", error: null });
    const ends = await rig.rows("SELECT payload FROM events_dev.event_log WHERE event_type = 'job.failed'");
    expect(ends.map(({ payload }) => JSON.parse(String(payload)) as unknown)).toMatchObject([
      { status: "interrupted" },
    ]);
  });

  test("does not delete half of a stream unless that is allowed", async () => {
    for (let n = 20; n < 80; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60 });
    await rig.run((context) => THINGS.run(context));
    for (let n = 0; n < 60; n += 1) rig.source.delete(`th_${n}`, { silently: true });
    expect(await verify({ repair: true })).toMatchObject({ status: "failed", error: { code: "DELETE_LIMIT" } });
    expect(await rig.rows("SELECT * FROM events_dev.raw_objects WHERE deleted_at IS NOT NULL")).toEqual([]);
  });
});
