import { AdaptiveLimit } from "./adaptive-limit.js";
import { LateStart } from "./late-start.js";
import { SendWindow } from "./send-window.js";
import { UnprovenLimit } from "./unproven-limit.js";

export interface RateLimit {
  /** What the vendor allows. */
  readonly perSecond: number;
  /** Requests under way at a time. Default: without a bound, until the vendor objects. */
  readonly maxInFlight?: number;
  /** Others may be using it already: of 20 or more a second half is taken until more proves to be free. Default: false. */
  readonly isShared?: boolean;
}

/**
 * What one scope (the account, an endpoint) may still send: a token bucket, a window of the last second, and a bound on
 * the requests under way.
 *
 * The bucket paces: tokens come evenly at the vendor's limit times the share that we may use, and few can be saved up.
 * At a share below 1 the burst is the part of the limit that is not ours to use steadily, less what comes in 50 ms: of a
 * limit of 25, 20/s and a burst of 4 make at most 24 in any second. A burst may then arrive that much later than what
 * follows it, and later still where its answers tell it soon enough (`LateStart`). At a share of 1 nothing is left for
 * bursts; what can be saved is 50 ms of tokens, so that a timer or an event loop that is late costs no throughput.
 *
 * The window keeps those from adding up: whatever the bucket says, a request goes no sooner than a second after the one
 * that is `perSecond` back, or fewer where fewer may be sent now.
 */
export class RateBucket {
  readonly limitPerSecond: number;
  readonly rate: AdaptiveLimit;
  readonly #maxInFlight: AdaptiveLimit;
  readonly #window: SendWindow;
  readonly #lateStart: LateStart | null;
  readonly #unproven: UnprovenLimit | null;
  readonly #burst: number;
  #tokens: number;
  #refilledAtMs: number;
  #inFlight = 0;
  #heldUntilMs = 0;

  constructor(limit: RateLimit, share: number, nowMs: number) {
    this.limitPerSecond = limit.perSecond;
    this.rate = new AdaptiveLimit(limit.perSecond * share, limit.perSecond * 0.02, rateStep(limit.perSecond));
    this.#maxInFlight = new AdaptiveLimit(limit.maxInFlight ?? Infinity, 1, STEP_MOST);
    this.#window = new SendWindow(limit.perSecond);
    const isHeldBack = limit.isShared === true && limit.perSecond >= WORTH_PROVING;
    this.#unproven = isHeldBack ? new UnprovenLimit(limit.perSecond) : null;
    this.#burst = limit.perSecond * (1 - share - share * LATENESS_SECONDS);
    this.#lateStart = this.#burst > 1 ? new LateStart(this.#window) : null;
    this.#tokens = this.#capacity(nowMs);
    this.#refilledAtMs = nowMs;
  }

  /** When the next request may go; infinite while too many are under way. */
  readyAtMs(nowMs: number): number {
    if (this.#inFlight + 1 > this.#maxInFlight.at(nowMs)) return Infinity;
    this.#refill(nowMs);
    const missing = 1 - this.#tokens;
    const rate = this.rate.at(nowMs);
    const pacedAtMs = missing <= ROUNDING ? 0 : nowMs + (missing / rate) * 1000;
    const most = rate < this.rate.max ? Math.ceil(rate) : this.#unproven?.most;
    return Math.max(pacedAtMs, this.#window.readyAtMs(most), this.#heldUntilMs);
  }

  /** Returns how far the request goes beyond what is taken at first; 0 for most. */
  take(nowMs: number): number {
    this.#refill(nowMs);
    if (this.#tokens === this.#capacity(nowMs)) this.#lateStart?.begin(nowMs);
    this.#tokens -= 1;
    this.#inFlight += 1;
    this.#window.add(nowMs);
    return this.#unproven?.beyond(this.#window.count(nowMs)) ?? 0;
  }

  /** A request that was taken for one time has left at a later one. */
  sentLater(takenAtMs: number, sentAtMs: number): void {
    this.#window.move(takenAtMs, sentAtMs);
  }

  /** Takes back a `take` of that time, of which nothing was sent. */
  giveBack(takenAtMs: number): void {
    this.#tokens += 1;
    this.#inFlight -= 1;
    this.#window.remove(takenAtMs);
  }

  finish(): void {
    this.#inFlight -= 1;
  }

  /** A request of that time was served; `beyond` is what `take` returned for it, `leastMs` the quickest answer so far. */
  served(sentAtMs: number, latencyMs: number, leastMs: number, beyond: number): void {
    this.#unproven?.served(beyond);
    this.#lateStart?.answered(sentAtMs, latencyMs, leastMs);
  }

  /** The vendor refused a request of that time for its rate; `beyond` is what `take` returned for it. */
  slowDown(nowMs: number, sentAtMs: number, beyond: number): void {
    this.#refill(nowMs);
    if (beyond > 0 && this.#unproven?.refused() === true) this.rate.lower(nowMs, this.#unproven.rest);
    else this.rate.refused(nowMs, sentAtMs);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  /** The vendor refused a request of that time because too many were under way, this one among them. */
  narrow(nowMs: number, sentAtMs: number): void {
    this.#maxInFlight.refused(nowMs, sentAtMs, this.#inFlight + 1);
  }

  holdUntil(timeMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, timeMs);
  }

  /** Requests sent in the last second. */
  inUse(nowMs: number): number {
    return this.#window.count(nowMs);
  }

  #refill(nowMs: number): void {
    const earned = ((nowMs - this.#refilledAtMs) / 1000) * this.rate.at(nowMs);
    this.#tokens = Math.min(this.#capacity(nowMs), this.#tokens + earned);
    this.#refilledAtMs = nowMs;
  }

  #capacity(nowMs: number): number {
    const rate = this.rate.at(nowMs);
    const paced = 1 + rate * LATENESS_SECONDS;
    // With a rival about, a burst is what gets refused.
    return rate < this.rate.max ? paced : Math.max(paced, this.#burst);
  }
}

/**
 * Of many requests a second, a refusal tells less: two of an account's hundred, which a server that is late for a moment
 * refuses, would else take 15 % off for half a minute.
 */
function rateStep(perSecond: number): number {
  return Math.min(STEP_MOST, STEP_REQUESTS / perSecond);
}

/** Requests a second: at fewer hardly any is on its way before the first refusal is known. */
const WORTH_PROVING = 20;
const STEP_MOST = 0.05;
/** Requests a second. */
const STEP_REQUESTS = 1.25;
const LATENESS_SECONDS = 0.05;
const ROUNDING = 1e-9;
