import { describe, expect, it } from "vitest";
import type { RateLimiter } from "../../src/http/rate-limiter.js";
import { limiterOf, LIMITS } from "./rate-limiter-rig.js";
import { mostInASecond, simulate, type Simulated } from "./rate-simulation.js";
import { VirtualClock } from "./virtual-clock.js";

describe("against a vendor's limits", () => {
  it("is never refused while it is alone, at the whole limit", async () => {
    const run = await simulate({ ...LIMITS, share: 1, callers: ["a", "b", "c", "d"], durationMs: 60_000 });
    for (const endpoint of ["a", "b", "c", "d"]) {
      expect(figures(run, endpoint, 0, 60_000)).toMatchObject({ refusedPart: 0 });
      expect(figures(run, endpoint, 0, 60_000).perSecond).toBeGreaterThanOrEqual(0.985 * 25);
    }
  });

  it.each([
    ["by default", 0.8, true],
    ["at the whole limit", 1, true],
    ["where the vendor gives no reason", 1, false],
  ])("slows down to what another client of the endpoint leaves, %s", async (_, share, givesReasons) => {
    const run = await simulate({
      ...LIMITS,
      share,
      givesReasons,
      durationMs: 180_000,
      rival: { perSecond: 12.5, endpoint: "a" },
    });
    const all = figures(run, "a", 0, 180_000);
    const settled = figures(run, "a", 60_000, 180_000);
    expect(all.refusedPart).toBeLessThan(0.015);
    expect(settled.refusedPart).toBeLessThan(0.01);
    expect(settled.perSecond).toBeGreaterThan(0.88 * 12.5);
    expect(settled.perSecond).toBeLessThanOrEqual(12.5);
    expect(run.rivalRefused / run.rivalSent).toBeLessThan(0.03);
  });

  it("slows all endpoints down when others use half of the account, and shares the rest evenly", async () => {
    const run = await simulate({
      ...LIMITS,
      share: 1,
      durationMs: 120_000,
      callers: ["a", "b", "c", "d"],
      rival: { perSecond: 50 },
      endpoint: { perSecond: 50 },
    });
    const settled = ["a", "b", "c", "d"].map((endpoint) => figures(run, endpoint, 30_000, 120_000));
    const total = settled.reduce((sum, { perSecond }) => sum + perSecond, 0);
    expect(total).toBeGreaterThan(0.85 * 50);
    for (const { perSecond, refusedPart } of settled) {
      expect(refusedPart).toBeLessThan(0.01);
      expect(Math.abs(perSecond - total / 4)).toBeLessThan(0.03 * total);
    }
  });

  describe("of an account that may be shared", () => {
    const shared = {
      account: { perSecond: 100, isShared: true },
      endpoint: { perSecond: 50 },
      share: 1,
      callers: ["a", "b", "c", "d"],
      callersFromMs: 2000,
    };
    const together = (run: Simulated, fromMs: number, untilMs: number) => {
      const all = shared.callers.map((endpoint) => figures(run, endpoint, fromMs, untilMs));
      return {
        perSecond: all.reduce((sum, { perSecond }) => sum + perSecond, 0),
        refused: all.reduce((sum, { refused }) => sum + refused, 0),
      };
    };

    it.each([300, 1000])(
      "is hardly refused where another client uses half, at a latency of %i ms",
      async (latencyMs) => {
        const run = await simulate({ ...shared, latencyMs, durationMs: 22_000, rival: { perSecond: 50 } });
        expect(together(run, 0, 22_000).refused).toBeLessThanOrEqual(0.01 * 50 * 20);
        expect(together(run, 4000, 22_000).perSecond).toBeGreaterThan(0.9 * 50);
        expect(run.rivalRefused / run.rivalSent).toBeLessThan(0.01);
      },
    );

    it.each([
      ["at once after served", { latencyMs: 300 }, 0],
      ["only a second later after broken", {}, 1],
    ])("goes on %s requests beyond half", async (_, outcome, leastSeconds) => {
      const clock = new VirtualClock();
      const limiter = limiterOf(clock, { ...shared, endpoint: { perSecond: 100 } });
      const startedMs = clock.monotonicMs();
      for (let index = 0; index < 53; index++) (await acquired(limiter, clock, "a")).done(outcome);
      await acquired(limiter, clock, "a");
      const seconds = (clock.monotonicMs() - startedMs) / 1000;
      expect(Math.floor(seconds)).toBe(leastSeconds);
    });

    it("takes the whole of it a round trip later where nobody else does", async () => {
      const run = await simulate({ ...shared, durationMs: 12_000 });
      expect(together(run, 0, 12_000)).toMatchObject({ refused: 0 });
      expect(together(run, 2000, 12_000).perSecond).toBeGreaterThan(100 - 0.35 * 10);
    });

    it.each([1, 2, 7, 25, 33.3])("takes the whole of it, also where that is %d a second", async (perSecond) => {
      const run = await simulate({ ...shared, account: { perSecond, isShared: true }, durationMs: 62_000 });
      expect(together(run, 2000, 62_000).perSecond).toBeGreaterThan(0.96 * perSecond - 0.05);
    });

    it("comes to the whole of it once the other client has gone", async () => {
      const run = await simulate({ ...shared, durationMs: 150_000, rival: { perSecond: 50, untilMs: 30_000 } });
      expect(together(run, 120_000, 150_000).perSecond).toBeGreaterThan(95);
    });
  });

  it("comes back to the whole limit when the other client has gone", async () => {
    const run = await simulate({
      ...LIMITS,
      share: 1,
      durationMs: 180_000,
      rival: { perSecond: 12.5, endpoint: "a", untilMs: 60_000 },
    });
    expect(figures(run, "a", 40_000, 60_000).perSecond).toBeLessThanOrEqual(13);
    expect(figures(run, "a", 150_000, 180_000).perSecond).toBeGreaterThan(0.95 * 25);
  });

  it("sends no more than the limit in any second, whoever else sends", async () => {
    const run = await simulate({ ...LIMITS, durationMs: 60_000, rival: { perSecond: 20, endpoint: "a" } });
    expect(mostInASecond((run.sent.get("a") ?? []).map(({ atMs }) => atMs))).toBeLessThanOrEqual(25);
  });
});

