import type { Clock } from "../clock.js";

/**
 * Rings once at the time it was last set for. One sleep of the clock at most is under way; with none, nothing holds the
 * process open.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #atMs = Infinity;
  /** The sleep that is under way: until the alarm's time or an earlier one. */
  #sleep: { readonly untilMs: number; readonly cancel: AbortController } | null = null;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Of the clock's `monotonicMs`; infinite while it is not set. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Takes the place of the time before; infinite for no time. */
  set(atMs: number): void {
    this.#atMs = atMs;
    // Put off, as it is with each request that ends: to sleep once more then costs less than a new sleep each time.
    if (this.#sleep !== null && this.#sleep.untilMs <= atMs && atMs !== Infinity) return;
    this.#sleep?.cancel.abort(REPLACED);
    this.#sleep = null;
    if (atMs !== Infinity) this.#sleepUntil(atMs);
  }

  #sleepUntil(untilMs: number): void {
    const sleep = { untilMs, cancel: new AbortController() };
    this.#sleep = sleep;
    // Timers count whole milliseconds; one that rings early would only be set again.
    this.#clock.sleep(Math.max(0, Math.ceil(untilMs - this.#clock.monotonicMs())), sleep.cancel.signal).then(
      () => {
        if (this.#sleep !== sleep) return;
        this.#sleep = null;
        if (untilMs < this.#atMs && this.#clock.monotonicMs() < this.#atMs) return this.#sleepUntil(this.#atMs);
        this.#atMs = Infinity;
        this.#ring();
      },
      () => undefined, // Another time has taken its place.
    );
  }
}

// A reason of our own, as the one by default is made with a stack trace.
const REPLACED = new Error("another time has taken its place");
