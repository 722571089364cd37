import { describe, expect, test } from "vitest";
import { proportionBound } from "../../src/runs/verify/proportion-bound.js";

describe("proportionBound", () => {
  test("without a fault in n draws is 1 - (1 - confidence)^(1/n)", () => {
    for (const drawn of [1, 59, 300, 100_000]) {
      expect(proportionBound(0, drawn, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / drawn), 8);
    }
  });

  // Tables of Clopper and Pearson, one-sided 95 %.
  test.each([
    [1, 10, 0.3942],
    [2, 20, 0.2826],
    [5, 100, 0.1023],
  ])("with %i faults in %i draws is %d", (found, drawn, bound) => {
    expect(proportionBound(found, drawn, 0.95)).toBeCloseTo(bound, 3);
  });

  test("says nothing when nothing was drawn", () => {
    expect(proportionBound(0, 0, 0.95)).toBe(1);
  });
});
