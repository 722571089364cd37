import type { Clock } from "../clock.js";
import { Alarm } from "./alarm.js";

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
  readonly #alarm: Alarm;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#check());
  }

  /** Calls `onPassed` once after that time, unless the function that it returns is called before. */
  add(timeoutMs: number, onPassed: () => void): () => void {
    const deadline = { atMs: this.#clock.monotonicMs() + timeoutMs, onPassed };
    this.#pending.add(deadline);
    if (deadline.atMs < this.#alarm.atMs) this.#alarm.set(deadline.atMs);
    return () => {
      if (this.#pending.delete(deadline) && this.#pending.size === 0) this.#alarm.set(Infinity);
    };
  }

  #check(): void {
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
    if (nextMs < this.#alarm.atMs) this.#alarm.set(nextMs);
  }
}

interface Deadline {
  readonly atMs: number;
  readonly onPassed: () => void;
}
