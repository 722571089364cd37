import { AdaptiveLimit } from "./adaptive-limit.js";
import { Lateness } from "./lateness.js";
import { type Sending, SendWindow } from "./send-window.js";
import { UnprovenLimit } from "./unproven-limit.js";

export interface RateLimit {
  /** What the vendor allows. */
  readonly perSecond: number;
  /** The part of it to use, in (0, 1]. */
  readonly share: number;
  /** Requests under way at a time. Default: without a bound, until the vendor objects. */
  readonly maxInFlight?: number;
  /** Others may be using it already: of 20 or more a second half is taken until more proves to be free. Default: false. */
  readonly isShared?: boolean;
}

/** One request that was let go. */
export interface Turn {
  readonly sending: Sending;
  /** How far it goes beyond what is taken at first; 0 for most. */
  readonly beyond: number;
}

/**
 * What one scope (the account, an endpoint) may still send: a token bucket, a window of the last second, and a bound on
 * the requests under way.
 *
 * The bucket paces: tokens come evenly at the vendor's limit times the share that we may use, and some can be saved up.
 * At a share below 1 the burst is the part of the limit that is not ours to use steadily, less what comes in 50 ms: of a
 * limit of 25, 20/s and a burst of 4 make at most 24 in any second. A burst may then arrive that much later than what
 * follows it, and later still where its answers tell it soon enough (`Lateness`).
 *
 * At a share of 1 nothing is left for anybody else, and the limit itself is what bounds a burst: half a second of tokens can
 * be saved, so that what a reading does not use while it waits for a page is not lost to it. They go at twice the rate, not
 * at once: a server that is met by many together gets to the last of them late.
 *
 * The window keeps all those from adding up: whatever the bucket says, a request goes no sooner than a second after the
 * one that is `perSecond` back, or fewer where fewer may be sent now.
 */
export class RateBucket {
  readonly limitPerSecond: number;
  readonly rate: AdaptiveLimit;
  readonly #maxInFlight: AdaptiveLimit;
  readonly #window: SendWindow;
  readonly #lateness: Lateness;
  readonly #unproven: UnprovenLimit | null;
  readonly #burst: number;
  readonly #gapMs: number;
  #tokens: number;
  #refilledAtMs: number;
  #inFlight = 0;
  #heldUntilMs = 0;

  /** `isSpaced`: what was saved goes at twice the rate at most. Several endpoints may start at once, each spacing its own. */
  constructor(
    { perSecond, share, maxInFlight = Infinity, isShared = false }: RateLimit,
    nowMs: number,
    isSpaced = false,
  ) {
    this.limitPerSecond = perSecond;
    this.rate = new AdaptiveLimit(perSecond * share, perSecond * 0.02, rateStep(perSecond));
    this.#maxInFlight = new AdaptiveLimit(maxInFlight, 1, STEP_MOST);
    this.#window = new SendWindow(perSecond);
    this.#unproven = isShared && perSecond >= WORTH_PROVING ? new UnprovenLimit(perSecond) : null;
    this.#lateness = new Lateness(this.#window);
    this.#burst = share < 1 ? perSecond * (1 - share - share * LATENESS_SECONDS) : perSecond * SAVED_SECONDS;
    this.#gapMs = share === 1 && isSpaced ? 1000 / (BURST_PACE * perSecond) : 0;
    this.#tokens = this.#capacity(nowMs);
    this.#refilledAtMs = nowMs;
  }

  /** When the next request may go; infinite while too many are under way. */
  readyAtMs(nowMs: number): number {
    if (this.#inFlight + 1 > this.#maxInFlight.at(nowMs)) return Infinity;
    this.#refill(nowMs);
    this.#lateness.lookAt(nowMs);
    const missing = 1 - this.#tokens;
    const rate = this.rate.at(nowMs);
    const pacedAtMs = missing <= ROUNDING ? 0 : nowMs + (missing / rate) * 1000;
    const most = rate < this.rate.max ? Math.ceil(rate) : this.#unproven?.most;
    const spacedAtMs = this.#window.lastSentAtMs + this.#gapMs;
    return Math.max(pacedAtMs, spacedAtMs, this.#window.readyAtMs(most), this.#heldUntilMs);
  }

  /** `quickestMs`: the endpoint's quickest answer of late; null before its first. */
  take(nowMs: number, quickestMs: number | null): Turn {
    this.#refill(nowMs);
    const idleSinceMs = Math.max(this.#window.lastSentAtMs, this.#window.readyAtMs());
    this.#tokens -= 1;
    this.#inFlight += 1;
    const sending = this.#window.add(nowMs);
    this.#lateness.sent(sending, nowMs - idleSinceMs >= REST_MS, quickestMs);
    return { sending, beyond: this.#unproven?.beyond(this.#window.count(nowMs)) ?? 0 };
  }

  /** A request has left later than its turn was. */
  sentLater({ sending }: Turn, sentAtMs: number): void {
    this.#window.leftAt(sending, sentAtMs);
  }

  /** Takes back a turn in which nothing was sent. */
  giveBack({ sending }: Turn): void {
    this.#tokens += 1;
    this.#inFlight -= 1;
    this.#window.remove(sending);
    this.#lateness.forget(sending);
  }

  /** A request has ended; told after what became of it, where that is known. */
  finish({ sending }: Turn): void {
    this.#inFlight -= 1;
    this.#lateness.forget(sending);
  }

  served({ sending, beyond }: Turn, latencyMs: number, quickestOfAllMs: number): void {
    this.#unproven?.served(beyond);
    this.#lateness.answered(sending, latencyMs, quickestOfAllMs);
  }

  /** The vendor refused a request for its rate. */
  slowDown(nowMs: number, { sending, beyond }: Turn): void {
    this.#refill(nowMs);
    if (beyond > 0 && this.#unproven?.refused() === true) this.rate.lower(nowMs, this.#unproven.rest);
    else this.rate.refused(nowMs, sending.sentAtMs);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  /** The vendor refused a request because too many were under way, this one among them. */
  narrow(nowMs: number, { sending }: Turn): void {
    this.#maxInFlight.refused(nowMs, sending.sentAtMs, this.#inFlight);
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
const SAVED_SECONDS = 0.5;
/** Where nothing was sent for so long although it might, connections and servers may need some time to wake up. */
const REST_MS = 200;
/** Times the rate. */
const BURST_PACE = 2;
const ROUNDING = 1e-9;
