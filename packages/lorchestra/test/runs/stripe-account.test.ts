import { stripeSource } from "injest";
import type { Source } from "injest";
import { type Sandbox, startSandbox } from "stripe-sandbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BUILT_IN_JOBS } from "../../src/jobs/built-in-jobs.js";
import { explainObject } from "../../src/runs/explain.js";
import { runJobs } from "../../src/runs/run-jobs.js";
import type { JobReport, RunReport } from "../../src/runs/run-report.js";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { VerifyReport } from "../../src/runs/verify-report.js";
import { type RigRunOptions, type RunRig, runRig } from "./run-rig.js";

/** The seed's account, by the real reader, into a real DuckDB file. */
const JOBS = Object.values(BUILT_IN_JOBS);
const TYPES = ["customer", "invoice", "payment_intent", "refund"] as const;

let rig: RunRig;
let sandbox: Sandbox;
let source: Source;
beforeEach(async () => {
  rig = runRig();
  sandbox = await startSandbox({ scenario: "mensio" });
  source = open(sandbox.key);
});
afterEach(async () => {
  await source.close();
  await sandbox[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

const open = (apiKey: string): Source => stripeSource({ apiKey, apiBase: sandbox.url, share: 1 });

const run = (options: RigRunOptions = {}): Promise<RunReport> =>
  rig.run((context) => runJobs(JOBS.map((job) => ({ job, context }))), { source, ...options });

const verify = (repair: boolean): Promise<VerifyReport> =>
  rig.run(
    (context) =>
      verifyJobs(
        JOBS.map((job) => ({ job, context })),
        { sample: null, repair },
      ),
    {
      source,
      access: repair ? "write" : "read",
    },
  );

const sums = (report: RunReport, count: "inserted" | "updated" | "deleted" | "records_extracted"): number =>
  report.jobs.reduce((sum, job) => sum + job[count], 0);

const jobOf = (report: RunReport, stream: string): JobReport | undefined =>
  report.jobs.find(({ job }) => job === `stripe_ingest_${stream}`);

/** Both sides, as JSON values by id; what is deleted is absent. */
async function bothSides(): Promise<{ warehouse: Map<string, unknown>; stripe: Map<string, unknown> }> {
  const rows = await rig.rows("SELECT external_id, payload FROM events_dev.raw_objects WHERE deleted_at IS NULL");
  const warehouse = new Map(
    rows.map((row) => [String(row["external_id"]), JSON.parse(String(row["payload"])) as unknown]),
  );
  const stripe = new Map<string, unknown>();
  for (const type of TYPES) {
    for (const { id, json, deleted } of sandbox.truth(type)) if (!deleted) stripe.set(id, JSON.parse(json) as unknown);
  }
  return { warehouse, stripe };
}

async function expectEqualSides(): Promise<void> {
  const { warehouse, stripe } = await bothSides();
  expect([...warehouse.keys()].sort()).toEqual([...stripe.keys()].sort());
  for (const [id, object] of stripe) expect(warehouse.get(id)).toEqual(object);
}

test("the four jobs bring the whole account, and a second run writes nothing", async () => {
  const first = await run();
  expect(first).toMatchObject({ status: "completed" });
  expect(first.jobs.map(({ inserted }) => inserted)).toEqual([148, 273, 2_653, 27]);
  await expectEqualSides();
  const second = await run();
  expect([sums(second, "inserted"), sums(second, "updated"), sums(second, "deleted")]).toEqual([0, 0, 0]);
});

test("after a day of the account's life a run brings all that Stripe tells of, and verify finds the rest", async () => {
  await run();
  sandbox.live(1, { seed: 3, changesPerDay: 60 });
  const report = await run();
  expect(report.status).toBe("completed");
  expect(sums(report, "inserted")).toBeGreaterThan(0);
  expect(sums(report, "updated")).toBeGreaterThan(0);
  const verified = await verify(true);
  expect(verified.status).toBe("equal");
  // A payment intent's metadata changes without an event: the sweep, which takes its time, or verify finds it.
  for (const { standing, paths } of verified.jobs.flatMap(({ findings }) => findings)) {
    expect(standing).toBe("stale");
    for (const path of paths) expect(path).toMatch(/^metadata\./);
  }
  expect(verified.jobs.find(({ object_type }) => object_type === "refund")?.money).toMatchObject([{ currency: "cad" }]);
  await expectEqualSides();
});

describe("verify", () => {
  test("finds what changed without an event, and a repair brings it", async () => {
    await run();
    const [customer] = sandbox.truth("customer");
    const [invoice] = sandbox.truth("invoice");
    if (customer === undefined || invoice === undefined) throw new Error("the account is empty");
    sandbox.events.silently(() => sandbox.customers.update(customer.id, { name: "Another Name" }));
    await rig.tamper(`DELETE FROM events_dev.raw_objects WHERE external_id = '${invoice.id}'`);
    const verify = (repair: boolean) =>
      rig.run(
        (context) =>
          verifyJobs(
            JOBS.map((job) => ({ job, context })),
            { sample: null, repair },
          ),
        {
          source,
          access: repair ? "write" : "read",
        },
      );
    const found = await verify(false);
    expect(found.status).toBe("different");
    expect(found.jobs.flatMap(({ findings }) => findings)).toEqual([
      expect.objectContaining({ id: customer.id, standing: "stale", paths: ["name"] }),
      expect.objectContaining({ id: invoice.id, standing: "missing" }),
    ]);
    expect(await verify(true)).toMatchObject({ status: "equal" });
    await expectEqualSides();
  });

  test("holds what a test clock has created in time to come to what was read of it", async () => {
    const toCome = Date.parse("2100-01-01") / 1000;
    const [missing, stale, changed] = [1, 2, 3].map((n) =>
      sandbox.events.silently(() => sandbox.customers.create({ name: `Ahead ${n}`, created: toCome + n })),
    );
    await run();
    await rig.tamper(`DELETE FROM events_dev.raw_objects WHERE external_id = '${missing?.id}'`);
    await rig.tamper(`UPDATE events_dev.raw_objects SET payload = '{}' WHERE external_id = '${stale?.id}'`);
    sandbox.customers.update(changed?.id ?? "", { name: "Told of by an event" });
    const found = await verify(false);
    expect(found.jobs.flatMap(({ findings }) => findings.map(({ id, standing }) => [id, standing]))).toEqual(
      expect.arrayContaining([
        [missing?.id, "missing"],
        [stale?.id, "stale"],
        [changed?.id, "behind"],
      ]),
    );
    expect(await verify(true)).toMatchObject({ status: "equal" });
  });

  test("finds that what a test clock had created in time to come is gone, and a repair marks it", async () => {
    const created = Date.parse("2100-01-01") / 1000;
    const ahead = sandbox.events.silently(() => sandbox.customers.create({ name: "Ahead", created }));
    await run();
    sandbox.events.silently(() => sandbox.customers.delete(ahead.id));
    const found = await verify(false);
    expect(found.jobs.flatMap(({ findings }) => findings)).toEqual([
      expect.objectContaining({ id: ahead.id, standing: "extra" }),
    ]);
    expect(await verify(true)).toMatchObject({ status: "equal" });
    await expectEqualSides();
  });
});

test("a run of any kind notices that what a test clock had created in time to come is gone, also without an event", async () => {
  const created = Date.parse("2100-01-01") / 1000;
  for (const options of [{}, { full: true }, { since: new Date("2020-01-01") }] satisfies RigRunOptions[]) {
    const ahead = sandbox.customers.create({ name: "Ahead", created });
    await run();
    sandbox.events.silently(() => sandbox.customers.delete(ahead.id));
    expect(sums(await run(options), "deleted"), JSON.stringify(options)).toBe(1);
    await expectEqualSides();
  }
});

test("explain tells the Stripe request and the Stripe events of a row", async () => {
  await run();
  const [invoice] = sandbox.truth("invoice");
  if (invoice === undefined) throw new Error("the account is empty");
  const report = await rig.run((context) => explainObject(invoice.id, [context]), { source, access: "read" });
  expect(report.objects).toMatchObject([
    { object_type: "invoice", standing: "equal", request_id: expect.stringMatching(/^req_/), events_since: [] },
  ]);
});

test("a dry run counts what the run then does", async () => {
  await run();
  sandbox.live(1, { seed: 5, changesPerDay: 60 });
  const promised = await run({ dryRun: true });
  const done = await run();
  for (const count of ["inserted", "updated", "deleted"] as const)
    expect(sums(promised, count)).toBe(sums(done, count));
});

test("a key without a permission fails its job only, and names the permission", async () => {
  const restricted = open(sandbox.addKey(["customer_read", "invoice_read", "payment_intent_read", "event_read"]));
  const report = await run({ source: restricted });
  await restricted.close();
  expect(report).toMatchObject({ status: "partial" });
  expect(jobOf(report, "refunds")).toMatchObject({ status: "failed", error: { code: "SOURCE_FORBIDDEN" } });
  expect(jobOf(report, "refunds")?.error?.facts["permission"]).toBe("charge_read");
  expect(jobOf(report, "customers")).toMatchObject({ status: "completed", inserted: 148 });
});

test("a key that was revoked is told once, and the next run with a good key goes on", async () => {
  await run();
  sandbox.live(1, { seed: 7, changesPerDay: 40 });
  const revoked = open(sandbox.addKey(["customer_read"]));
  await revoked.close();
  const wrong = open(sandbox.key.replace(/.{6}$/, "000000"));
  const report = await run({ source: wrong });
  await wrong.close();
  expect(report.status).toBe("failed");
  expect(report.jobs.map(({ error }) => error?.code)).toEqual(JOBS.map(() => "SOURCE_UNAUTHORIZED"));
  expect(new Set(report.jobs.slice(1).map(({ error }) => error?.message)).size).toBe(1);
  expect(await run()).toMatchObject({ status: "completed" });
});

describe("a key that may not tell its account", () => {
  const permissions = ["customer_read", "invoice_read", "payment_intent_read", "charge_read", "event_read"];
  const events = () => rig.rows("SELECT * FROM events_dev.event_log ORDER BY event_id");

  test("of another account writes nothing, whatever the run is", async () => {
    await run();
    const other = sandbox.addAccount({ id: "acct_other" });
    const foreign = open(other.addKey(permissions));
    const before = [await bothSides(), await events()];
    for (const options of [{}, { full: true }, { since: new Date("2020-01-01") }, { dryRun: true }]) {
      const report = await run({ source: foreign, ...options });
      expect(report.jobs.map(({ error }) => error?.code)).toEqual(JOBS.map(() => "SOURCE_ACCOUNT_CHANGED"));
    }
    await foreign.close();
    expect([await bothSides(), await events()]).toEqual(before);
  });

  test("of the same account goes on; with --allow-deletes also where nothing that is stored is there any more", async () => {
    const runRefunds = (apiKey: string, options: RigRunOptions = {}): Promise<RunReport> => {
      const opened = open(apiKey);
      const jobs = JOBS.filter(({ stream }) => stream === "refunds");
      return rig
        .run((context) => runJobs(jobs.map((job) => ({ job, context }))), { source: opened, ...options })
        .finally(() => opened.close());
    };
    await runRefunds(sandbox.key);
    expect(await runRefunds(sandbox.addKey(permissions))).toMatchObject({ status: "completed" });
    const emptied = sandbox.addAccount({ id: "acct_other" }).addKey(permissions);
    const refused = await runRefunds(emptied, { full: true });
    expect(refused.jobs[0]?.error?.hint).toContain("--allow-deletes");
    expect(await runRefunds(emptied, { full: true, allowDeletes: true })).toMatchObject({ status: "completed" });
    // Two refunds are of the moment at which the account was made: of what is that young a list need not show everything.
    const live = "events_dev.raw_objects WHERE deleted_at IS NULL";
    expect(await rig.rows(`SELECT 1 FROM ${live} AND object_created < now() - INTERVAL 1 HOUR`)).toEqual([]);
  });
});
