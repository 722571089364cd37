import { describe, expect, it } from "vitest";
import { createRig, DUCKDB, until } from "./rig.js";

describe("waiting for what a command does", () => {
  it("ends with the command, and tells what that has said", async () => {
    await using rig = await createRig(DUCKDB, {});
    await expect(until(rig.start(["run", "no_such_job"]), () => false)).rejects.toThrow(
      /ended with 2[^]*code JOB_UNKNOWN/,
    );
  });

  it("is over once it is so, though the command has ended with it", async () => {
    await using rig = await createRig(DUCKDB, {});
    const running = rig.start(["version"]);
    let hasEnded = false;
    void running.outcome.then(() => (hasEnded = true));
    await until(running, () => hasEnded);
    await until(running, () => true);
  });
});
