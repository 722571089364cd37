import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createRig, DUCKDB, LARGE, until, WAREHOUSES } from "./rig.js";

describe.each(WAREHOUSES)("exit codes, with $name", (warehouse) => {
  it("130 and 143 when a run is interrupted: what was read is kept, and the next run goes on from there", async () => {
    await using rig = await createRig(warehouse, LARGE);
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const before = rig.sandbox.requests.count;
      const running = rig.start(["run", "stripe_ingest_payment_intents", "--json"]);
      await until(running, () => rig.sandbox.requests.count > before + 40);
      const signalledAtMs = performance.now();
      running.process.kill(signal);
      const outcome = await running.outcome;
      expect(outcome.code).toBe(exit);
      expect(performance.now() - signalledAtMs).toBeLessThan(10_500);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ status: "interrupted", exit_code: exit });
    }
    const [held] = await rig.rows(`SELECT COUNT(*) AS count FROM ${rig.dataset}.raw_objects`);
    expect(Number(held?.["count"])).toBeGreaterThan(3_000);
  });

  it("130 at once at the second signal", async () => {
    await using rig = await createRig(warehouse, { ...LARGE, latency: 3_000 });
    const running = rig.start(["run", "stripe_ingest_payment_intents"]);
    await until(running, () => rig.sandbox.requests.count > 1);
    running.process.kill("SIGINT");
    running.process.kill("SIGTERM");
    const signalledAtMs = performance.now();
    const outcome = await running.outcome;
    expect([130, 143]).toContain(outcome.code);
    expect(performance.now() - signalledAtMs).toBeLessThan(2_000);
  });
});

describe("a command that only reads, when it is interrupted amid a request", () => {
  it.concurrent.each([
    ["plan", "stripe_ingest_refunds"],
    ["explain", "re_nobody"],
    ["verify", "stripe_ingest_refunds"],
  ])("ends with 130, and says of nothing that it is so: %s", async (...command) => {
    let requests = 0;
    const silent = createServer(() => (requests += 1));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      await using rig = await createRig(DUCKDB, {});
      rig.env["STRIPE_API_BASE"] = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const running = rig.start(command);
      await until(running, () => requests > 0);
      running.process.kill("SIGINT");
      const { code, stdout, stderr } = await running.outcome;
      expect(code).toBe(130);
      expect(stdout + stderr).not.toMatch(/INTERNAL|unexpected|neither/);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe("a command whose BigQuery does not answer", () => {
  it.concurrent.each([
    { command: ["run", "stripe_ingest_refunds"] },
    { command: ["run", "stripe_ingest_refunds", "--dry-run"] },
    { command: ["verify", "stripe_ingest_refunds", "--repair"] },
    { command: ["sql", "SELECT 1"] },
    { command: ["init"] },
  ])("ends in seconds when it is interrupted, with its document: $command", async ({ command }) => {
    let requests = 0;
    const silent = createServer(() => (requests += 1));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      await using rig = await createRig(DUCKDB);
      rig.env["LORCHESTRA_WAREHOUSE"] = "bigquery://local/events_dev?location=US";
      rig.env["BIGQUERY_EMULATOR_HOST"] = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const running = rig.start([...command, "--json"]);
      await until(running, () => requests > 0);
      const signalledAtMs = performance.now();
      running.process.kill("SIGTERM");
      const { code, stdout, stderr } = await running.outcome;
      expect(performance.now() - signalledAtMs).toBeLessThan(7_000);
      expect(code).toBe(143);
      expect(JSON.parse(stdout)).toMatchObject({ status: "interrupted", exit_code: 143 });
      expect(stderr).toBe("");
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
