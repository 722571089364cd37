import type { Clock } from "../../src/clock.js";
import type { RateLimit } from "../../src/http/rate-bucket.js";
import { createRateLimiter, type Permit, type RateLimiter } from "../../src/http/rate-limiter.js";
import { VirtualClock } from "./virtual-clock.js";

/** Of which the same part is used of all. */
export interface Limits {
  readonly account: Omit<RateLimit, "share">;
  readonly endpoint: Omit<RateLimit, "share">;
  /** Default 0.8. */
  readonly share?: number;
}

/** Those of a live account of Stripe's. */
export const LIMITS = { account: { perSecond: 100 }, endpoint: { perSecond: 25 } };

export function limiterOf(clock: Clock, { account, endpoint, share = 0.8 }: Limits): RateLimiter {
  return createRateLimiter({ clock, account: { ...account, share }, endpoint: { ...endpoint, share } });
}

export function start(limits: Partial<Limits> = {}): { limiter: RateLimiter; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { limiter: limiterOf(clock, { ...LIMITS, ...limits }), clock };
}

/** Sends as fast as it gets permits; returns the times, which grow. */
export function sendAlways(limiter: RateLimiter, clock: VirtualClock, endpoint: string): readonly number[] {
  const sentAtMs: number[] = [];
  void (async () => {
    for (;;) send(await limiter.acquire(endpoint), sentAtMs, clock);
  })();
  return sentAtMs;
}

export function send(permit: Permit, sentAtMs: number[], clock: VirtualClock): void {
  sentAtMs.push(clock.monotonicMs());
  permit.done({ latencyMs: 100 });
}
