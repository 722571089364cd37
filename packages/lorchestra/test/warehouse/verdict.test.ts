import { describe, expect, it } from "vitest";
import { verdictOf, type RowFacts, type Verdict } from "../../src/warehouse/verdict.js";

const live: RowFacts = { lastSeen: 10, deletedAt: null, payloadHash: "a" };
const gone: RowFacts = { lastSeen: 10, deletedAt: 20, payloadHash: "a" };

describe("what a commit does with a change", () => {
  it.each<[what: string, row: RowFacts | undefined, readAt: number, hash: string | null, verdict: Verdict]>([
    ["an object without a row", undefined, 5, "a", "inserted"],
    ["another payload", live, 11, "b", "updated"],
    ["the same payload", live, 11, "a", "unchanged"],
    ["another payload, read at the same moment", live, 10, "b", "updated"],
    ["another payload, read before", live, 9, "b", "stale"],
    ["the same payload, read before", live, 9, "a", "stale"],
    ["the payload that a deleted row has", gone, 20, "a", "updated"],
    ["a payload read before the row was deleted", gone, 19, "b", "stale"],
    ["a payload, where an earlier tool left no hash", { ...live, payloadHash: null }, 11, "a", "updated"],
    ["a deletion without a row", undefined, 5, null, "unchanged"],
    ["a deletion", live, 10, null, "deleted"],
    ["a deletion where a row has no hash", { ...live, payloadHash: null }, 10, null, "deleted"],
    ["a deletion of what is deleted", gone, 21, null, "unchanged"],
    ["a deletion found before the row was read", live, 9, null, "stale"],
    ["any, where an earlier tool did not say when it read", { ...live, lastSeen: null }, 1, "b", "updated"],
  ])("%s", (_, row, readAt, payloadHash, verdict) => {
    const op = payloadHash === null ? "delete" : "upsert";
    expect(verdictOf({ op, readAt, payloadHash }, row, false)).toBe(verdict);
  });

  it("writes what is equal again where it is forced to, but nothing stale and no deletion", () => {
    const upsert = { op: "upsert", payloadHash: "a" } as const;
    expect(verdictOf({ ...upsert, readAt: 11 }, live, true)).toBe("updated");
    expect(verdictOf({ ...upsert, readAt: 9 }, live, true)).toBe("stale");
    expect(verdictOf({ op: "delete", readAt: 21, payloadHash: null }, gone, true)).toBe("unchanged");
  });
});
