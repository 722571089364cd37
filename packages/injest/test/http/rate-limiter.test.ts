import { describe, expect, it } from "vitest";
import { send, sendAlways, start } from "./rate-limiter-rig.js";
import { mostInASecond } from "./rate-simulation.js";

describe("a rate limiter", () => {
  it("holds 99 % of the limit at a share of 1, and never exceeds it in any second", async () => {
    const { limiter, clock } = start({ share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(60_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(0.99 * 25 * 60);
    expect(mostInASecond(sentAtMs)).toBe(25);
  });

  it("takes four fifths of the limit by default, with a burst of what that leaves but for one that may come late", async () => {
    const { limiter, clock } = start();
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(60_000);
    expect(sentAtMs.filter((timeMs) => timeMs === 0).length).toBe(4);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(20 * 60);
    expect(mostInASecond(sentAtMs)).toBeLessThanOrEqual(24);
  });

  it("may burst again after a pause, but not beyond the limit of any second", async () => {
    const { limiter, clock } = start();
    const sentAtMs: number[] = [];
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < 7; index++) void limiter.acquire("a").then((permit) => send(permit, sentAtMs, clock));
      await clock.run(300 + 100 * (round % 5));
    }
    expect(sentAtMs.length).toBe(350);
    expect(mostInASecond(sentAtMs)).toBeLessThanOrEqual(25);
  });

  it("at a share of 1 makes up for what it did not use while it waited, at twice the rate", async () => {
    const { limiter, clock } = start({ share: 1 });
    send(await limiter.acquire("a"), [], clock);
    await clock.run(1_000);
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(240);
    expect(sentAtMs.length).toBe(13);
    expect(sentAtMs.slice(0, 3)).toEqual([1_000, 1_020, 1_040]);
    await clock.run(10_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(25 * 10.24 + 3);
    expect(mostInASecond(sentAtMs)).toBe(25);
  });

  it("goes on at the limit while those that left first hang", async () => {
    const { limiter, clock } = start({ share: 1 });
    const sentAtMs: number[] = [];
    void (async () => {
      for (;;) {
        const permit = await limiter.acquire("a");
        sentAtMs.push(clock.monotonicMs());
        const hangs = clock.monotonicMs() > 0 && clock.monotonicMs() < 400;
        const latencyMs = hangs ? 15_000 : 100;
        void clock.sleep(latencyMs).then(() => permit.done({ latencyMs }));
      }
    })();
    await clock.run(10_000);
    expect(sentAtMs.filter((atMs) => atMs > 2_000).length).toBeGreaterThanOrEqual(0.97 * 25 * 8);
  });

  it("keeps fewer under way than were refused together", async () => {
    const { limiter, clock } = start({ share: 1 });
    const first = await limiter.acquire("a");
    await clock.run(100);
    const second = await limiter.acquire("a");
    second.done({ rateLimited: "endpoint-concurrency" });
    let hasThird = false;
    void limiter.acquire("a").then(() => (hasThird = true));
    await clock.run(1_000);
    expect(hasThird).toBe(false);
    first.done();
    await clock.run(0);
    expect(hasThird).toBe(true);
  });

  it("lets four endpoints use the whole account, evenly", async () => {
    const { limiter, clock } = start({ share: 1 });
    const all = ["a", "b", "c", "d"].map((endpoint) => sendAlways(limiter, clock, endpoint));
    await clock.run(60_000);
    for (const sentAtMs of all) expect(sentAtMs.length).toBeGreaterThanOrEqual(0.985 * 25 * 60);
    expect(mostInASecond(all.flat().toSorted((one, other) => one - other))).toBe(100);
  });

  it("shares a small account's limit evenly, and gives one endpoint what others do not use", async () => {
    const { limiter, clock } = start({ account: { perSecond: 25 }, share: 1 });
    const busy = ["a", "b", "c"].map((endpoint) => sendAlways(limiter, clock, endpoint));
    const seldom: number[] = [];
    void (async () => {
      for (;;) {
        await clock.sleep(1000);
        send(await limiter.acquire("d"), seldom, clock);
      }
    })();
    await clock.run(61_000);
    expect(seldom.length).toBe(60);
    for (const sentAtMs of busy) {
      expect(sentAtMs.length).toBeGreaterThanOrEqual(0.98 * 8 * 60);
      expect(sentAtMs.length).toBeLessThanOrEqual(1.04 * 8 * 60);
    }
  });

  it("serves an endpoint's callers in the order in which they came", async () => {
    const { limiter, clock } = start();
    const served: number[] = [];
    for (let index = 0; index < 30; index++) {
      void limiter.acquire("a").then((permit) => {
        served.push(index);
        permit.done();
      });
    }
    await clock.run(3000);
    expect(served).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });

  it("keeps a limit of less than one a second", async () => {
    const { limiter, clock } = start({ endpoint: { perSecond: 0.5 }, share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(20_000);
    expect(sentAtMs.length).toBe(11);
    sentAtMs.slice(1).forEach((timeMs, index) => expect(timeMs - (sentAtMs[index] ?? 0)).toBeGreaterThanOrEqual(1950));
  });

  it("takes a refunded permit for a request that was never made", async () => {
    const { limiter, clock } = start({
      share: 1,
      account: { perSecond: 100, maxInFlight: 5 },
      endpoint: { perSecond: 25, maxInFlight: 5 },
    });
    for (let index = 0; index < 500; index++) (await limiter.acquire("a")).refund();
    expect(clock.monotonicMs()).toBe(0);
    expect(limiter.inUse("a")).toBe(0);
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(10_000);
    expect(mostInASecond(sentAtMs)).toBe(25);
  });

  it("counts a permit once, however often it is given back", async () => {
    const { limiter, clock } = start({ share: 1, endpoint: { perSecond: 25, maxInFlight: 1 } });
    const permit = await limiter.acquire("a");
    permit.done();
    permit.done();
    permit.refund();
    await clock.run(100);
    const second = await limiter.acquire("a");
    let hasThird = false;
    void limiter.acquire("a").then(() => (hasThird = true));
    await clock.run(5000);
    expect(hasThird).toBe(false);
    second.done();
    await clock.run(0);
    expect(hasThird).toBe(true);
  });

  it("keeps no more requests under way than allowed, for an endpoint and for all", async () => {
    const { limiter, clock } = start({
      share: 1,
      account: { perSecond: 100, maxInFlight: 5 },
      endpoint: { perSecond: 25, maxInFlight: 3 },
    });
    const most = { a: 0, all: 0 };
    const underWay = { a: 0, b: 0 };
    for (const endpoint of ["a", "b"] as const) {
      void (async () => {
        for (;;) {
          const permit = await limiter.acquire(endpoint);
          underWay[endpoint]++;
          most.a = Math.max(most.a, underWay.a);
          most.all = Math.max(most.all, underWay.a + underWay.b);
          void clock.sleep(2000).then(() => {
            underWay[endpoint]--;
            permit.done();
          });
        }
      })();
    }
    await clock.run(20_000);
    expect(most).toEqual({ a: 3, all: 5 });
  });

  it("rejects a caller who gives up, and lets the next one have the turn", async () => {
    const { limiter, clock } = start({ endpoint: { perSecond: 1 }, share: 1 });
    const reason = new Error("no longer wanted");
    const first = await limiter.acquire("a");
    first.done();
    const controller = new AbortController();
    const second = limiter.acquire("a", controller.signal);
    const rejected = expect(second).rejects.toBe(reason);
    let thirdAtMs = -1;
    void limiter.acquire("a").then(() => (thirdAtMs = clock.monotonicMs()));
    await clock.run(500);
    controller.abort(reason);
    await rejected;
    await clock.run(600);
    expect(thirdAtMs).toBeGreaterThanOrEqual(1000);
    expect(thirdAtMs).toBeLessThanOrEqual(1010);
    await expect(limiter.acquire("a", AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("leaves alone who waits, where one gives up that has had its turn", async () => {
    const { limiter, clock } = start({ endpoint: { perSecond: 1 }, share: 1 });
    const controller = new AbortController();
    (await limiter.acquire("a", controller.signal)).done();
    let hasSecond = false;
    void limiter.acquire("a").then((permit) => {
      hasSecond = true;
      permit.done();
    });
    controller.abort();
    await clock.run(2000);
    expect(hasSecond).toBe(true);
  });

  it("sleeps only while somebody waits", async () => {
    const { limiter, clock } = start({ share: 1 });
    for (let index = 0; index < 30; index++) void limiter.acquire("a").then((permit) => permit.done());
    await clock.run(500);
    expect(clock.sleeping).toBe(1);
    await clock.run(5000);
    expect(clock.sleeping).toBe(0);
  });

  it("sleeps no longer once all who waited have given up, however low the limit", async () => {
    const { limiter, clock } = start({ endpoint: { perSecond: 0.01 }, share: 1 });
    for (const endpoint of ["a", "b"]) (await limiter.acquire(endpoint)).done();
    const controllers = ["a", "b"].map((endpoint) => {
      const controller = new AbortController();
      limiter.acquire(endpoint, controller.signal).catch(() => undefined);
      return controller;
    });
    controllers[0]?.abort();
    expect(clock.sleeping).toBe(1);
    controllers[1]?.abort();
    expect(clock.sleeping).toBe(0);
  });

  it("tells what an endpoint can have while others are busy, and what it uses", async () => {
    const { limiter, clock } = start({ account: { perSecond: 25 }, share: 1 });
    expect([limiter.rateOf("a"), limiter.limitOf("a"), limiter.inUse("a")]).toEqual([25, 25, 0]);
    expect(start({ account: { perSecond: 10 } }).limiter.limitOf("a")).toBe(10);
    expect(start({ account: { perSecond: 100 } }).limiter.limitOf("a")).toBe(25);
    sendAlways(limiter, clock, "a");
    await clock.run(5000);
    expect(limiter.inUse("a")).toBeGreaterThanOrEqual(24);
    expect(limiter.rateOf("b")).toBe(12.5);
    sendAlways(limiter, clock, "b");
    await clock.run(5000);
    for (const perSecond of [limiter.rateOf("a"), limiter.inUse("b")]) {
      expect(perSecond).toBeGreaterThanOrEqual(12);
      expect(perSecond).toBeLessThanOrEqual(13);
    }
  });

  it("tells the median of an endpoint's last latencies", async () => {
    const { limiter, clock } = start();
    expect(limiter.latencyOf("a")).toBeNull();
    for (const latencyMs of [300, 100, 200]) (await limiter.acquire("a")).done({ latencyMs });
    // A refusal says nothing of how long an answer takes.
    for (let refusal = 0; refusal < 2; refusal += 1) {
      await clock.run(1_000);
      (await limiter.acquire("a")).done({ latencyMs: 5, rateLimited: "resource-specific" });
    }
    expect(limiter.latencyOf("a")).toBe(200);
    expect(limiter.latencyOf("b")).toBeNull();
  });
});
