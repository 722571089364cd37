/** Why Stripe refuses with 429, as its header says: https://docs.stripe.com/rate-limits */
export type RateLimitReason =
  | "global-rate"
  | "endpoint-rate"
  | "global-concurrency"
  | "endpoint-concurrency"
  | "resource-specific";

export interface RateLimits {
  /** Requests a second for the whole account. Default: 100 in live mode, 25 in test mode. */
  readonly accountPerSecond?: number;
  /** Requests a second for each endpoint, such as `GET /v1/invoices/{id}`. Default: 25. */
  readonly endpointPerSecond?: number;
  /** Requests under way at once. Default: no limit. */
  readonly accountConcurrency?: number;
  readonly endpointConcurrency?: number;
  /** Another client of the same account. It sends its share evenly and is never refused: the rest is what is left. */
  readonly others?: OtherClient;
}

export interface OtherClient {
  /** Of the limit it competes for. In [0, 1]. */
  readonly share: number;
  /** The endpoint that it calls, and that limit's share. Absent: other endpoints, so only the account's limit counts. */
  readonly endpoint?: string;
}

export interface RateLimiter {
  /** Counts a request, or says why it is refused. A refused request counts for nothing. */
  admit(request: Asking): RateLimitReason | undefined;
  /** Ends a request that was admitted. */
  release(request: Asking): void;
}

export interface Asking {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly endpoint: string;
  readonly nowMs: number;
}

const WINDOW_MS = 1000;

/** No more than the limit in any second. Each account and mode has limits of its own. */
export function createRateLimiter(limits: RateLimits): RateLimiter {
  const accounts = new Map<string, AccountLimiter>();
  const limiterOf = (request: Asking): AccountLimiter => {
    const name = `${request.accountId} ${request.livemode}`;
    let limiter = accounts.get(name);
    if (limiter === undefined) accounts.set(name, (limiter = accountLimiter(limits, request)));
    return limiter;
  };
  return {
    admit: (request) => limiterOf(request).admit(request),
    release: (request) => limiterOf(request).release(request),
  };
}

type AccountLimiter = RateLimiter;

function accountLimiter(limits: RateLimits, { livemode, nowMs }: Asking): AccountLimiter {
  const accountPerSecond = limits.accountPerSecond ?? (livemode ? 100 : 25);
  const endpointPerSecond = limits.endpointPerSecond ?? 25;
  const account = slidingWindow(accountPerSecond);
  const endpoints = new Map<string, SlidingWindow>();
  const windowOf = (endpoint: string): SlidingWindow => {
    let window = endpoints.get(endpoint);
    if (window === undefined) endpoints.set(endpoint, (window = slidingWindow(endpointPerSecond)));
    return window;
  };
  const underWay = new Map<string, number>();
  let allUnderWay = 0;

  const { others } = limits;
  const othersPerSecond =
    (others?.share ?? 0) * (others?.endpoint === undefined ? accountPerSecond : endpointPerSecond);
  // It was there before this one came.
  let nextOtherMs = nowMs - WINDOW_MS;
  const letOthersIn = (untilMs: number): void => {
    if (othersPerSecond <= 0) return;
    // What lies more than a window back has no effect any more.
    nextOtherMs = Math.max(nextOtherMs, untilMs - 2 * WINDOW_MS);
    for (; nextOtherMs <= untilMs; nextOtherMs += WINDOW_MS / othersPerSecond) {
      account.take(nextOtherMs);
      if (others?.endpoint !== undefined) windowOf(others.endpoint).take(nextOtherMs);
    }
  };

  return {
    admit(request) {
      letOthersIn(request.nowMs);
      const endpoint = windowOf(request.endpoint);
      const here = underWay.get(request.endpoint) ?? 0;
      if (allUnderWay >= (limits.accountConcurrency ?? Infinity)) return "global-concurrency";
      if (here >= (limits.endpointConcurrency ?? Infinity)) return "endpoint-concurrency";
      if (!account.hasRoom(request.nowMs)) return "global-rate";
      if (!endpoint.hasRoom(request.nowMs)) return "endpoint-rate";
      account.take(request.nowMs);
      endpoint.take(request.nowMs);
      underWay.set(request.endpoint, here + 1);
      allUnderWay++;
      return undefined;
    },
    release({ endpoint }) {
      underWay.set(endpoint, (underWay.get(endpoint) ?? 1) - 1);
      allUnderWay--;
    },
  };
}

interface SlidingWindow {
  hasRoom(nowMs: number): boolean;
  take(nowMs: number): void;
}

/** Remembers the last `limit` requests: there is room when the oldest of them is a second old. */
function slidingWindow(limit: number): SlidingWindow {
  const size = Math.max(0, Math.floor(limit));
  const taken = Array.from({ length: size }, () => -Infinity);
  let oldest = 0;
  return {
    hasRoom: (nowMs) => size > 0 && nowMs - (taken[oldest] ?? -Infinity) >= WINDOW_MS,
    take(nowMs) {
      taken[oldest] = nowMs;
      oldest = (oldest + 1) % size;
    },
  };
}
