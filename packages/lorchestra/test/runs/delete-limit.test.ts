import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobReport } from "../../src/runs/run-report.js";
import { commitEvery, type RigRunOptions, type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

describe("a run that would delete too much", () => {
  const ingest = (options?: RigRunOptions): Promise<JobReport> => rig.run((context) => THINGS.run(context), options);
  const live = () => rig.rows("SELECT external_id FROM events_dev.raw_objects WHERE deleted_at IS NULL");

  async function emptied(kept: number, of: number): Promise<void> {
    for (let n = 0; n < of; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60 });
    await ingest();
    for (let n = kept; n < of; n += 1) rig.source.delete(`th_${n}`, { silently: true });
  }

  test("stops with a clear error, and nothing of that commit is written", async () => {
    await emptied(0, 60);
    expect(await ingest({ full: true })).toMatchObject({
      status: "failed",
      deleted: 0,
      error: {
        code: "DELETE_LIMIT",
        hint: expect.stringContaining("--allow-deletes"),
        facts: { deletions: expect.any(Number), limit: 50 },
      },
    });
    expect(await live()).toHaveLength(60);
  });

  test("goes through when that is allowed", async () => {
    await emptied(0, 60);
    expect(await ingest({ full: true, allowDeletes: true })).toMatchObject({ status: "completed", deleted: 60 });
  });

  test("is not one that deletes fifty rows", async () => {
    await emptied(10, 60);
    expect(await ingest({ full: true })).toMatchObject({ status: "completed", deleted: 50 });
  });

  test.each([
    [100, "completed", 100],
    [101, "failed", expect.toSatisfy((deleted: number) => deleted > 50 && deleted <= 100)],
  ])(
    "is one that deletes more than a tenth of what was there before its first commit: %i of 1,000",
    async (gone, status, deleted) => {
      await using large = runRig({ pageSize: 50 });
      for (let n = 0; n < 1_000; n += 1) large.source.put(`th_${n}`, { created: 1_700_000_000 + n });
      await large.run((context) => THINGS.run(context));
      for (let n = 0; n < gone; n += 1) large.source.delete(`th_${(n * 7) % 1_000}`, { silently: true });
      const run = large.run((context) => THINGS.run(context), { full: true, wrap: commitEvery(1) });
      expect(await run).toMatchObject({ status, deleted });
    },
  );

  test("is stopped over all of its commits together, and what was committed before stays", async () => {
    await emptied(150, 150);
    for (let n = 0; n < 150; n += 1) if (n % 3 !== 0) rig.source.delete(`th_${n}`, { silently: true });
    const report = await ingest({ full: true, wrap: commitEvery(1) });
    expect(report).toMatchObject({ status: "failed", error: { code: "DELETE_LIMIT" } });
    expect(report.deleted).toBeGreaterThan(30);
    expect(report.deleted).toBeLessThanOrEqual(50);
    expect(await live()).toHaveLength(150 - report.deleted);
  });
});
