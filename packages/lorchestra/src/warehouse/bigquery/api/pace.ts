import { setTimeout as delay } from "node:timers/promises";

/** Time, as retries, polls and renewals see it; tests give their own. */
export interface Pace {
  /** A clock that only goes forward, in ms. */
  nowMs(): number;
  /** Rejects with the signal's reason as soon as that aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export const REAL_PACE: Pace = {
  nowMs: () => performance.now(),
  sleep: async (delayMs, signal) => {
    try {
      await delay(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  random: Math.random,
};

/** Full jitter: anything up to a ceiling that doubles with each failure, 30 s at most. */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(30_000, 500 * 2 ** Math.min(failures, 10));
}
