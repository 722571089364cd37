import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AccountRig, accountRig } from "../faults/account-rig.js";

const ALL = ["customers", "invoices", "payment_intents", "refunds"].map((stream) => `stripe_ingest_${stream}`);

/** The last lines, from "Next:" on. */
const nextIn = (stdout: string): string => stdout.slice(stdout.indexOf("Next:") >>> 0);

describe("what a run says to do next", () => {
  let rig: AccountRig;
  beforeEach(async () => {
    rig = await accountRig({ scenario: "empty" });
    rig.sandbox.customers.create();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it("stands on a terminal, after the first load", async () => {
    expect(nextIn((await rig.runOnTerminal("run", ...ALL)).stdout)).toMatchInlineSnapshot(`
      "Next: lorchestra verify --all  compares every object with Stripe
            the same run from cron   brings what has changed (scripts/daily_ingest.sh)
      "
    `);
    expect((await rig.runOnTerminal("run", ...ALL)).stdout).not.toContain("Next:");
  });

  it("is nothing for cron, for --quiet, for a dry run or a window", async () => {
    for (const flags of [["--dry-run"], ["--since", "-7d"], ["--quiet"]])
      expect((await rig.runOnTerminal("run", ...ALL, ...flags)).stdout).not.toContain("Next:");
    const first = await rig.run("run", ...ALL, "--warehouse", "duckdb:./piped.duckdb");
    expect(first).toMatchObject({ code: 0, stdout: expect.not.stringContaining("Next:") });
  });

  it("names the jobs where others were not run, which verify would find missing", async () => {
    const { stdout } = await rig.runOnTerminal("run", "stripe_ingest_customers", "stripe_ingest_refunds");
    // What does not fit beside it stands below.
    expect(nextIn(stdout)).toMatchInlineSnapshot(`
      "Next: lorchestra verify stripe_ingest_customers stripe_ingest_refunds
              compares every object with Stripe
            the same run from cron
              brings what has changed (scripts/daily_ingest.sh)
      "
    `);
    expect(nextIn((await rig.runOnTerminal("run", ...ALL)).stdout)).toMatch(/^Next: lorchestra verify --all {2}/);
  });

  it("is of the same tables, warehouse, project and connection, and can be typed as it stands", async () => {
    const flags = ["--connection", "stripe-mensio", "--warehouse", "duckdb:./other.duckdb", "--test-table"];
    const told = nextIn((await rig.runOnTerminal("run", ...ALL, ...flags)).stdout);
    expect(told).toMatchInlineSnapshot(`
      "Next: lorchestra verify --all --warehouse duckdb:./other.duckdb --connection stripe-mensio --test-table
              compares every object with Stripe
      "
    `);
    const [, typed = ""] = /lorchestra (.+)/.exec(told) ?? [];
    const { code, stdout } = await rig.run(...typed.split(" "));
    expect(code).toBe(0);
    expect(stdout).toContain("the warehouse holds what Stripe holds");
  });

  it("is not said over what failed", async () => {
    rig.env["STRIPE_API_KEY"] = rig.sandbox.addKey([
      "customer_read",
      "invoice_read",
      "payment_intent_read",
      "event_read",
    ]);
    const { code, stdout } = await rig.runOnTerminal("run", ...ALL);
    expect(code).toBe(3);
    expect(stdout).not.toContain("Next:");
  });
});
