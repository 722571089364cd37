import { describe, expect, it } from "vitest";
import {
  createRateLimiter,
  type Permit,
  type RateLimiter,
  type RateLimiterOptions,
} from "../../src/http/rate-limiter.js";
import { mostInASecond } from "./rate-simulation.js";
import { VirtualClock } from "./virtual-clock.js";

describe("a rate limiter", () => {
  it("holds 99 % of the limit at a share of 1, and never exceeds it in any second", async () => {
    const { limiter, clock } = start({ share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(60_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(0.99 * 25 * 60);
    expect(mostInASecond(sentAtMs)).toBe(25);
  });

  it("holds the limit although timers ring late, and still never exceeds it in any second", async () => {
    const clock = new VirtualClock();
    let late = 0;
    const lateClock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (delayMs: number, signal?: AbortSignal) => clock.sleep(delayMs + (late++ % 5) * 4, signal),
    };
    const limiter = createRateLimiter({ clock: lateClock, ...LIMITS, share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(60_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(0.98 * 25 * 60);
    expect(mostInASecond(sentAtMs)).toBe(25);
  });

  it("never exceeds it in any second where requests leave later than they may, as from a busy process", async () => {
    const { limiter, clock } = start({ share: 1 });
    const leftAtMs: number[] = [];
    void (async () => {
      for (let count = 0; ; count += 1) {
        const permit = await limiter.acquire("a");
        void clock.sleep((count * 17) % 120).then(() => {
          permit.sent();
          send(permit, leftAtMs, clock);
        });
      }
    })();
    await clock.run(60_000);
    expect(leftAtMs.length).toBeGreaterThanOrEqual(0.9 * 25 * 60);
    expect(mostInASecond(leftAtMs)).toBe(25);
  });

  it("takes four fifths of the limit by default, with a burst of what that leaves but for one that may come late", async () => {
    const { limiter, clock } = start();
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(60_000);
    expect(sentAtMs.filter((timeMs) => timeMs === 0).length).toBe(4);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(20 * 60);
    expect(mostInASecond(sentAtMs)).toBeLessThanOrEqual(24);
  });

  it.each([
    ["the first requests of an endpoint arrive", 0, 130],
    ["the first burst arrives", 600, 730],
    ["much of the first second arrives", 600, 900],
  ])("never exceeds it in any second where %s late, as at a server that was at rest", async (_, fromMs, awakeAtMs) => {
    const { limiter, clock } = start();
    const arrivedAtMs: number[] = [];
    const send = async (): Promise<void> => {
      const permit = await limiter.acquire("a");
      const lateMs = clock.monotonicMs() < fromMs ? 0 : Math.max(0, awakeAtMs - clock.monotonicMs());
      arrivedAtMs.push(clock.monotonicMs() + lateMs);
      const latencyMs = 300 + lateMs;
      void clock.sleep(latencyMs).then(() => permit.done({ latencyMs }));
    };
    void (async () => {
      // One page tells that there are more.
      if (fromMs > 0) await send();
      await clock.sleep(fromMs);
      for (;;) await send();
    })();
    await clock.run(10_000 + fromMs);
    expect(mostInASecond(arrivedAtMs)).toBeLessThanOrEqual(25);
    expect(arrivedAtMs.length).toBeGreaterThanOrEqual(20 * 10);
  });

  it("never exceeds the account's limit either where many endpoints start together and arrive late", async () => {
    const { limiter, clock } = start();
    const arrivedAtMs: number[] = [];
    const sendAll = async (endpoint: string): Promise<void> => {
      for (;;) {
        const permit = await limiter.acquire(endpoint);
        const lateMs = Math.max(0, 300 - clock.monotonicMs());
        arrivedAtMs.push(clock.monotonicMs() + lateMs);
        const latencyMs = 300 + lateMs;
        void clock.sleep(latencyMs).then(() => permit.done({ latencyMs }));
      }
    };
    for (const endpoint of ["a", "b", "c", "d", "e", "f"]) void sendAll(endpoint);
    await clock.run(3_000);
    expect(mostInASecond(arrivedAtMs)).toBeLessThanOrEqual(100);
    expect(arrivedAtMs.length).toBeGreaterThanOrEqual(80 * 3);
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

  it.each([
    {
      what: "first after a rest arrive up to 60 ms late",
      latencyMs: 1_000,
      late: (atMs: number) => (atMs >= 1_000 && atMs < 1_300 ? 60 : 0),
    },
    { what: "arrive up to 20 ms late now and then", latencyMs: 300, late: (_: number, nth: number) => (nth * 8) % 21 },
    {
      what: "arrive up to 20 ms late now and then",
      latencyMs: 1_000,
      late: (_: number, nth: number) => (nth * 8) % 21,
    },
  ])("never exceeds the whole limit where requests $what, at $latencyMs ms", async ({ latencyMs, late }) => {
    const { limiter, clock } = start({ share: 1 });
    const arrivedAtMs: number[] = [];
    const send = async (): Promise<void> => {
      const permit = await limiter.acquire("a");
      const lateMs = late(clock.monotonicMs(), arrivedAtMs.length);
      arrivedAtMs.push(clock.monotonicMs() + lateMs);
      void clock.sleep(lateMs + latencyMs).then(() => permit.done({ latencyMs: lateMs + latencyMs }));
    };
    void (async () => {
      // One page tells that there are more.
      await send();
      await clock.sleep(latencyMs);
      for (;;) await send();
    })();
    await clock.run(30_000);
    expect(mostInASecond(arrivedAtMs.toSorted((one, other) => one - other))).toBeLessThanOrEqual(25);
    expect(arrivedAtMs.length).toBeGreaterThanOrEqual(0.96 * 25 * 30);
  });

  it("does not take an endpoint's own first answer, late as it was, for the measure of those that follow", async () => {
    const { limiter, clock } = start();
    const arrivedAtMs: number[] = [];
    const send = async (endpoint: string, awakeAtMs: number): Promise<void> => {
      const permit = await limiter.acquire(endpoint);
      const arriveAtMs = Math.max(clock.monotonicMs(), awakeAtMs);
      if (endpoint === "a") arrivedAtMs.push(arriveAtMs);
      const latencyMs = arriveAtMs - clock.monotonicMs() + 300;
      void clock.sleep(latencyMs).then(() => permit.done({ latencyMs }));
    };
    void send("b", 0);
    void send("a", 200);
    await clock.run(600);
    void (async () => {
      for (;;) await send("a", 790);
    })();
    await clock.run(10_000);
    expect(mostInASecond(arrivedAtMs)).toBeLessThanOrEqual(25);
    expect(arrivedAtMs.length).toBeGreaterThanOrEqual(20 * 10);
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

  it("holds the whole limit of an endpoint that is slower than others, or slow at times", async () => {
    const { limiter, clock } = start({ share: 1 });
    let answers = 0;
    const sendAll = async (endpoint: string, latencyMs: () => number): Promise<void> => {
      for (;;) {
        const permit = await limiter.acquire(endpoint);
        const tookMs = latencyMs();
        void clock.sleep(tookMs).then(() => {
          if (endpoint === "b") answers += 1;
          permit.done({ latencyMs: tookMs });
        });
      }
    };
    void sendAll("a", () => 50);
    void sendAll("b", () => 400);
    await clock.run(30_000);
    expect(answers).toBeGreaterThanOrEqual(0.98 * 25 * 29.5);
    const varying = start({ share: 1 });
    const sentAtMs: number[] = [];
    void (async () => {
      for (;;) {
        const permit = await varying.limiter.acquire("a");
        const latencyMs = 100 + ((sentAtMs.length * 379) % 1_000);
        sentAtMs.push(varying.clock.monotonicMs());
        void varying.clock.sleep(latencyMs).then(() => permit.done({ latencyMs }));
      }
    })();
    await varying.clock.run(30_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(0.96 * 25 * 30);
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

  it("gives each endpoint that is named its own limit", async () => {
    const { limiter, clock } = start({ endpoints: { files: { perSecond: 10 } }, share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "files");
    await clock.run(10_000);
    expect(mostInASecond(sentAtMs)).toBe(10);
    expect([limiter.limitOf("files"), limiter.limitOf("a")]).toEqual([10, 25]);
  });

  it("keeps a limit of less than one a second", async () => {
    const { limiter, clock } = start({ endpoint: { perSecond: 0.5 }, share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(20_000);
    expect(sentAtMs.length).toBe(11);
    sentAtMs.slice(1).forEach((timeMs, index) => expect(timeMs - (sentAtMs[index] ?? 0)).toBeGreaterThanOrEqual(1950));
  });

  it("takes a refunded permit for a request that was never made", async () => {
    const { limiter, clock } = start({ share: 1 });
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

  it("sleeps only while somebody waits", async () => {
    const { limiter, clock } = start({ share: 1 });
    for (let index = 0; index < 30; index++) void limiter.acquire("a").then((permit) => permit.done());
    await clock.run(500);
    expect(clock.sleeping).toBe(1);
    await clock.run(5000);
    expect(clock.sleeping).toBe(0);
  });

  it("tells what an endpoint can have while others are busy, and what it uses", async () => {
    const { limiter, clock } = start({ account: { perSecond: 25 }, share: 1 });
    expect([limiter.rateOf("a"), limiter.limitOf("a"), limiter.inUse("a")]).toEqual([25, 25, 0]);
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

const LIMITS = { account: { perSecond: 100 }, endpoint: { perSecond: 25 } };

function start(options: Partial<RateLimiterOptions> = {}): { limiter: RateLimiter; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { limiter: createRateLimiter({ clock, ...LIMITS, ...options }), clock };
}

/** Sends as fast as it gets permits; returns the times, which grow. */
function sendAlways(limiter: RateLimiter, clock: VirtualClock, endpoint: string): readonly number[] {
  const sentAtMs: number[] = [];
  void (async () => {
    for (;;) send(await limiter.acquire(endpoint), sentAtMs, clock);
  })();
  return sentAtMs;
}

function send(permit: Permit, sentAtMs: number[], clock: VirtualClock): void {
  sentAtMs.push(clock.monotonicMs());
  permit.done({ latencyMs: 100 });
}
