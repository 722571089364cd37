import { describe, expect, it } from "vitest";
import { EVERYTHING, newerThan } from "../../../src/stripe/list/open-range.js";
import { SliceLedger } from "../../../src/stripe/slices/slice-ledger.js";

const at = (created: number | null, ...ids: string[]) => ids.map((id) => ({ id, created }));

describe("what pages have brought", () => {
  it("is listed second by second, once an older one has come, with what earlier pages had of it", () => {
    const ledger = new SliceLedger(newerThan(0));
    expect(ledger.take([...at(90, "a"), ...at(80, "b")])).toEqual([
      { range: { from: 81, until: null }, alsoPresent: [] },
    ]);
    expect(ledger.take(at(80, "c"))).toEqual([]);
    expect([ledger.second, ledger.secondCount]).toEqual([80, 2]);
    expect(ledger.take(at(70, "d"))).toEqual([{ range: { from: 71, until: 81 }, alsoPresent: ["b", "c"] }]);
    expect(ledger.close(0, [])).toEqual([{ range: { from: 0, until: 71 }, alsoPresent: ["d"] }]);
  });

  it("is all that has a created once something without one has come", () => {
    const ledger = new SliceLedger(EVERYTHING);
    ledger.take(at(80, "a"));
    expect(ledger.take(at(null, "b"))).toEqual([{ range: { from: 0, until: 81 }, alsoPresent: ["a"] }]);
    expect(ledger.close(null, [])).toEqual([{ range: { from: null, until: 0 }, alsoPresent: ["a", "b"] }]);
  });

  it("is known of the oldest second by its ids, and of all above by its time", () => {
    const ledger = new SliceLedger(newerThan(0));
    ledger.take([...at(90, "a"), ...at(80, "b")]);
    expect([...at(85, "x"), ...at(80, "b", "c")].map((item) => ledger.has(item))).toEqual([true, true, false]);
  });
});

describe("what an earlier process has read", () => {
  it("counts as read where a cursor has the ids of its second", () => {
    const ledger = new SliceLedger({ from: 0, until: 81, after: { id: "b", created: 80, beside: ["a"] } });
    expect(ledger.resumeAt({ id: "b", created: 80 }).beside).toEqual(["a"]);
    expect(ledger.take(at(70, "c"))).toEqual([{ range: { from: 71, until: 81 }, alsoPresent: ["b", "a"] }]);
  });

  it("keeps its second from being listed where they are not known", () => {
    const ledger = new SliceLedger({ from: 0, until: 81, after: { id: "b", created: 80, beside: null } });
    expect(ledger.take([...at(80, "c"), ...at(70, "d")])).toEqual([
      { range: { from: 71, until: 80 }, alsoPresent: [] },
    ]);
  });

  it("is too much for a cursor where a second has more than nine", () => {
    const ledger = new SliceLedger(newerThan(0));
    const ids = Array.from({ length: 10 }, (_, index) => `i${index}`);
    ledger.take(at(80, ...ids.slice(0, 9)));
    expect(ledger.resumeAt({ id: "i8", created: 80 }).beside).toHaveLength(8);
    ledger.take(at(80, ...ids.slice(9)));
    expect(ledger.resumeAt({ id: "i9", created: 80 }).beside).toBeNull();
  });
});
