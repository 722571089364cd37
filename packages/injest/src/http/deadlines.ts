import type { Clock } from "../clock.js";

/**
 * Watches the deadlines of many attempts with one sleep: a timer with an AbortController for each would cost as much as
 * reading a response.
 *
 * The sleep is never shortened when an attempt ends in time, except when it was the last one: then nothing is left that
 * would hold the process open.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Set<Deadline>();
  #alarm: { readonly atMs: number; readonly cancel: AbortController } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `onPassed` once after that time, unless the function that it returns is called before. */
  add(timeoutMs: number, onPassed: () => void): () => void {
    const deadline = { atMs: this.#clock.monotonicMs() + timeoutMs, onPassed };
    this.#pending.add(deadline);
    if (this.#alarm === null || deadline.atMs < this.#alarm.atMs) this.#wakeAt(deadline.atMs);
    return () => {
      if (this.#pending.delete(deadline) && this.#pending.size === 0) this.#disarm();
    };
  }

  #wakeAt(atMs: number): void {
    this.#disarm();
    const alarm = { atMs, cancel: new AbortController() };
    this.#alarm = alarm;
    this.#clock.sleep(Math.max(0, Math.ceil(atMs - this.#clock.monotonicMs())), alarm.cancel.signal).then(
      () => {
        if (this.#alarm === alarm) this.#check();
      },
      () => undefined, // It was disarmed.
    );
  }

  #disarm(): void {
    this.#alarm?.cancel.abort(DISARMED);
    this.#alarm = null;
  }

  #check(): void {
    this.#alarm = null;
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Infinity;
    for (const deadline of this.#pending) {
      if (deadline.atMs > nowMs) {
        nextMs = Math.min(nextMs, deadline.atMs);
      } else {
        this.#pending.delete(deadline);
        deadline.onPassed();
      }
    }
    if (nextMs < Infinity && this.#alarm === null) this.#wakeAt(nextMs);
  }
}

interface Deadline {
  readonly atMs: number;
  readonly onPassed: () => void;
}

// A reason of our own, as the one by default is made with a stack trace.
const DISARMED = new Error("disarmed");