describe("a refusal", () => {
  it.each([1.25, 0.5, 3.75, 30, 100])(
    "that stands alone costs little, of an account that may be shared, too: %d a second",
    async (perSecond) => {
      const clock = new VirtualClock();
      const account = { perSecond, isShared: true };
      const limiter = limiterOf(clock, { account, endpoint: { perSecond: 100 }, share: 1 });
      const beyondHalf = Math.floor(perSecond / 2) + 1;
      for (let index = 0; index < beyondHalf; index++) await acquired(limiter, clock, "a");
      (await acquired(limiter, clock, "a")).done({ rateLimited: "global-rate", latencyMs: 1 });
      expect(limiter.rateOf("a")).toBeGreaterThanOrEqual(0.95 * perSecond);
    },
  );

  it("that stands alone costs a twentieth, and those of one round trip half at most", async () => {
    const { limiter, clock } = start();
    const permits = await Promise.all(Array.from({ length: 12 }, () => acquired(limiter, clock, "a")));
    await clock.run(300);
    permits[0]?.done({ rateLimited: "endpoint-rate" });
    expect(limiter.rateOf("a")).toBeCloseTo(0.95 * 25);
    permits[1]?.done({ rateLimited: "endpoint-rate" });
    expect(limiter.rateOf("a")).toBeCloseTo(0.95 * 0.9 * 25);
    for (const permit of permits.slice(2)) permit.done({ rateLimited: "endpoint-rate" });
    expect(limiter.rateOf("a")).toBeCloseTo(0.5 * 25);
  });

  it("lets nothing go until the second gone by holds no more than what is left", async () => {
    const { limiter, clock } = start({ perSecond: 100 });
    const permits = [];
    for (let index = 0; index < 100; index++) permits.push(await acquired(limiter, clock, "a"));
    const cutAtMs = clock.monotonicMs();
    for (const permit of permits.slice(50)) permit.done({ rateLimited: "endpoint-rate" });
    expect(limiter.rateOf("a")).toBeCloseTo(50);
    await acquired(limiter, clock, "a");
    expect(clock.monotonicMs() - cutAtMs).toBeGreaterThan(450);
  });

  it.each([
    ["endpoint-rate", 100],
    [null, 100],
    ["a reason of tomorrow", 100],
    ["global-rate", 98.75],
  ])("with the reason %s leaves others %d of 100 a second", async (rateLimited, others) => {
    const { limiter, clock } = start({ perSecond: 100 });
    await clock.run(1);
    (await limiter.acquire("a")).done({ rateLimited });
    expect(limiter.rateOf("a")).toBeCloseTo(98.75);
    // Until it is out of the last second, the refused request itself is taken off.
    await clock.run(1000);
    expect(limiter.rateOf("b")).toBeCloseTo(others, 1);
  });

  it.each(["endpoint-concurrency", "global-concurrency"])(
    "with the reason %s lowers the number of requests under way, not the rate",
    async (rateLimited) => {
      const { limiter, clock } = start();
      const permits = [];
      for (let index = 0; index < 20; index++) permits.push(await acquired(limiter, clock, "a"));
      for (const permit of permits.slice(0, 3)) permit.done({ rateLimited });
      expect(limiter.rateOf("a")).toBe(25);
      for (const permit of permits.slice(3)) permit.done();
      const held: number[] = [];
      void (async () => {
        for (;;) {
          await limiter.acquire(rateLimited === "global-concurrency" ? "b" : "a");
          held.push(clock.monotonicMs());
        }
      })();
      await clock.run(5000);
      // 20 × 0.95 × 0.9 × 0.85, and a little that came back meanwhile.
      expect(held.length).toBeGreaterThanOrEqual(13);
      expect(held.length).toBeLessThanOrEqual(16);
    },
  );

  it("of one resource holds its endpoint for half a second, and no other", async () => {
    const { limiter, clock } = start();
    await clock.run(10_000);
    (await limiter.acquire("a")).done({ rateLimited: "resource-specific" });
    expect(limiter.rateOf("a")).toBe(25);
    const grantedAtMs: Record<string, number> = {};
    for (const endpoint of ["a", "b"]) {
      void limiter.acquire(endpoint).then((permit) => {
        grantedAtMs[endpoint] = clock.monotonicMs();
        permit.done();
      });
    }
    await clock.run(2000);
    expect(grantedAtMs).toEqual({ a: 10_500, b: 10_000 });
  });

  it("that comes late, of a request beyond half, does not raise a rate that is lower by now", async () => {
    const clock = new VirtualClock();
    const account = { perSecond: 100, isShared: true };
    const limiter = limiterOf(clock, { account, endpoint: { perSecond: 100 }, share: 1 });
    const permits = [];
    for (let index = 0; index < 53; index++) permits.push(await acquired(limiter, clock, "a"));
    for (let round = 0; round < 120; round++) {
      const permit = await acquired(limiter, clock, "a");
      await clock.run(10);
      permit.done({ rateLimited: "global-rate" });
    }
    const lowered = limiter.rateOf("a");
    expect(lowered).toBeLessThan(45);
    for (const permit of permits.slice(-3)) permit.done({ rateLimited: "global-rate" });
    expect(limiter.rateOf("a")).toBeLessThanOrEqual(lowered);
  });

  it("leaves nothing that was saved to go at once", async () => {
    const { limiter, clock } = start();
    await clock.run(10_000);
    (await limiter.acquire("a")).done({ rateLimited: "endpoint-rate" });
    await acquired(limiter, clock, "a");
    expect(clock.monotonicMs() - 10_000).toBeGreaterThanOrEqual(40);
  });

  it("never brings the rate down to nothing", async () => {
    const { limiter, clock } = start();
    for (let round = 0; round < 200; round++) {
      const permit = await acquired(limiter, clock, "a");
      await clock.run(10);
      permit.done({ rateLimited: "endpoint-rate" });
    }
    expect(limiter.rateOf("a")).toBeGreaterThanOrEqual(0.5);
  });
});

function start(endpoint = { perSecond: 25 }): { limiter: RateLimiter; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { limiter: limiterOf(clock, { account: { perSecond: 100 }, endpoint, share: 1 }), clock };
}

async function acquired(limiter: RateLimiter, clock: VirtualClock, endpoint: string) {
  const permit = limiter.acquire(endpoint);
  await Promise.race([permit, clock.run(60_000)]);
  return permit;
}

function figures(run: Simulated, endpoint: string, fromMs: number, untilMs: number) {
  const sent = (run.sent.get(endpoint) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  const refused = sent.filter((one) => one.refused).length;
  return {
    refused,
    perSecond: (sent.length - refused) / ((untilMs - fromMs) / 1000),
    refusedPart: refused / sent.length,
  };
}
