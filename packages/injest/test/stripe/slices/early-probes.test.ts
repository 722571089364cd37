import { describe, expect, it } from "vitest";
import { EARLY_PROBES, expectFrom } from "../../../src/stripe/slices/early-probes.js";
import { EVERYTHING, type OpenRange } from "../../../src/stripe/list/open-range.js";
import { Slice } from "../../../src/stripe/slices/slice.js";
import { SlicePlan } from "../../../src/stripe/slices/slice-plan.js";

const NOW = 1_790_000_000;
const QUICK = { requestsPerSecond: 25, latencySeconds: 0.3 };
const SLOW = { requestsPerSecond: 25, latencySeconds: EARLY_PROBES.allAfterSeconds };

function planOf(range: OpenRange, oldestKnown: number | null = null): SlicePlan {
  return new SlicePlan({ ranges: [range], pageLimit: 100, horizon: 1_262_304_000, now: NOW, oldestKnown });
}

describe("before the first page has come", () => {
  it("a slow line looks at several ages, and then waits", () => {
    const plan = planOf(EVERYTHING);
    expect(plan.next(SLOW)).toMatchObject({ from: null, until: null });
    expect(plan.next(QUICK)).toBeNull();
    const probes = EARLY_PROBES.ages.map(() => plan.next(SLOW));
    expect(probes.map((probe) => NOW - (probe?.until ?? 0))).toEqual(EARLY_PROBES.ages);
    const oldest = probes.toSorted((a, b) => (a?.until ?? 0) - (b?.until ?? 0))[0];
    expect(oldest).toMatchObject({ from: null, direction: "down", token: null });
    expect(plan.next(SLOW)).toBeNull();
  });

  it.each([
    { afterSeconds: 0.35, probes: 0 },
    { afterSeconds: 0.4, probes: 2 },
    { afterSeconds: 0.45, probes: 5 },
    { afterSeconds: 0.5, probes: EARLY_PROBES.ages.length },
  ])(
    "a line that may be about to answer gets few of them: $probes after $afterSeconds s",
    ({ afterSeconds, probes }) => {
      const plan = planOf(EVERYTHING);
      plan.next(QUICK);
      const pace = { ...QUICK, latencySeconds: afterSeconds };
      for (let probe = 0; probe < probes; probe += 1) expect(plan.next(pace)).not.toBeNull();
      expect(plan.next(pace)).toBeNull();
    },
  );

  it.each([
    { what: "a window", range: { ...EVERYTHING, from: NOW - 86_400 } },
    { what: "the rest of a reading", range: { ...EVERYTHING, until: NOW - 86_400 } },
    { what: "an account that was read before", range: EVERYTHING, oldestKnown: NOW - 1_000_000 },
  ])("nothing is guessed of $what", ({ range, oldestKnown }) => {
    const plan = planOf(range, oldestKnown);
    plan.next(SLOW);
    expect(plan.next(SLOW)).toBeNull();
  });

  it("the one page of a small account ends the reading, whatever is still on its way", () => {
    const plan = planOf(EVERYTHING);
    const first = plan.next(QUICK)!;
    for (const _ of EARLY_PROBES.ages) plan.next(SLOW);
    const items = [{ id: "one", created: NOW - 5 }];
    expect(plan.received(first, items, false).items).toEqual(items);
    expect(plan.done).toBe(true);
  });

  it("a probe that is answered sooner does not end it", () => {
    const plan = planOf(EVERYTHING);
    plan.next(QUICK);
    const probe = plan.next(SLOW)!;
    plan.received(probe, [], false);
    expect(plan.done).toBe(false);
  });
});

it("the first page tells what it can of older slices, and nothing of newer ones", () => {
  const newer = new Slice({ from: NOW - 100, until: NOW, after: null });
  const first = new Slice({ from: NOW - 2_000, until: NOW - 100, after: null }, 0.5);
  const older = new Slice({ from: null, until: NOW - 2_000, after: null });
  first.advance([{ id: "last", created: NOW - 300 }]);
  expectFrom(first, [newer, first, older], 1_262_304_000);
  expect(newer.density).toBeNull();
  expect(first.density).toBe(0.5);
  expect(older.density).toBeGreaterThan(0);
  expect(older.density).toBeLessThan(0.5);
});
