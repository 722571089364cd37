/**
 * A limit that steps back when the other side objects, and feels its way up again.
 *
 * Each step back multiplies it by 0.85 and remembers where it stood: that ceiling was too much a moment ago. Below the
 * ceiling it grows by 4 % a second, so that a lone burst of a rival costs some seconds; above it by 1 % a second, so
 * that a rival who stays is met seldom. It never exceeds `max`.
 */
export class AdaptiveLimit {
  readonly max: number;
  readonly #min: number;
  #ceiling: number;
  #value: number;
  #setAtMs = 0;

  constructor(max: number, min: number) {
    this.max = max;
    this.#min = min;
    this.#ceiling = max;
    this.#value = max;
  }

  at(nowMs: number): number {
    if (this.#value >= this.max) return this.max;
    const elapsedSeconds = (nowMs - this.#setAtMs) / 1000;
    const toCeilingSeconds = Math.max(0, Math.log(this.#ceiling / this.#value) / LOG_FAST);
    if (elapsedSeconds <= toCeilingSeconds) return this.#value * Math.exp(LOG_FAST * elapsedSeconds);
    const ceiling = Math.max(this.#ceiling, this.#value);
    return Math.min(this.max, ceiling * Math.exp(LOG_SLOW * (elapsedSeconds - toCeilingSeconds)));
  }

  /** `inForce` is what was really used, where that is less than the limit. */
  stepBack(nowMs: number, inForce = this.at(nowMs)): void {
    this.#ceiling = Math.min(this.at(nowMs), inForce);
    this.#value = Math.max(this.#min, this.#ceiling * STEP_BACK);
    this.#setAtMs = nowMs;
  }
}

const STEP_BACK = 0.85;
const LOG_FAST = Math.log(1.04);
const LOG_SLOW = Math.log(1.01);
