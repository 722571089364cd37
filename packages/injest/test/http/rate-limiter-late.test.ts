import { describe, expect, it } from "vitest";
import { RateBucket } from "../../src/http/rate-bucket.js";
import { type Sending, SendWindow } from "../../src/http/send-window.js";
import { limiterOf, LIMITS, send, sendAlways, start } from "./rate-limiter-rig.js";
import { mostInASecond } from "./rate-simulation.js";
import { VirtualClock } from "./virtual-clock.js";

describe("a rate limiter whose requests or answers are late", () => {
  it("holds the limit although timers ring late, and still never exceeds it in any second", async () => {
    const clock = new VirtualClock();
    let late = 0;
    const lateClock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (delayMs: number, signal?: AbortSignal) => clock.sleep(delayMs + (late++ % 5) * 4, signal),
    };
    const limiter = limiterOf(lateClock, { ...LIMITS, share: 1 });
    const sentAtMs = sendAlways(limiter, clock, "a");
    await clock.run(60_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(0.98 * 25 * 60);
    expect(mostInASecond(sentAtMs)).toBe(25);
  });

  it.each(["giveBack", "finish"] as const)("waits for no answer of a request any more after %s", (end) => {
    const bucket = new RateBucket({ perSecond: 25, share: 1 }, 0);
    const [answered, turn] = [bucket.take(0, null), bucket.take(0, null)];
    bucket.served(answered, 10, 10);
    bucket[end](turn);
    bucket.readyAtMs(300);
    expect(turn.sending.countedAtMs).toBe(0);
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
});

describe("a request that is older than the last ones that count", () => {
  it.each<[what: string, change: (window: SendWindow, oldest: Sending) => void]>([
    ["was never sent", (window, oldest) => window.remove(oldest)],
    ["has left later", (window, oldest) => window.leftAt(oldest, 3)],
  ])("changes nothing of these when it tells that it %s", (_, change) => {
    const window = new SendWindow(2);
    const [oldest] = [0, 1, 2].map((nowMs) => window.add(nowMs));
    change(window, oldest as Sending);
    expect([window.count(2), window.lastSentAtMs, window.readyAtMs()]).toEqual([2, 2, 1006]);
  });
});
