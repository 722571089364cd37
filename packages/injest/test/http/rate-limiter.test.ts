import { describe, expect, it } from "vitest";
import { createRateLimiter } from "../../src/http/rate-limiter.js";
import { VirtualClock } from "./virtual-clock.js";

describe("a rate limiter", () => {
  it("sends at the whole limit at a share of 1, and never more in any second", async () => {
    const clock = new VirtualClock();
    const limiter = createRateLimiter({ clock, account: { perSecond: 100 }, endpoint: { perSecond: 25 }, share: 1 });
    const sentAtMs: number[] = [];
    void (async () => {
      for (;;) {
        const permit = await limiter.acquire("a");
        sentAtMs.push(clock.monotonicMs());
        permit.done({ latencyMs: 100 });
      }
    })();
    await clock.run(60_000);
    expect(sentAtMs.length).toBeGreaterThanOrEqual(0.99 * 25 * 60);
    expect(mostInASecond(sentAtMs)).toBeLessThanOrEqual(25);
  });
});

/** The largest number in [t, t + 1 s) for any t. */
function mostInASecond(timesMs: readonly number[]): number {
  let most = 0;
  let from = 0;
  timesMs.forEach((timeMs, index) => {
    while ((timesMs[from] ?? 0) <= timeMs - 1000) from++;
    most = Math.max(most, index - from + 1);
  });
  return most;
}
