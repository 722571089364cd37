import { describe, expect, it } from "vitest";
import type { PageRequest } from "../../../src/stripe/slices/slice.js";
import { AccountModel } from "./account-model.js";
import { randomOf } from "./random.js";
import { NOW, type Shape, SHAPES } from "./shapes.js";
import { simulate, type SimulationResult } from "./simulate.js";

/** Pages a second that Stripe allows one endpoint. */
const RATE = 25;

/** Wall time, at most, as a multiple of what no reader could beat; by latency in seconds. */
const STEADY = { 0.1: 1.15, 0.3: 1.15, 1: 1.15 };
const UNEVEN = { 0.1: 1.2, 0.3: 1.2, 1: 1.4 };
const BOUNDS: readonly { shape: keyof typeof SHAPES; count: number; walls: Readonly<Record<number, number>> }[] = [
  { shape: "uniform", count: 40_000, walls: STEADY },
  { shape: "growing", count: 40_000, walls: STEADY },
  { shape: "growing twentyfold", count: 40_000, walls: STEADY },
  { shape: "bursty", count: 40_000, walls: UNEVEN },
  { shape: "in lumps", count: 40_000, walls: { 0.1: 1.2, 0.3: 1.3 } },
  { shape: "by the hundred", count: 40_000, walls: { 0.1: 1.2, 0.3: 1.3 } },
  { shape: "clustered", count: 40_000, walls: UNEVEN },
  { shape: "silent for years", count: 40_000, walls: UNEVEN },
  { shape: "uniform", count: 100_000, walls: { 1: 1.15 } },
  { shape: "growing", count: 100_000, walls: { 1: 1.15 } },
  { shape: "bursty", count: 100_000, walls: UNEVEN },
  { shape: "clustered", count: 100_000, walls: { 1: 1.4 } },
  { shape: "one second", count: 5_000, walls: UNEVEN },
  { shape: "one", count: 1, walls: { 0.3: 1.15 } },
  { shape: "none", count: 0, walls: { 0.3: 1.15 } },
];

function read(shape: Shape, count: number, latency: () => number, seed: number): SimulationResult & { taken: number } {
  const account = new AccountModel(shape(count, seed));
  let taken = 0;
  const onTaken = ({ delivery }: { delivery: { items: readonly unknown[] } }): void =>
    void (taken += delivery.items.length);
  return { ...simulate({ account, latency, onTaken }), taken };
}

/** A chain of pages, of which each begins where the one before ended, is as fast as the line is. */
function leastSeconds(shape: keyof typeof SHAPES, pages: number, latency: number): number {
  return (shape === "one second" ? pages * latency : pages / RATE) + 2 * latency;
}

describe("an account", () => {
  it.each(BOUNDS)("is read at the rate limit, with hardly a request too many: $shape, $count objects", (account) => {
    const { shape, count, walls } = account;
    for (const [seconds, bound] of Object.entries(walls)) {
      const latency = Number(seconds);
      for (const seed of count < 100_000 ? [1, 2] : [1]) {
        const { wallSeconds, requests, taken } = read(SHAPES[shape], count, () => latency, seed);
        const pages = Math.max(1, Math.ceil(count / 100));
        expect(taken).toBe(count);
        expect(requests).toBeLessThanOrEqual(1.1 * pages + 50 * latency + 20);
        expect(wallSeconds / leastSeconds(shape, pages, latency)).toBeLessThanOrEqual(bound);
      }
    }
  });
});

