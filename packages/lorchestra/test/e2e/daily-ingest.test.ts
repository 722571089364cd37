import { join } from "node:path";
import { scale } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { createRig, LARGE, type Rig, ROOT, startProcess, until, WAREHOUSES } from "./rig.js";

/** As cron starts it: no terminal, a short PATH, another folder, an almost empty environment. */
function underCron(rig: Rig, more: Record<string, string> = {}) {
  const { TZ: _, PATH: __, ...env } = rig.env;
  return startProcess(join(ROOT, "scripts/daily_ingest.sh"), ["--config", join(rig.directory, "lorchestra.yaml")], {
    env: { ...env, PATH: "/usr/bin:/bin", NODE: process.execPath, ...more },
    cwd: "/",
  });
}

describe.each(WAREHOUSES)("scripts/daily_ingest.sh, with $name", (warehouse) => {
  it("brings the four streams under cron, and prints a line for each and nothing that moves", async () => {
    await using rig = await createRig(warehouse);
    const { code, stdout, stderr } = await underCron(rig).outcome;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^✓ stripe_ingest_\w+ +[\d,]+ read/gm)).toHaveLength(4);
    expect(stdout).not.toContain("\u001b");
    expect(await rig.rows(`SELECT COUNT(*) AS count FROM ${rig.dataset}.raw_objects`)).toEqual([{ count: 3_101 }]);
  });

  it("ends with 6 while an earlier start is still running", async () => {
    // All four are under way for as long as it takes: one that was through would let the second start have its stream.
    const objectTypes = ["customer", "invoice", "payment_intent", "refund"] as const;
    await using rig = await createRig(warehouse, { ...LARGE, scenario: scale({ count: 40_000, objectTypes }) });
    const first = underCron(rig);
    await until(first, () => rig.sandbox.requests.count > 10);
    const second = await underCron(rig).outcome;
    expect(second.code).toBe(6);
    expect(second.stderr).toContain("ALREADY_RUNNING");
    first.process.kill("SIGKILL");
    await first.outcome;
  });

  it("ends with lorchestra's own code when something fails", async () => {
    await using rig = await createRig(warehouse);
    const { code, stderr } = await underCron(rig, { STRIPE_API_KEY: "rk_live_wrongwrongwrong" }).outcome;
    expect(code).toBe(4);
    expect(stderr).toContain("code SOURCE_UNAUTHORIZED");
  });
});
