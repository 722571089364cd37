import { performance } from "node:perf_hooks";

/** The sandbox's time: everything that Stripe would date takes its instant from here. */
export interface SandboxClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves the clock forward. Time does not pass while it jumps: what was scheduled in between is simply due now. */
  advance(ms: number): void;
  /** Waits for that long; how latency, stalls and slow bodies take their time. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a test may bring instead of the machine's clock. */
export interface ClockOptions {
  /** Milliseconds since the epoch. Default: the machine's time, to a fraction of a millisecond. */
  readonly now?: () => number;
  /** Replaces the timer behind latency and stalls. Default: a real one. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export function createClock(options: ClockOptions = {}): SandboxClock {
  const source = options.now ?? (() => performance.timeOrigin + performance.now());
  const sleep = options.sleep ?? sleepFor;
  let offsetMs = 0;
  return {
    now: () => source() + offsetMs,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`a clock moves forward only, not by ${ms} ms`);
      offsetMs += ms;
    },
    sleep,
  };
}

/** A clock that stands still until `advance` is called. */
export function createStoppedClock(startMs: number): SandboxClock {
  return createClock({ now: () => startMs });
}

function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