describe("an answer that takes a second", () => {
  it("lets a small account be guessed at in many places at once", () => {
    const ratios = Array.from({ length: 11 }, (_, seed) => {
      const random = randomOf(seed);
      const { wallSeconds, requests } = read(SHAPES.uniform, 2653, () => 1 + random() / 50, seed);
      expect(requests).toBeLessThanOrEqual(55);
      return wallSeconds / leastSeconds("uniform", 27, 1);
    }).toSorted((x, y) => x - y);
    expect(ratios[5]).toBeLessThanOrEqual(1.5);
  });

  it.each([
    { shape: "uniform", count: 40_000, median: 1.05, mostly: 1.05, worst: 1.07 },
    { shape: "growing", count: 40_000, median: 1.05, mostly: 1.05, worst: 1.05 },
    { shape: "growing twentyfold", count: 40_000, median: 1.05, mostly: 1.05, worst: 1.05 },
    { shape: "silent for years", count: 40_000, median: 1.06, mostly: 1.07, worst: 1.07 },
    { shape: "clustered", count: 40_000, median: 1.12, mostly: 1.13, worst: 1.13 },
    { shape: "uniform", count: 20_000, median: 1.07, mostly: 1.07, worst: 1.07 },
    { shape: "growing", count: 20_000, median: 1.06, mostly: 1.06, worst: 1.06 },
    { shape: "growing twentyfold", count: 20_000, median: 1.04, mostly: 1.05, worst: 1.06 },
    { shape: "silent for years", count: 20_000, median: 1.12, mostly: 1.13, worst: 1.13 },
    { shape: "clustered", count: 20_000, median: 1.19, mostly: 1.22, worst: 1.23 },
    { shape: "uniform", count: 10_000, median: 1.1, mostly: 1.1, worst: 1.11 },
    { shape: "growing", count: 10_000, median: 1.05, mostly: 1.09, worst: 1.1 },
    { shape: "growing twentyfold", count: 10_000, median: 1.05, mostly: 1.05, worst: 1.05 },
    { shape: "silent for years", count: 10_000, median: 1.19, mostly: 1.2, worst: 1.2 },
    { shape: "clustered", count: 10_000, median: 1.31, mostly: 1.36, worst: 1.37 },
    { shape: "bursty", count: 10_000, median: 1.11, mostly: 1.13, worst: 1.18 },
    { shape: "uniform", count: 7_000, median: 1.08, mostly: 1.1, worst: 1.1 },
    { shape: "growing", count: 7_000, median: 1.06, mostly: 1.08, worst: 1.08 },
    { shape: "growing twentyfold", count: 7_000, median: 1.07, mostly: 1.08, worst: 1.08 },
    { shape: "silent for years", count: 7_000, median: 1.19, mostly: 1.39, worst: 1.39 },
    { shape: "clustered", count: 7_000, median: 1.39, mostly: 1.43, worst: 1.49 },
    { shape: "bursty", count: 7_000, median: 1.15, mostly: 1.17, worst: 1.17 },
    { shape: "uniform", count: 5_000, median: 1.06, mostly: 1.07, worst: 1.12 },
    { shape: "growing", count: 5_000, median: 1.05, mostly: 1.06, worst: 1.06 },
    { shape: "growing twentyfold", count: 5_000, median: 1.04, mostly: 1.05, worst: 1.06 },
    { shape: "bursty", count: 5_000, median: 1.14, mostly: 1.29, worst: 1.3 },
    { shape: "uniform", count: 3_000, median: 1.09, mostly: 1.14, worst: 1.16 },
    { shape: "growing", count: 3_000, median: 1.01, mostly: 1.03, worst: 1.08 },
    { shape: "growing twentyfold", count: 3_000, median: 1.01, mostly: 1.07, worst: 1.08 },
    { shape: "uniform", count: 2_000, median: 1, mostly: 1.01, worst: 1.33 },
    { shape: "growing", count: 2_000, median: 1.15, mostly: 1.27, worst: 1.28 },
    { shape: "growing twentyfold", count: 2_000, median: 0.95, mostly: 0.96, worst: 1.15 },
    { shape: "bursty", count: 2_000, median: 1.35, mostly: 1.36, worst: 1.36 },
    { shape: "uniform", count: 1_000, median: 1.11, mostly: 1.12, worst: 1.12 },
    { shape: "growing", count: 1_000, median: 1.1, mostly: 1.11, worst: 1.11 },
  ] as const)("does not leave one slice to be read at the end, whatever the account: $count $shape", (account) => {
    const { shape, count, median, mostly, worst } = account;
    const pages = count / 100;
    const ratios = Array.from({ length: 11 }, (_, seed) => {
      const random = randomOf(seed);
      const { wallSeconds, requests } = read(SHAPES[shape], count, () => 1 + random() / 50, seed);
      expect(requests).toBeLessThanOrEqual(1.1 * pages + 70);
      return wallSeconds / leastSeconds(shape, pages, 1);
    }).toSorted((x, y) => x - y);
    expect(ratios[5]).toBeLessThanOrEqual(median);
    expect(ratios[9]).toBeLessThanOrEqual(mostly);
    expect(ratios[10]).toBeLessThanOrEqual(worst);
  });

  // Nothing tells of a crowded second before a page begins in it or meets it: where the last of five is found last, its
  // twenty pages, read from both ends, follow all others.
  it("makes a reading of bursts as long as the last one that is found", () => {
    const ratios = Array.from({ length: 40 }, (_, index) => {
      const random = randomOf(index);
      const { wallSeconds } = read(SHAPES.bursty, 40_000, () => 1 + random() / 50, index);
      return wallSeconds / leastSeconds("bursty", 400, 1);
    }).toSorted((a, b) => a - b);
    expect(ratios[20]).toBeLessThanOrEqual(1.24);
    expect(ratios[36]).toBeLessThanOrEqual(1.25);
    expect(ratios[39]).toBeLessThanOrEqual(1.26);
  });

  it.each([
    { count: 40_000, within: 35 },
    { count: 20_000, within: 30 },
    { count: 10_000, within: 28 },
  ])("makes a reading of bursts anywhere a matter of luck: $within of 40 of $count objects", ({ count, within }) => {
    const ratios = Array.from({ length: 40 }, (_, seed) => {
      const random = randomOf(seed);
      const { wallSeconds, requests } = read(SHAPES["bursty at random"], count, () => 1 + random() / 50, seed);
      expect(requests).toBeLessThanOrEqual(1.1 * (count / 100) + 70);
      return wallSeconds / leastSeconds("bursty at random", count / 100, 1);
    });
    expect(ratios.filter((ratio) => ratio <= 1.4).length).toBeGreaterThanOrEqual(within);
  });

  it("costs a few thousand objects, clustered or not, no more requests than it may", () => {
    for (const shape of ["uniform", "growing", "clustered", "silent for years"] as const) {
      for (let seed = 0; seed < 40; seed += 1) {
        const random = randomOf(seed);
        const { requests } = read(SHAPES[shape], 5_000, () => 1 + random() / 50, seed);
        expect(requests).toBeLessThanOrEqual(1.1 * 50 + 70);
      }
    }
  });
});

