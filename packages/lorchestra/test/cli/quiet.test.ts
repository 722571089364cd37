import { expect, it } from "vitest";
import { accountRig } from "../faults/account-rig.js";

it("--quiet leaves out what is told besides, and no answer that was asked for", async () => {
  await using rig = await accountRig({}, 10);
  for (const command of [["run", "stripe_ingest_customers"], ["verify", "stripe_ingest_customers"], ["check"]]) {
    const { code, stdout, stderr } = await rig.run(...command, "--quiet");
    expect({ command, code, stdout, stderr }).toEqual({ command, code: 0, stdout: "", stderr: "" });
  }
  for (const [command, answer] of [
    [["plan", "stripe_ingest_customers"], "requests"],
    [["sql", "SELECT 'one' AS word"], "one"],
    [["jobs", "list"], "stripe_ingest_customers"],
    [["explain", "cus_nobody"], "cus_nobody"],
  ] as const)
    expect((await rig.run(...command, "--quiet")).stdout).toContain(answer);
});
