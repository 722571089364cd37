import { SourceError } from "injest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ingestJob } from "../../src/jobs/ingest-job.js";
import { explainObject } from "../../src/runs/explain.js";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { VerifyOptions } from "../../src/runs/verify/verify-stream.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";
import { changedPayload, rigOfTwenty, verifyThings } from "./verify-rig.js";

let rig: RunRig;
beforeEach(async () => {
  rig = await rigOfTwenty();
});
afterEach(() => rig[Symbol.asyncDispose]());

const verify = (options: Partial<VerifyOptions> = {}): Promise<StreamVerification> => verifyThings(rig, options);

const payload = (id: string, change: Record<string, unknown>): string => changedPayload(rig, id, change);

describe("verify", () => {
  test("asks for all rows of a portion at once, and says when they were created where that is known of all", async () => {
    const asked: [number, readonly number[] | undefined][] = [];
    const asking = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      readRows: (scope, ids, options) => {
        asked.push([ids.length, options.created?.toSorted()]);
        return warehouse.readRows(scope, ids, options);
      },
    });
    const verified = async (): Promise<typeof asked> => {
      const options = { sample: null, repair: false };
      await many.run((context) => verifyJobs([{ job: THINGS, context }], options), { access: "read", wrap: asking });
      return asked.splice(0);
    };
    await using many = runRig();
    const created = Array.from({ length: 1_200 }, (_, n) => 1_700_000_000 + n);
    for (const second of created) many.source.put(`th_${second}`, { created: second });
    await many.run((context) => THINGS.run(context));
    expect(await verified()).toEqual([[1_200, created]]);

    many.source.put("th_undated", { created: null });
    expect(await verified()).toEqual([[1_201, undefined]]);
  });

  test("reads the table once where there is more than a portion, and finds the same", async () => {
    await using many = runRig({ pageSize: 1_000 });
    for (let n = 0; n < 9_500; n += 1)
      many.source.put(`th_${n}`, { created: 1_700_000_000 + n, amount: 1, currency: "cad" });
    await many.run((context) => THINGS.run(context));
    many.clock.advance(60_000);
    many.source.put("th_9500", {});
    many.source.put("th_1", { amount: 2 });
    many.source.delete("th_2");
    many.source.delete("th_3", { silently: true });
    await many.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    await many.tamper("UPDATE events_dev.raw_objects SET payload = '{}' WHERE external_id = 'th_5'");
    await many.tamper(
      "INSERT INTO events_dev.raw_objects SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_6'",
    );
    const lookedUp: number[] = [];
    let quarantineAsked = 0;
    const counting = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      readRows: (scope, ids, options) => {
        lookedUp.push(ids.length);
        return warehouse.readRows(scope, ids, options);
      },
      readQuarantined: (keys) => {
        quarantineAsked += 1;
        return warehouse.readQuarantined(keys);
      },
    });
    const verified = async (repair: boolean): Promise<StreamVerification | undefined> => {
      const access = repair ? "write" : "read";
      const options = { sample: null, repair };
      const report = await many.run((context) => verifyJobs([{ job: THINGS, context }], options), {
        access,
        wrap: counting,
      });
      return report.jobs[0];
    };
    const found = {
      in_source: 9_499,
      in_warehouse: 9_500,
      standings: {
        missing: 1,
        extra: 1,
        stale: 1,
        incomplete: 0,
        doubled: 1,
        quarantined: 0,
        outdated: 0,
        behind: 3,
        equal: 9_494,
      },
      money: [{ currency: "cad", in_source: "9499", in_warehouse: "9499" }],
    };
    expect(await verified(false)).toMatchObject({ status: "different", ...found });
    expect([lookedUp, quarantineAsked]).toEqual([[], 1]);
    expect(await verified(true)).toMatchObject({ status: "equal", ...found, repair: { repaired: 4, remaining: 0 } });
    expect(await verified(false)).toMatchObject({ status: "equal", standings: { behind: 3, equal: 9_497 } });
  });

  test("finds both sides equal after a run, and adds up the money of both", async () => {
    expect(await verify()).toMatchObject({
      status: "equal",
      in_source: 20,
      in_warehouse: 20,
      standings: { equal: 20, missing: 0, extra: 0, stale: 0, incomplete: 0, outdated: 0, behind: 0 },
      money: [
        { currency: "cad", in_source: "1090", in_warehouse: "1090" },
        { currency: "usd", in_source: "1100", in_warehouse: "1100" },
      ],
      findings: [],
    });
  });

  test("finds a row that is missing, and the money that it takes away", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    expect(await verify()).toMatchObject({
      status: "different",
      in_warehouse: 19,
      standings: { missing: 1, equal: 19 },
      findings: [{ id: "th_4", standing: "missing", read_at: null }],
      money: [{ currency: "cad", in_source: "1090", in_warehouse: "986" }, { currency: "usd" }],
    });
  });

  test("finds a payload that differs although its hash says otherwise", async () => {
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_4", { amount: 7 })} WHERE external_id = 'th_4'`,
    );
    expect(await verify()).toMatchObject({
      status: "different",
      standings: { stale: 1 },
      findings: [{ id: "th_4", standing: "stale", paths: ["amount"] }],
    });
  });

  test("finds a nested list that lacks items", async () => {
    const lines = { lines: { object: "list", data: [{ n: 1 }], has_more: true } };
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_4", lines)} WHERE external_id = 'th_4'`,
    );
    expect(await verify()).toMatchObject({ status: "different", standings: { incomplete: 1, stale: 0 } });
  });

  test("finds a nested list that says it lacks items, also where the source has no more of them now", async () => {
    rig.source.put("th_4", { lines: { object: "list", data: [{ n: 1 }], has_more: false } });
    await rig.run((context) => THINGS.run(context));
    const lines = { lines: { object: "list", data: [{ n: 1 }], has_more: true } };
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_4", lines)} WHERE external_id = 'th_4'`,
    );
    expect(await verify()).toMatchObject({ status: "different", standings: { incomplete: 1, stale: 0 } });
  });

  test("finds a row that the source does not have any more", async () => {
    rig.source.delete("th_4", { silently: true });
    expect(await verify()).toMatchObject({
      status: "different",
      standings: { extra: 1 },
      in_source: 19,
      in_warehouse: 20,
    });
  });

  test("finds several rows of one object, which no run of ours writes, and leaves one when it repairs", async () => {
    await rig.tamper(`INSERT INTO events_dev.raw_objects
      SELECT * FROM events_dev.raw_objects WHERE external_id IN ('th_4', 'th_5')
      UNION ALL SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_5'`);
    const found = {
      in_source: 20,
      in_warehouse: 23,
      standings: { doubled: 2, equal: 18 },
      money: [
        { currency: "cad", in_source: "1090", in_warehouse: "1194" },
        { currency: "usd", in_source: "1100", in_warehouse: "1310" },
      ],
    };
    expect(await verify()).toMatchObject({ ...found, status: "different" });
    expect(await verify({ sample: 20 })).toMatchObject({ status: "different", standings: { doubled: 2 } });
    const repaired = await verify({ repair: true });
    expect(repaired).toMatchObject({ ...found, status: "equal", repair: { repaired: 2, remaining: 0 } });
    expect(await verify()).toMatchObject({ status: "equal", in_warehouse: 20, standings: { doubled: 0, equal: 20 } });
  });

  test("calls several rows of one object a fault, although an event tells of the object", async () => {
    await rig.tamper(
      "INSERT INTO events_dev.raw_objects SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_4'",
    );
    rig.source.put("th_4", {});
    expect(await verify()).toMatchObject({ status: "different", standings: { doubled: 1, behind: 0 } });
  });

  test.each([
    ["the first", "rowid = (SELECT MIN(rowid) FROM events_dev.raw_objects WHERE external_id = 'th_4')"],
    ["the last", "rowid = (SELECT MAX(rowid) FROM events_dev.raw_objects WHERE external_id = 'th_4')"],
    ["each of them", "external_id = 'th_4'"],
  ])("calls several rows of one object doubled, where %s differs", async (_, which) => {
    await rig.tamper(
      "INSERT INTO events_dev.raw_objects SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_4'",
    );
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = ${payload("th_4", { amount: 7 })}, payload_hash = 'other', api_version = '2020-01-01' WHERE ${which}`,
    );
    const found = { in_warehouse: 21, standings: { doubled: 1, stale: 0, outdated: 0, equal: 19 } };
    const findings = [{ id: "th_4", standing: "doubled", paths: ["amount"] }];
    expect(await verify()).toMatchObject({ ...found, status: "different", findings });
    const repair = { repaired: 1, remaining: 0 };
    expect(await verify({ repair: true })).toMatchObject({ ...found, findings, status: "equal", repair });
    expect(await verify()).toMatchObject({ status: "equal", in_warehouse: 20, standings: { equal: 20 } });
  });

  test("calls several rows of one object a fault, although an event tells of the object and they differ from it", async () => {
    await rig.tamper(
      "INSERT INTO events_dev.raw_objects SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_4'",
    );
    rig.source.put("th_4", { amount: 8 });
    expect(await verify()).toMatchObject({ status: "different", standings: { doubled: 1, stale: 0, behind: 0 } });
  });

  test("takes the live one of several rows, whichever comes first", async () => {
    const row = "FROM events_dev.raw_objects WHERE external_id = 'th_4'";
    await rig.tamper(`INSERT INTO events_dev.raw_objects SELECT * ${row}`);
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET deleted_at = last_seen WHERE rowid = (SELECT MIN(rowid) ${row})`,
    );
    expect(await verify()).toMatchObject({ status: "equal", in_warehouse: 20, standings: { equal: 20 } });
  });

  test("reads an object again whose row was written at the moment of its listing, or later", async () => {
    for (const laterMs of [0, 1]) {
      const overtaking = (warehouse: Warehouse): Warehouse => ({
        ...warehouse,
        readRows: async (scope, ids, options) => {
          // Another run reads what changes now.
          rig.source.put("th_1", { amount: 700 + laterMs }, { silently: true });
          const rows = await warehouse.readRows(scope, ids, options);
          const lastSeen = new Date(rig.clock.wallMs() + laterMs);
          return rows.map((row) =>
            row.externalId === "th_1" ? { ...row, payload: rig.source.json("th_1"), lastSeen } : row,
          );
        },
      });
      const verified = await rig.run(
        (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: false }),
        { access: "read", wrap: overtaking },
      );
      expect(verified.jobs[0]).toMatchObject({ status: "equal", standings: { equal: 20 } });
    }
  });

  test.each([0, 1])(
    "reads an object again whose row was marked as deleted %d ms after its listing",
    async (laterMs) => {
      const overtaking = (warehouse: Warehouse): Warehouse => ({
        ...warehouse,
        readRows: async (scope, ids, options) => {
          // Another run learns what is deleted now.
          rig.source.delete("th_1", { silently: true });
          const rows = await warehouse.readRows(scope, ids, options);
          const deletedAt = new Date(rig.clock.wallMs() + laterMs);
          return rows.map((row) => (row.externalId === "th_1" ? { ...row, deletedAt } : row));
        },
      });
      const verified = await rig.run(
        (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: false }),
        { access: "read", wrap: overtaking },
      );
      expect(verified.jobs[0]).toMatchObject({ status: "equal", in_source: 19, standings: { equal: 19 } });
    },
  );

  test("counts once what is at fault, however much that is", async () => {
    await using many = runRig({ pageSize: 1_000 });
    for (let n = 0; n < 2_050; n += 1) many.source.put(`th_${n}`, { created: 1_700_000_000 + n });
    await many.run((context) => THINGS.run(context));
    many.source.delete("th_0", { silently: true });
    await many.tamper("DELETE FROM events_dev.raw_objects WHERE external_id <> 'th_0'");
    const verified = await many.run(
      (context) => verifyJobs([{ job: THINGS, context }], { sample: null, repair: false }),
      { access: "read" },
    );
    expect(verified.jobs[0]).toMatchObject({ in_source: 2_049, standings: { missing: 2_049, extra: 1 } });
  });

  describe("of a stream that the account does not have", () => {
    const gone = (): never => {
      throw new SourceError("SOURCE_NOT_ENABLED", "the account has no things", { hint: "enable them" });
    };

    test("is skipped, and says of nothing that it is equal", async () => {
      await using empty = runRig();
      empty.source.before = gone;
      expect(await verifyThings(empty)).toMatchObject({
        status: "skipped",
        notices: [{ code: "STREAM_NOT_ENABLED" }],
        error: null,
      });
    });

    test.each([false, true])("any more fails, because its rows grow old (with a repair: %s)", async (repair) => {
      rig.source.before = gone;
      expect(await verify({ repair })).toMatchObject({
        status: "failed",
        notices: [],
        error: {
          code: "SOURCE_NOT_ENABLED",
          message: "the account has no things, although its objects were read before",
        },
      });
    });
  });

  test("calls what the warehouse refused quarantined, as long as it is what the source has", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    await rig.tamper(
      `INSERT INTO events_dev.quarantine (idem_key, reason, raw) VALUES ('stripe:stripe-mensio:thing:th_4', 'odd', ${payload("th_4", {})})`,
    );
    const refused = { status: "equal", standings: { quarantined: 1, missing: 0, equal: 19 } };
    expect(await verify()).toMatchObject({ ...refused, findings: [{ id: "th_4", standing: "quarantined" }] });
    rig.source.calls.retrieved.length = 0;
    expect(await verify({ repair: true })).toMatchObject({ ...refused, repair: { repaired: 0, remaining: 0 } });
    expect(rig.source.calls.retrieved).toEqual([]);
    rig.source.put("th_4", { amount: 8 }, { silently: true });
    expect(await verify()).toMatchObject({ status: "different", standings: { quarantined: 0, missing: 1 } });
  });

  test("counts a stream once, however many jobs read it", async () => {
    const custom = ingestJob({ name: "custom_things", description: "", provider: "stripe", stream: "things" });
    const jobs = [THINGS, custom, THINGS];
    const report = await rig.run(
      (context) =>
        verifyJobs(
          jobs.map((job) => ({ job, context })),
          { sample: null, repair: false },
        ),
      { access: "read" },
    );
    expect(report.jobs.map(({ job, in_source }) => [job, in_source])).toEqual([["ingest_things", 20]]);
  });

  test("does not mind fields that change with each reading, nor the order of others", async () => {
    rig.source.put("th_1", { url: "https://example.com/2" }, { silently: true });
    const { id, ...rest } = JSON.parse(rig.source.json("th_2")) as Record<string, unknown>;
    await rig.tamper(
      `UPDATE events_dev.raw_objects SET payload = '${JSON.stringify({ ...rest, id })}' WHERE external_id = 'th_2'`,
    );
    expect(await verify()).toMatchObject({ status: "equal", standings: { equal: 20 } });
  });

  test("reads nothing of the warehouse that an interruption would not end, and neither does a dry run", async () => {
    const { signal } = new AbortController();
    const given: (readonly ["rows" | "ids", AbortSignal | undefined])[] = [];
    const watched = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      readRows: (scope, ids, options) => {
        given.push(["rows", options.signal]);
        return warehouse.readRows(scope, ids, options);
      },
      liveIds: (scope, ranges, signal) => {
        given.push(["ids", signal]);
        return warehouse.liveIds(scope, ranges, signal);
      },
    });
    rig.source.put("th_1", { amount: 7 });
    const options = { access: "read", wrap: watched, signal, full: true } as const;
    for (const sample of [null, 5])
      await rig.run((context) => verifyJobs([{ job: THINGS, context }], { sample, repair: false }), options);
    await rig.run((context) => THINGS.run(context), { ...options, dryRun: true });
    await rig.run((context) => explainObject("th_1", [context]), options);
    expect(given.filter(([kind]) => kind === "rows").length).toBeGreaterThan(5);
    expect(given.filter(([kind]) => kind === "ids").length).toBeGreaterThan(2);
    expect(given.filter(([, one]) => one !== signal)).toEqual([]);
  });

  test("writes nothing, and takes no lease", async () => {
    await rig.tamper("DELETE FROM events_dev.raw_objects WHERE external_id = 'th_4'");
    const before = await rig.rows("SELECT * FROM events_dev.event_log ORDER BY event_id");
    await verify();
    expect(await rig.rows("SELECT * FROM events_dev.event_log ORDER BY event_id")).toEqual(before);
    expect(await rig.rows("SELECT * FROM events_dev.raw_objects WHERE external_id = 'th_4'")).toEqual([]);
  });
});