describe("a second with thousands of objects", () => {
  it("is read from both ends, however far below it the next older object is", () => {
    const { wallSeconds } = read(SHAPES["one crowded second"], 40_000, () => 0.3, 1);
    // One after the other, its hundred pages alone take 30 s.
    expect(wallSeconds).toBeLessThanOrEqual(32);
  });
});

describe("a crowded second with a dense stretch below it", () => {
  it("is not read together with that, however few objects the page above it lets expect", () => {
    const sparse = Array.from({ length: 20_000 }, (_, index) => NOW - index * 3155);
    const end = NOW - 187 * 86_400;
    const imported = Array.from({ length: 30_000 }, (_, index) => end - Math.floor(index / 100));
    const account = new AccountModel([...sparse, ...imported]);
    // Two chains of all of it would take 150 s.
    expect(simulate({ account, latency: () => 1 }).wallSeconds).toBeLessThanOrEqual(45);
  });
});

describe("the account of a small practice", () => {
  it("is rarely asked by itself for objects without created", () => {
    const askedByItself = Array.from({ length: 40 }, (_, seed) => {
      const account = new AccountModel(SHAPES.uniform(2653, seed));
      let times = 0;
      const onRequest = (request: PageRequest): void => {
        if (request.from !== null || request.token === null) return;
        const answer = account.answer(request, 1);
        if (answer !== "token lost" && answer.items.length === 0) times += 1;
      };
      simulate({ account, latency: () => 0.3, share: 0.8, onRequest });
      return times;
    });
    // Where the oldest page begins at a bound that is not known to be the end.
    expect(askedByItself.filter((times) => times > 0).length).toBeLessThanOrEqual(25);
    expect(Math.max(...askedByItself)).toBeLessThanOrEqual(1);
  });

  it.each([
    { count: 148, most: 5 },
    { count: 273, most: 9 },
    { count: 2653, most: 37 },
  ])("costs few guesses at the default share of the limit: $count objects", ({ count, most }) => {
    for (const shape of ["uniform", "growing"] as const) {
      const account = new AccountModel(SHAPES[shape](count, 1));
      expect(simulate({ account, latency: () => 0.3, share: 0.8 }).requests).toBeLessThanOrEqual(most);
    }
  });
});

