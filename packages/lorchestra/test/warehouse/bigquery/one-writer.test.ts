import { describe, expect, it, vi } from "vitest";
import { testBigQuery } from "../bigquery-emulator.js";
import { eachChildPlace, staged } from "./child-place.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("of two processes that load one stream, BigQuery", () => {
  if (bigQuery === null) return;
  const made = eachChildPlace(bigQuery);

  it("lets one of two runs write, and tells the other within 5 s who it is", async () => {
    const { place, start } = made();
    const first = start("run-first", { waits: true });
    await staged(first);
    const startedAt = performance.now();
    const second = await start("run-second").report;
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(second?.error).toMatchObject({
      code: "ALREADY_RUNNING",
      facts: { run_id: "run-first", pid: first.process.pid },
    });
    first.process.stdin.write("\n");
    expect((await first.report)?.result).toMatchObject({ inserted: 20 });
    expect(
      await place.select(`SELECT COUNT(*), MIN(run_id), MAX(run_id) FROM ${place.tableName("raw_objects")}`),
    ).toEqual([["20", "run-first", "run-first"]]);
  });
});
