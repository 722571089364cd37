import { describe, expect, it } from "vitest";
import { readCost, type ReadCost } from "../../src/stripe/estimate/read-cost.js";
import { AccountModel } from "./slices/account-model.js";
import { SHAPES } from "./slices/shapes.js";
import { simulate } from "./slices/simulate.js";

function exactly(count: number): { low: number; likely: number; high: number } {
  return { low: count, likely: count, high: count };
}

function costOf(count: number, latencyMs: number, requestsPerSecond = 25, nestedRequests = 0): ReadCost {
  return readCost({ objects: exactly(count), nestedRequests, requestsPerSecond, latencyMs });
}

describe("what a read will cost, of an account whose objects are counted", () => {
  it.each([
    { shape: "uniform", counts: [0, 1, 99, 250, 600, 1_000, 4_000, 10_000, 40_000] },
    { shape: "growing", counts: [99, 250, 600, 1_000, 4_000, 10_000, 40_000] },
    { shape: "growing twentyfold", counts: [99, 4_000, 40_000] },
    { shape: "clustered", counts: [99, 10_000, 40_000] },
    { shape: "silent for years", counts: [99, 10_000, 40_000] },
  ] as const)(
    "is what reading it costs, its requests to a fifth and its time to a quarter: $shape",
    ({ shape, counts }) => {
      for (const count of counts) {
        for (const latencyMs of [100, 300, 1000]) {
          const account = new AccountModel(SHAPES[shape](count, 1));
          const fact = simulate({ account, latency: () => latencyMs / 1000 });
          const { requests, durationMs } = costOf(count, latencyMs);
          const label = `${count} objects at ${latencyMs} ms`;
          expect(Math.abs(requests.likely - fact.requests), label).toBeLessThanOrEqual(
            Math.max(2, 0.2 * fact.requests),
          );
          expect(fact.requests, label).toBeGreaterThanOrEqual(requests.low);
          expect(fact.requests, label).toBeLessThanOrEqual(requests.high);
          const wallMs = fact.wallSeconds * 1000;
          expect(Math.abs(durationMs.likely - wallMs), label).toBeLessThanOrEqual(0.25 * wallMs);
          expect(wallMs, label).toBeGreaterThanOrEqual(durationMs.low - 1);
          expect(wallMs, label).toBeLessThanOrEqual(durationMs.high);
        }
      }
    },
  );

  it("is one request and its latency for a page at most", () => {
    for (const count of [0, 1, 100]) {
      const { requests, durationMs } = costOf(count, 300);
      expect(requests).toEqual(exactly(1));
      expect(durationMs).toMatchObject({ low: 300, likely: 300 });
    }
  });

  it("has the requests for nested lists, at a rate of their own", () => {
    const { requests, durationMs } = costOf(1_000, 300, 20, 0.5);
    expect(requests.likely).toBe(costOf(1_000, 300, 20).requests.likely + 500);
    expect(durationMs.likely).toBe(500 * 50 + 600);
  });

  it("reaches from the least to the most objects that there may be", () => {
    const { requests, durationMs } = readCost({
      objects: { low: 1_000, likely: 2_000, high: 90_000 },
      nestedRequests: 0,
      requestsPerSecond: 25,
      latencyMs: 300,
    });
    expect(requests.low).toBe(10);
    expect(requests.high).toBeGreaterThanOrEqual(900);
    expect(durationMs.low).toBe(600);
    expect(durationMs.high).toBeGreaterThanOrEqual(900 * 40);
  });
});