describe("a large account", () => {
  it("is read from the newest end on, so that what comes together was created together", () => {
    const account = new AccountModel(SHAPES.uniform(1_000_000, 1));
    const oneTenth = (2 * 365 * 86_400) / 10;
    const tenthsOfTime: Set<number>[] = Array.from({ length: 5 }, () => new Set());
    let taken = 0;
    const { wallSeconds } = simulate({
      account,
      latency: () => 0.3,
      onTaken: ({ delivery }) => {
        for (const { created } of delivery.items) {
          tenthsOfTime[Math.floor(taken / 200_000)]?.add(Math.floor((created ?? 0) / oneTenth));
          taken += 1;
        }
      },
    });
    expect(taken).toBe(1_000_000);
    expect(wallSeconds / leastSeconds("uniform", 10_000, 0.3)).toBeLessThanOrEqual(1.02);
    // Two are the least for a fifth of it; with the slices read in turns it is all of them.
    for (const tenths of tenthsOfTime.slice(1)) expect(tenths.size).toBeLessThanOrEqual(6);
  });

  it.each(["uniform", "growing", "growing twentyfold", "clustered", "silent for years"] as const)(
    "has 95 of 100 parts of the limit in use over the whole run: %s",
    (shape) => {
      for (const latency of [0.1, 0.3]) {
        const { wallSeconds, requests } = read(SHAPES[shape], 100_000, () => latency, 3);
        expect(requests / wallSeconds).toBeGreaterThanOrEqual(0.95 * RATE);
      }
    },
  );

  it.each(["uniform", "growing", "bursty", "clustered"] as const)(
    "takes at most a tenth longer when the latency varies: %s",
    (shape) => {
      const steady = read(SHAPES[shape], 100_000, () => 0.3, 3).wallSeconds;
      const varying = read(SHAPES[shape], 100_000, lognormal(0.3, 0.4, 3), 3).wallSeconds;
      expect(varying).toBeLessThanOrEqual(1.1 * steady);
    },
  );

  it("never has more ranges open than a cursor of 64 KB holds", () => {
    let most = 0;
    for (const shape of ["uniform", "bursty", "clustered"] as const) {
      const account = new AccountModel(SHAPES[shape](100_000, 4));
      simulate({
        account,
        latency: lognormal(1, 0.4, 4),
        finishing: () => 2,
        onTaken: ({ open }) => void (most = Math.max(most, open.length)),
      });
    }
    // A range with its token and what stands beside it in its second: 400 bytes at the very most.
    expect(most * 400).toBeLessThan(64_000);
  });
});

function lognormal(median: number, sigma: number, seed: number): () => number {
  const random = randomOf(seed);
  return () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return median * Math.exp(sigma * normal);
  };
}
