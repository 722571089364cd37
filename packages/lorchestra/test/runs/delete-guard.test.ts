import { describe, expect, it } from "vitest";
import { deleteGuard, deleteLimitOf } from "../../src/runs/delete-guard.js";

const SCOPE = { sourceSystem: "array", connectionName: "stripe-mensio", stream: "things", objectType: "thing" };
const STOPS = { code: "DELETE_LIMIT" };

/** The guard of a stream with so many live rows, and how often they were counted. */
function guardOf(liveRows: number) {
  const counts = { asked: 0 };
  const warehouse = {
    countLive: () => {
      counts.asked += 1;
      return Promise.resolve(liveRows);
    },
  };
  return { guard: deleteGuard(warehouse, SCOPE, false), counts };
}

describe("a run's limit of deletions", () => {
  it.each([
    [0, 50],
    [500, 50],
    [509, 50],
    [510, 51],
    [519, 51],
    [1_000, 100],
  ])("of %i rows is a tenth, and not less than 50: %i", (rows, limit) => {
    expect(deleteLimitOf(rows)).toBe(limit);
  });

  it("costs no query while it cannot be reached, over all commits together", async () => {
    const { guard, counts } = guardOf(60);
    await guard.stage(30, "possible");
    expect(await guard.limit()).toBeUndefined();
    guard.committed(30);
    await guard.stage(20, "certain");
    expect(await guard.limit()).toBeUndefined();
    expect(counts.asked).toBe(0);
    await guard.stage(1, "possible");
    expect(await guard.limit()).toBe(20);
    await expect(guard.stage(1, "certain")).rejects.toMatchObject(STOPS);
    expect(counts.asked).toBe(1);
  });

  it("is foreseen where a sample is gone and nearly all of the rest would have to be there", async () => {
    const { guard } = guardOf(6_000);
    await guard.foresee(500, 606);
    await expect(guard.foresee(500, 607)).rejects.toMatchObject(STOPS);
    // Of what was asked for, each answer counts by itself.
    await guard.foresee(607, 607);
  });

  it("counts what earlier commits have deleted as rows that were there", async () => {
    const { guard } = guardOf(950);
    await guard.stage(50, "certain");
    guard.committed(50);
    await guard.stage(50, "certain");
    expect(await guard.limit()).toBe(50);
    await expect(guard.stage(1, "certain")).rejects.toMatchObject(STOPS);
  });
});
