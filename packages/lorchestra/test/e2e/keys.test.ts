import { mensio } from "stripe-sandbox";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startConnectProxy } from "../connect-proxy.js";
import { createRig, DUCKDB, JOBS, WAREHOUSES } from "./rig.js";

const setKey = (directory: string, key: string): Promise<void> =>
  writeFile(join(directory, ".env"), `STRIPE_API_KEY=${key}\n`);

describe.each(WAREHOUSES)("keys, with $name", (warehouse) => {
  it.concurrent("come from the environment or from .env; a missing or wrong one ends with 4 and says what to do", async () => {
    await using rig = await createRig(warehouse);
    await setKey(rig.directory, "");
    const missing = await rig.run("run", "stripe_ingest_refunds");
    expect(missing.code).toBe(4);
    expect(missing.stderr).toContain("STRIPE_API_KEY is not set");

    const wrong = await rig.start(["run", "stripe_ingest_refunds"], {
      env: { STRIPE_API_KEY: "sk_live_wrongwrongwrong" },
    }).outcome;
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toContain("code SOURCE_UNAUTHORIZED");
    expect(wrong.stdout + wrong.stderr).not.toContain("wrongwrong");

    const right = await rig.start(["run", "stripe_ingest_refunds"], { env: { STRIPE_API_KEY: rig.sandbox.key } })
      .outcome;
    expect(right.code).toBe(0);
  });

  it.concurrent("that are restricted work; a missing permission is named, and the other jobs go on", async () => {
    await using rig = await createRig(warehouse);
    const key = rig.sandbox.addKey([
      "customer_read",
      "invoice_read",
      "payment_intent_read",
      "charge_read",
      "event_read",
      "accounts_kyc_basic_read",
    ]);
    await setKey(rig.directory, key);
    expect((await rig.run("run", ...JOBS)).code).toBe(0);

    rig.sandbox.removePermission(key, "charge_read");
    const partial = await rig.json("run", "stripe_ingest_customers", "stripe_ingest_refunds", "--full");
    expect(partial.code).toBe(3);
    expect(partial.document.jobs.map((job) => job.status)).toEqual(["completed", "failed"]);
    const error = partial.document.jobs[1]?.error;
    expect(error?.code).toBe("SOURCE_FORBIDDEN");
    expect(`${error?.message} ${error?.hint}`).toContain("charge_read");
    const alone = await rig.run("run", "stripe_ingest_refunds", "--full");
    expect(alone.code).toBe(4);
    expect(alone.stderr).toContain("charge_read");

    const checked = await rig.run("check");
    expect(checked.code).toBe(4);
    expect(checked.stdout).toContain("restricted key, live mode");
    expect(checked.stderr).toContain("charge_read");
  });

  it.concurrent("of another account, or of the other mode, end with 5 and write nothing", async () => {
    await using rig = await createRig(warehouse);
    await rig.run("run", "stripe_ingest_customers");
    const all = `SELECT COUNT(*) AS objects, MAX(last_seen) AS newest FROM ${rig.dataset}.raw_objects`;
    const events = `SELECT COUNT(*) AS events FROM ${rig.dataset}.event_log`;
    const before = [await rig.rows(all), await rig.rows(events)];
    const accounts = [
      rig.sandbox.addAccount({ id: "acct_1OtherOtherOther1" }, mensio({ seed: 7 })),
      rig.sandbox.addAccount({ livemode: false }, mensio({ seed: 7 })),
    ];
    const [{ external_id: id } = {}] = await rig.rows(`SELECT external_id FROM ${rig.dataset}.raw_objects LIMIT 1`);
    const runs = [
      ["run", "stripe_ingest_customers"],
      // Of a stream that was never read.
      ["run", "stripe_ingest_refunds"],
    ];
    const others = [
      ["run", "stripe_ingest_refunds", "--since", "-30d"],
      ["verify", "stripe_ingest_customers", "--repair"],
      ["verify", "stripe_ingest_customers", "--sample", "5", "--repair"],
      ["explain", String(id)],
    ];
    for (const [index, account] of accounts.entries()) {
      await setKey(rig.directory, account.key);
      for (const command of index === 0 ? [...runs, ...others] : runs) {
        const refused = await rig.run(...command);
        expect([...command, refused.code]).toEqual([...command, 5]);
        expect(refused.stderr).toMatch(/code SOURCE_(ACCOUNT|MODE)_CHANGED {3}exit 5/);
      }
      expect([await rig.rows(all), await rig.rows(events)]).toEqual(before);
    }
  });
});

describe("HTTPS_PROXY", () => {
  it.each(["HTTPS_PROXY", "https_proxy"])(
    "(%s) is the only way that a request to Stripe takes, and a proxy that refuses ends with 8",
    async (name) => {
      await using proxy = await startConnectProxy();
      await using rig = await createRig(DUCKDB, {});
      delete rig.env["STRIPE_API_BASE"];
      await rig.configure("    request_timeout_s: 2\n");
      const env = { [name]: `http://127.0.0.1:${proxy.port}` };
      const outcome = await rig.start(["run", "stripe_ingest_refunds"], { env }).outcome;
      expect(outcome.code).toBe(8);
      expect(new Set(proxy.asked)).toEqual(new Set(["api.stripe.com:443"]));
    },
  );

  it("is the way of nothing that NO_PROXY names, nor of plain http", async () => {
    await using proxy = await startConnectProxy();
    await using rig = await createRig(DUCKDB, {});
    const env = { https_proxy: `http://127.0.0.1:${proxy.port}` };
    expect((await rig.start(["run", "stripe_ingest_refunds"], { env }).outcome).code).toBe(0);
    await rig.configure("    request_timeout_s: 0.5\n");
    const base = { STRIPE_API_BASE: "https://127.0.0.1:1" };
    const outcome = await rig.start(["check"], { env: { ...env, ...base, NO_PROXY: "127.0.0.1" } }).outcome;
    expect(outcome.code).toBe(8);
    expect(proxy.asked).toEqual([]);
    await rig.start(["check"], { env: { ...env, ...base, NO_PROXY: "127.0.0.2" } }).outcome;
    expect(new Set(proxy.asked)).toEqual(new Set(["127.0.0.1:1"]));
  });
});
