import type { Fault } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { change } from "../../../injest/test/stripe/filled-account.js";
import { commandLine } from "../cli/command-line.js";
import { accountRig, JOBS } from "./account-rig.js";

const CUSTOMERS = "stripe_ingest_customers";
const PERMISSIONS = ["customer_read", "invoice_read", "event_read", "accounts_kyc_basic_read"];

describe("a key", () => {
  it("that is revoked amid a run ends it with 4; what came is kept, and another key goes on from there", async () => {
    for (const jobs of [[CUSTOMERS], JOBS]) {
      await using rig = await accountRig();
      rig.sandbox.faults.add({ match: { path: "/v1/customers", nth: 3 }, fault: { kind: "key-revoked" } });
      const { code, document } = await rig.json("run", ...jobs);
      expect(document.jobs[0]).toMatchObject({ status: "failed", error: { code: "SOURCE_UNAUTHORIZED" } });
      // The other job is short: it may have been through before.
      expect(code).toBe(document.jobs.some(({ status }) => status === "completed") ? 3 : 4);
      const held = await rig.compare();
      expect(held.wrong).toEqual([]);
      expect(held.right).toBeGreaterThan(0);

      rig.env["STRIPE_API_KEY"] = rig.sandbox.addKey("all");
      const next = await rig.json("run", ...JOBS);
      expect(next).toMatchObject({ code: 0, document: { status: "completed" } });
      const counts = [...document.jobs, ...next.document.jobs].map(({ inserted }) => inserted);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(310);
      expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
    }
  });

  it("that loses its permission amid a run ends that job with 4, beside others with 3; the rest comes once it is back", async () => {
    for (const jobs of [[CUSTOMERS], JOBS]) {
      await using rig = await accountRig();
      const key = rig.sandbox.addKey(PERMISSIONS);
      rig.env["STRIPE_API_KEY"] = key;
      rig.sandbox.faults.add({ match: { path: "/v1/customers", nth: 3 }, fault: { kind: "permission-removed" } });
      const { code, document } = await rig.json("run", ...jobs);
      expect(code).toBe(jobs.length === 1 ? 4 : 3);
      const [customers] = document.jobs;
      expect(customers).toMatchObject({ status: "failed", error: { code: "SOURCE_FORBIDDEN" } });
      expect(customers?.error?.hint).toContain("customer_read");
      const held = await rig.compare();
      expect(held.wrong).toEqual([]);
      expect(customers?.inserted).toBeGreaterThan(0);

      rig.sandbox.grantPermission(key, "customer_read");
      const next = await rig.json("run", ...JOBS);
      expect(next.code).toBe(0);
      expect(next.document.jobs[0]?.inserted).toBe(250 - (customers?.inserted ?? 0));
      expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
    }
  });

  it("that may not read events any more still brings every change: the whole stream is listed, and the run says so", async () => {
    await using rig = await accountRig();
    const key = rig.sandbox.addKey(PERMISSIONS);
    rig.env["STRIPE_API_KEY"] = key;
    expect((await rig.run("run", ...JOBS)).code).toBe(0);
    rig.sandbox.removePermission(key, "event_read");
    change(rig.sandbox, "customers", "customer_000200", false);
    rig.sandbox.remove("customer", "customer_000201");
    const { code, stdout } = await rig.run("run", ...JOBS);
    expect(code).toBe(0);
    expect(stdout).toContain("event_read");
    expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
  });
});

describe("an object", () => {
  it("at which a page begins may be deleted just then: nothing is skipped, and the next run marks it", async () => {
    await using rig = await accountRig();
    const fault: Fault = { kind: "cursor-deleted" };
    const rule = rig.sandbox.faults.add({ match: { path: "/v1/customers", query: "starting_after" }, fault, times: 2 });
    const first = await rig.json("run", ...JOBS);
    expect(first.code).toBe(0);
    expect(rule.hits).toBe(2);
    expect((await rig.compare()).missing).toEqual([]);
    rig.clock.advance(120_000);
    const next = await rig.json("run", CUSTOMERS);
    // A first run that took its time, as time goes on while DuckDB works, may have found one of them itself.
    const deleted = [first, next].reduce((sum, { document }) => sum + (document.jobs[0]?.deleted ?? 0), 0);
    expect({ code: next.code, deleted }).toEqual({ code: 0, deleted: 2 });
    expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
  });

  it("that Stripe itself shows as it was before is found by verify, and repaired", async () => {
    await using rig = await accountRig();
    expect((await rig.run("run", CUSTOMERS)).code).toBe(0);
    change(rig.sandbox, "customers", "customer_000001");
    rig.clock.advance(120_000);
    rig.sandbox.faults.add({ match: { path: "/v1/customers*" }, fault: { kind: "stale-read" } });
    expect((await rig.run("run", CUSTOMERS)).code).toBe(0);
    rig.sandbox.faults.clear();
    expect((await rig.compare()).wrong).toEqual(["customer_000001"]);
    rig.clock.advance(120_000);
    expect((await rig.run("verify", CUSTOMERS)).code).toBe(7);
    expect((await rig.run("verify", CUSTOMERS, "--repair")).code).toBe(0);
    expect((await rig.compare()).wrong).toEqual([]);
  });
});

describe("an address", () => {
  it.each([
    ["a name that nobody knows", "https://stripe.invalid", "could not be resolved"],
    ["a port at which nobody listens", "http://127.0.0.1:1", "refused"],
  ])("of %s ends a run in time, with 8", async (_, base, words) => {
    await using rig = await accountRig();
    await rig.configure("request_timeout_s: 1");
    const startedAtMs = performance.now();
    const env = { ...rig.env, STRIPE_API_BASE: base };
    const { code, stderr } = await commandLine(["run", CUSTOMERS], { cwd: rig.directory, env });
    expect(code).toBe(8);
    expect(stderr.replace(/\s+/g, " ")).toMatch(/code SOURCE_UNREACHABLE exit 8/);
    expect(stderr.replace(/\s+/g, " ")).toContain(words);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});
