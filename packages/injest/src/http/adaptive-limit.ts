/**
 * A limit that gives way when the other side refuses requests, and feels its way up again.
 *
 * Refusals of requests that were under way together tell the same thing, and how many they are tells how much too high
 * the limit was: the first takes a step off, the second another two, the third three and so on, down to half at most.
 * With steps of 5 % of 25 requests a second, one that stands alone, as a server's hiccup can cause, costs little, while a
 * rival who takes half is given it within two round trips.
 *
 * Then the limit grows with the cube of the time: hardly at all at first, while it is about the value that was too high
 * a moment ago and a rival that stays would refuse again, and ever faster later, when the rival has left. It is 5 % up,
 * where it was refused, after 18 s, and doubles in 50 s. Against a rival who takes half of 25 a second, refusals settle
 * under 1 % of the requests with nine tenths of the rest in use; growth by 4 % a second to the last ceiling and 1 %
 * above it had 2 to 4 % of refusals.
 */
export class AdaptiveLimit {
  readonly max: number;
  readonly #min: number;
  readonly #step: number;
  /** What the limit fell to, and when. */
  #low: number;
  #lowAtMs = -Infinity;
  /** Of the refusals that belong together: the limit before them, and their number. */
  #before: number;
  #refusals = 0;

  /** `step` is the part that the first refusal takes off. */
  constructor(max: number, min: number, step: number) {
    this.max = max;
    this.#min = min;
    this.#step = step;
    this.#low = max;
    this.#before = max;
  }

  at(nowMs: number): number {
    if (this.#low >= this.max) return this.max;
    return Math.min(this.max, this.#low * (1 + ((nowMs - this.#lowAtMs) / DOUBLES_AFTER_MS) ** 3));
  }

  /** The limit is known to be no higher than this. */
  lower(nowMs: number, most: number): void {
    if (this.at(nowMs) <= most) return;
    this.#low = Math.max(most, this.#min);
    this.#before = this.#low;
    this.#refusals = 0;
    this.#lowAtMs = nowMs;
  }

  /** A request that was sent then was refused. `inForce` is what was in use, where that is less than the limit. */
  refused(nowMs: number, sentAtMs: number, inForce = Infinity): void {
    const limit = Math.min(this.at(nowMs), inForce);
    if (sentAtMs > this.#lowAtMs) {
      this.#before = limit;
      this.#refusals = 0;
    }
    this.#refusals++;
    this.#low = Math.max(limit * (1 - this.#step * this.#refusals), this.#before * LEAST_PART, this.#min);
    this.#lowAtMs = nowMs;
  }
}

const LEAST_PART = 0.5;
const DOUBLES_AFTER_MS = 50_000;
