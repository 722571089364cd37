import { describe, expect, it } from "vitest";
import { createRig, LARGE, until, WAREHOUSES } from "./rig.js";

describe.each(WAREHOUSES)("exit codes, with $name", (warehouse) => {
  it("130 and 143 when a run is interrupted: what was read is kept, and the next run goes on from there", async () => {
    await using rig = await createRig(warehouse, LARGE);
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const before = rig.sandbox.requests.count;
      const running = rig.start(["run", "stripe_ingest_payment_intents", "--json"]);
      await until(() => rig.sandbox.requests.count > before + 40);
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
    await until(() => rig.sandbox.requests.count > 1);
    running.process.kill("SIGINT");
    running.process.kill("SIGTERM");
    const signalledAtMs = performance.now();
    const outcome = await running.outcome;
    expect([130, 143]).toContain(outcome.code);
    expect(performance.now() - signalledAtMs).toBeLessThan(2_000);
  });
});
