import { limiterOf, type Limits } from "./rate-limiter-rig.js";
import { VirtualClock } from "./virtual-clock.js";

export interface SimulationOptions extends Limits {
  readonly durationMs: number;
  readonly latencyMs?: number;
  /** Endpoints that are called as fast as permits come. Default: one. */
  readonly callers?: readonly string[];
  /** When they begin. Default: at once. */
  readonly callersFromMs?: number;
  /** The other client's requests: evenly, this many a second, to this endpoint or elsewhere in the account. */
  readonly rival?: {
    readonly perSecond: number;
    readonly endpoint?: string;
    readonly fromMs?: number;
    readonly untilMs?: number;
  };
  /** Whether the vendor says which limit it was. */
  readonly givesReasons?: boolean;
}

export interface Simulated {
  /** By caller: when requests were sent, and which of them were refused. */
  readonly sent: ReadonlyMap<string, readonly { readonly atMs: number; readonly refused: boolean }[]>;
  readonly rivalRefused: number;
  readonly rivalSent: number;
}

/** Runs the limiter against a vendor who allows no more than its limits in any second, in virtual time. */
export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { durationMs, latencyMs = 300, callers = ["a"], callersFromMs = 0, rival, givesReasons = true } = options;
  const clock = new VirtualClock();
  const limiter = limiterOf(clock, options);
  const account = slidingWindow(options.account.perSecond);
  const endpoints = new Map<string, SlidingWindow>();
  const admit = (endpoint: string): "global-rate" | "endpoint-rate" | undefined => {
    const nowMs = clock.monotonicMs();
    let window = endpoints.get(endpoint);
    if (window === undefined) endpoints.set(endpoint, (window = slidingWindow(options.endpoint.perSecond)));
    if (!account.hasRoom(nowMs)) return "global-rate";
    if (!window.hasRoom(nowMs)) return "endpoint-rate";
    account.add(nowMs);
    window.add(nowMs);
    return undefined;
  };
  const sent = new Map<string, { atMs: number; refused: boolean }[]>();
  for (const endpoint of callers) {
    const log: { atMs: number; refused: boolean }[] = [];
    sent.set(endpoint, log);
    void (async () => {
      await clock.sleep(callersFromMs);
      for (;;) {
        const permit = await limiter.acquire(endpoint);
        const entry = { atMs: clock.monotonicMs(), refused: false };
        log.push(entry);
        void (async () => {
          // No two requests take the same time to arrive.
          await clock.sleep(latencyMs / 2 + (log.length % 4));
          const reason = admit(endpoint);
          entry.refused = reason !== undefined;
          await clock.sleep(latencyMs / 2);
          permit.done(reason === undefined ? { latencyMs } : { latencyMs, rateLimited: givesReasons ? reason : null });
        })();
      }
    })();
  }
  let rivalSent = 0;
  let rivalRefused = 0;
  if (rival !== undefined) {
    void (async () => {
      await clock.sleep(rival.fromMs ?? 0);
      while (clock.monotonicMs() < (rival.untilMs ?? Infinity)) {
        await clock.sleep(1000 / rival.perSecond);
        rivalSent++;
        if (admit(rival.endpoint ?? "another") !== undefined) rivalRefused++;
      }
    })();
  }
  await clock.run(durationMs);
  return { sent, rivalSent, rivalRefused };
}

/** The largest number in [t, t + 1 s) for any t. */
export function mostInASecond(timesMs: readonly number[]): number {
  let most = 0;
  let from = 0;
  timesMs.forEach((timeMs, index) => {
    while ((timesMs[from] ?? 0) <= timeMs - 1000) from++;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

interface SlidingWindow {
  hasRoom(nowMs: number): boolean;
  add(nowMs: number): void;
}

function slidingWindow(limit: number): SlidingWindow {
  const taken: number[] = [];
  return {
    hasRoom: (nowMs) => taken.length < limit || (taken.at(-limit) ?? 0) <= nowMs - 1000,
    add: (nowMs) => void taken.push(nowMs),
  };
}
