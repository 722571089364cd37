import type { Clock } from "../clock.js";
import { onAbort } from "../on-abort.js";
import { Alarm } from "./alarm.js";
import { RateBucket, type RateLimit, type Turn } from "./rate-bucket.js";

export interface RateLimiterOptions {
  readonly clock: Clock;
  /** For all endpoints together. */
  readonly account: RateLimit;
  /** For each endpoint. */
  readonly endpoint: RateLimit;
}

/** What became of a request that was sent. */
export interface Outcome {
  /**
   * Absent unless the request was refused for its rate; then the reason that the vendor gave, or null. One of
   * `global-rate`, `endpoint-rate`, `global-concurrency`, `endpoint-concurrency`, `resource-specific`; anything else
   * counts as `endpoint-rate`.
   */
  readonly rateLimited?: string | null;
  /** From the permit to the response's end; absent if no response came. */
  readonly latencyMs?: number;
}

/** Leave for one request, to be used at once. Call `refund` or `done`, once; a permit that is kept blocks others. */
export interface Permit {
  /**
   * The request has left just now. A process that is busy sends later than it may, and the next second's requests would
   * come too close behind if that went unnoticed.
   */
  sent(): void;
  /** Nothing was sent. */
  refund(): void;
  /** The request has ended, in whatever way. */
  done(outcome?: Outcome): void;
}

/** Shared by all that send to one account. */
export interface RateLimiter {
  /** Waits for its turn, first come first served within an endpoint. Rejects with the signal's reason. */
  acquire(endpoint: string, signal?: AbortSignal): Promise<Permit>;
  /**
   * Requests per second that the endpoint can have now: its own rate in force, or its part of the account's if other
   * endpoints are busy.
   */
  rateOf(endpoint: string): number;
  /** Requests per second that the vendor allows the endpoint. */
  limitOf(endpoint: string): number;
  /** Requests sent to the endpoint in the last second. */
  inUse(endpoint: string): number;
  /** The median of the endpoint's last latencies, without refusals; null before the first. */
  latencyOf(endpoint: string): number | null;
}

