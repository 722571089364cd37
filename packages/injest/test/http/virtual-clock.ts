import type { Clock } from "../../src/clock.js";

/** A clock that stands still until it is told to run; sleepers wake in the order of their times. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #sleepers: Sleeper[] = [];

  wallMs(): number {
    return 1_800_000_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const sleeper: Sleeper = { wakeAtMs: this.#nowMs + Math.max(0, delayMs), wake: resolve };
      const index = this.#sleepers.findLastIndex((other) => other.wakeAtMs <= sleeper.wakeAtMs);
      this.#sleepers.splice(index + 1, 0, sleeper);
      signal?.addEventListener(
        "abort",
        () => {
          const at = this.#sleepers.indexOf(sleeper);
          if (at !== -1) this.#sleepers.splice(at, 1);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });
  }

  /** Sleeps that have not ended. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Lets the time pass, and everything happen that happens in it. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      await settled();
      const [next] = this.#sleepers;
      if (next === undefined || next.wakeAtMs > endMs) break;
      this.#sleepers.shift();
      this.#nowMs = next.wakeAtMs;
      next.wake();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** Promise callbacks that are due, and those that these make due, run before the next macrotask. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
