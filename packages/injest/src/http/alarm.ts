import type { Clock } from "../clock.js";

/**
 * Rings once at the time it was last set for. One sleep of the clock at most is under way; with none, nothing holds the
 * process open.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #atMs = Infinity;
  /** Of the sleep that is under way. */
  #cancel: AbortController | null = null;

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
    if (atMs === this.#atMs) return;
    this.#atMs = atMs;
    this.#cancel?.abort(REPLACED);
    this.#cancel = null;
    if (atMs === Infinity) return;
    const cancel = new AbortController();
    this.#cancel = cancel;
    // Timers count whole milliseconds; one that rings early would only be set again.
    this.#clock.sleep(Math.max(0, Math.ceil(atMs - this.#clock.monotonicMs())), cancel.signal).then(
      () => {
        if (this.#cancel !== cancel) return;
        this.#cancel = null;
        this.#atMs = Infinity;
        this.#ring();
      },
      () => undefined, // Another time has taken its place.
    );
  }
}

// A reason of our own, as the one by default is made with a stack trace.
const REPLACED = new Error("another time has taken its place");