/**
 * Lets requests go as fast as an account's and an endpoint's limits allow, and no faster.
 *
 * Each request takes a token of its endpoint's bucket and one of the account's. Endpoints that wait take turns, so that
 * a busy one cannot starve another. A refusal slows down the bucket that it names.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  return new SharedLimiter(options);
}

class SharedLimiter implements RateLimiter {
  readonly #clock: Clock;
  readonly #endpointLimit: RateLimit;
  readonly #account: RateBucket;
  readonly #lanes = new Map<string, Lane>();
  #turn = 0;
  /** Of any endpoint; refusals do not count. */
  #leastLatencyMs = Infinity;
  readonly #alarm: Alarm;

  constructor({ clock, account, endpoint }: RateLimiterOptions) {
    this.#clock = clock;
    this.#endpointLimit = endpoint;
    this.#account = new RateBucket(account, clock.monotonicMs());
    this.#alarm = new Alarm(clock, () => this.#grantWhatMayGo());
  }

  acquire(endpoint: string, signal?: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const lane = this.#lane(endpoint);
      const leave = (): void => {
        lane.waiting.splice(lane.waiting.indexOf(waiter), 1);
        // Nothing of it may hold the process open: the next turn of a low limit can be far off.
        if (!this.#isAwaited()) this.#alarm.set(Infinity);
        reject(signal?.reason as Error);
      };
      const stay = onAbort(signal, leave);
      const waiter = (permit: Permit): void => {
        stay();
        resolve(permit);
      };
      lane.waiting.push(waiter);
      this.#grantWhatMayGo();
    });
  }

  rateOf(endpoint: string): number {
    const nowMs = this.#clock.monotonicMs();
    const lane = this.#lane(endpoint);
    let othersUse = 0;
    let busyLanes = 1;
    for (const other of this.#lanes.values()) {
      const inUse = other === lane ? 0 : other.bucket.inUse(nowMs);
      othersUse += inUse;
      if (inUse > 0) busyLanes++;
    }
    const account = this.#account.rate.at(nowMs);
    return Math.min(lane.bucket.rate.at(nowMs), Math.max(account / busyLanes, account - othersUse));
  }

  limitOf(endpoint: string): number {
    return Math.min(this.#lane(endpoint).bucket.limitPerSecond, this.#account.limitPerSecond);
  }

  inUse(endpoint: string): number {
    return this.#lane(endpoint).bucket.inUse(this.#clock.monotonicMs());
  }

  latencyOf(endpoint: string): number | null {
    const sorted = this.#lane(endpoint).latenciesMs.toSorted((one, other) => one - other);
    return sorted[sorted.length >> 1] ?? null;
  }

  #isAwaited(): boolean {
    for (const { waiting } of this.#lanes.values()) if (waiting.length > 0) return true;
    return false;
  }

  #lane(endpoint: string): Lane {
    let lane = this.#lanes.get(endpoint);
    if (lane === undefined) {
      lane = {
        bucket: new RateBucket(this.#endpointLimit, this.#clock.monotonicMs(), true),
        waiting: [],
        latenciesMs: [],
        lastTurn: 0,
      };
      this.#lanes.set(endpoint, lane);
    }
    return lane;
  }

  #grantWhatMayGo(): void {
    const nowMs = this.#clock.monotonicMs();
    for (;;) {
      const accountAtMs = this.#account.readyAtMs(nowMs);
      let next: Lane | undefined;
      let wakeAtMs = Infinity;
      for (const lane of this.#lanes.values()) {
        if (lane.waiting.length === 0) continue;
        const readyAtMs = Math.max(accountAtMs, lane.bucket.readyAtMs(nowMs));
        if (readyAtMs > nowMs) wakeAtMs = Math.min(wakeAtMs, readyAtMs);
        else if (next === undefined || lane.lastTurn < next.lastTurn) next = lane;
      }
      if (next === undefined) return this.#alarm.set(wakeAtMs);
      this.#grant(next, nowMs);
    }
  }

  #grant(lane: Lane, nowMs: number): void {
    const waiter = lane.waiting.shift();
    lane.lastTurn = ++this.#turn;
    const quickestMs = lane.latenciesMs.length === 0 ? null : Math.min(...lane.latenciesMs);
    const own = lane.bucket.take(nowMs, quickestMs);
    const ofAll = this.#account.take(nowMs, quickestMs);
    let isOpen = true;
    const close = (settle: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      settle();
      this.#grantWhatMayGo();
    };
    waiter?.({
      sent: () => {
        if (!isOpen) return;
        const leftAtMs = this.#clock.monotonicMs();
        lane.bucket.sentLater(own, leftAtMs);
        this.#account.sentLater(ofAll, leftAtMs);
      },
      refund: () =>
        close(() => {
          lane.bucket.giveBack(own);
          this.#account.giveBack(ofAll);
        }),
      done: (outcome = {}) =>
        close(() => {
          this.#learn(lane, own, ofAll, outcome);
          lane.bucket.finish(own);
          this.#account.finish(ofAll);
        }),
    });
  }

  #learn(lane: Lane, own: Turn, ofAll: Turn, { rateLimited, latencyMs }: Outcome): void {
    const nowMs = this.#clock.monotonicMs();
    if (rateLimited === undefined) {
      if (latencyMs === undefined) return;
      if (lane.latenciesMs.length === LATENCIES_KEPT) lane.latenciesMs.shift();
      lane.latenciesMs.push(latencyMs);
      this.#leastLatencyMs = Math.min(this.#leastLatencyMs, latencyMs);
      lane.bucket.served(own, latencyMs, this.#leastLatencyMs);
      return this.#account.served(ofAll, latencyMs, this.#leastLatencyMs);
    }
    if (rateLimited === "resource-specific") return lane.bucket.holdUntil(nowMs + RESOURCE_HOLD_MS);
    const isAccounts = rateLimited?.startsWith("global-") === true;
    const bucket = isAccounts ? this.#account : lane.bucket;
    const turn = isAccounts ? ofAll : own;
    if (rateLimited?.endsWith("-concurrency")) bucket.narrow(nowMs, turn);
    else bucket.slowDown(nowMs, turn);
  }
}

/** One endpoint's bucket and those who wait for it. */
interface Lane {
  readonly bucket: RateBucket;
  readonly waiting: ((permit: Permit) => void)[];
  readonly latenciesMs: number[];
  lastTurn: number;
}

/** Enough for a median that follows within seconds and does not jump. */
const LATENCIES_KEPT = 21;
/** One object was busy; the rest of the endpoint is not to blame, and the request's own retry waits longer. */
const RESOURCE_HOLD_MS = 500;
