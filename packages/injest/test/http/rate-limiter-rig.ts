import {
  createRateLimiter,
  type Permit,
  type RateLimiter,
  type RateLimiterOptions,
} from "../../src/http/rate-limiter.js";
import { VirtualClock } from "./virtual-clock.js";

/** Those of a live account of Stripe's. */
export const LIMITS = { account: { perSecond: 100 }, endpoint: { perSecond: 25 } };

export function start(options: Partial<RateLimiterOptions> = {}): { limiter: RateLimiter; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { limiter: createRateLimiter({ clock, ...LIMITS, ...options }), clock };
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
