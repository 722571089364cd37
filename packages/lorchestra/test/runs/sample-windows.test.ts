import { describe, expect, test } from "vitest";
import { drawWindows, type SampleWindow } from "../../src/runs/verify/sample-windows.js";
import { createRandom } from "../../src/testing/random.js";

const inside = ({ from, until }: SampleWindow, time: number): boolean =>
  (from ?? -Infinity) <= time && time < (until ?? Infinity);

const chance = (): (() => number) => {
  const { integer } = createRandom(3);
  return () => integer(2 ** 30) / 2 ** 30;
};

describe("windows of a sample", () => {
  const times = Array.from({ length: 200 }, (_, n) => 1_600_000_000 + n * 1_000);
  const [oldest, newest] = [times[0] ?? 0, times.at(-1) ?? 0];
  const draw = (options: Partial<Parameters<typeof drawWindows>[0]> = {}) =>
    drawWindows({
      createdTimes: times,
      of: 2_000_000,
      count: 100,
      pageSize: 100,
      newFrom: null,
      random: chance(),
      ...options,
    });

  test("hold about a page each, and never nothing", () => {
    for (const of of [200, 2_000, 20_000, 2_000_000]) {
      const { drawn } = draw({ of });
      expect(drawn).toHaveLength(100);
      for (const { from, until } of drawn) {
        const [first, beyond] = [from ?? Number.NaN, until ?? Number.NaN];
        expect(beyond - first).toBeGreaterThanOrEqual(1);
        // Outside of the drawn rows there are fewer than the length says.
        if (first < oldest || beyond > newest) continue;
        // A row each 1,000 s * 200 / of.
        expect((beyond - first) / ((1_000 * times.length) / of)).toBeLessThanOrEqual(105);
      }
    }
  });

  test("hold a page, and not less, also where a page has many of the drawn rows", () => {
    for (const of of [200, 2_000, 20_000, 2_000_000]) {
      const lengths = draw({ of }).drawn.map(({ from, until }) => (until ?? 0) - (from ?? 0));
      const usual = lengths.toSorted((a, b) => a - b)[50] ?? 0;
      expect(usual / ((1_000 * times.length) / of)).toBeGreaterThanOrEqual(95);
    }
  });

  test("are the same whatever the order in which the rows were drawn", () => {
    const mixed = times.map((_, index) => times[(index * 77) % times.length] ?? 0);
    expect(new Set(mixed).size).toBe(times.length);
    expect(draw({ createdTimes: mixed })).toEqual(draw());
  });

  test("lie in each part of the time between two rows as often as in any other", () => {
    const { drawn } = draw({ count: 4_000 });
    const quarters = [0, 0, 0, 0];
    for (const { from } of drawn) {
      const quarter = Math.floor((((from ?? 0) - oldest) % 1_000) / 250);
      if ((from ?? 0) >= oldest && (from ?? 0) < newest) quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    for (const count of quarters) expect(Math.abs(count - 1_000)).toBeLessThan(100);
  });

  test("and the two ends leave no time out that could be drawn", () => {
    const { drawn, ends } = draw({ of: 20_000, count: 5_000 });
    for (let time = 1_600_000_000 - 4_000; time < 1_600_000_000 + 204_000; time += 97)
      expect([...drawn, ...ends].some((window) => inside(window, time))).toBe(true);
    expect(ends.map(({ from, until }) => [from, until])).toEqual([
      [null, 1_600_000_000 - 3_000],
      [1_600_000_000 + 202_001, null],
    ]);
  });

  test("are drawn by time too, so that a hole is found by its length", () => {
    const holed = times.map((time) => (time < 1_600_100_000 ? time : time + 1_000_000));
    const { drawn } = draw({ createdTimes: holed, of: 20_000 });
    const inHole = drawn.filter(({ from }) => (from ?? 0) >= 1_600_099_000 && (from ?? 0) < 1_601_100_000);
    expect(inHole.length).toBeGreaterThan(30);
  });

  test("end where objects are too new to be missing", () => {
    const { drawn, ends } = draw({ newFrom: 1_600_150_000, count: 5_000 });
    expect(Math.max(...[...drawn, ...ends].map(({ until }) => until ?? Infinity))).toBe(1_600_150_000);
  });

  test("of rows that were all made in one second are that second and the ends", () => {
    const { drawn, ends } = draw({ createdTimes: [5, 5, 5], of: 900_000, count: 2 });
    expect(drawn).toEqual([
      { from: 5, until: 6 },
      { from: 5, until: 6 },
    ]);
    expect(ends).toEqual([
      { from: null, until: 5 },
      { from: 6, until: null },
    ]);
  });
});
