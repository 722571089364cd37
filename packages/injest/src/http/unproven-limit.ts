/**
 * Holds back at first from what another client of the same account may be using.
 *
 * Nothing but a refusal tells that a limit is shared, and each takes a round trip to arrive: at the whole limit of 100 a
 * second and a latency of 0.3 s, 30 requests are refused before the first of them is known. So until a request well beyond
 * half of the limit was served, only a few go beyond it. That costs whoever has the account to himself one round trip.
 */
export class UnprovenLimit {
  /** What is taken at first. */
  readonly #half: number;
  #isProven = false;
  #refusals = 0;

  constructor(limitPerSecond: number) {
    this.#half = Math.floor(limitPerSecond / 2);
  }

  /** Requests that may be sent in a second. */
  get most(): number {
    return this.#isProven ? Infinity : this.#half + BEYOND;
  }

  /** What is left where no more is free: a little less than half, as nobody counts alike. */
  get rest(): number {
    return this.#half * 0.95;
  }

  /** How far a request goes beyond half, when the last second has so many with it; 0 where its answer tells nothing. */
  beyond(sentInSecond: number): number {
    return this.#isProven ? 0 : Math.max(0, sentInSecond - this.#half);
  }

  /** A request beyond half was refused; true where that tells that no more is free, and not of a hiccup. */
  refused(): boolean {
    this.#refusals += 1;
    return !this.#isProven && this.#refusals > 1;
  }

  /** A request was served that goes so far beyond half. The first of them may fit in where the next are refused. */
  served(beyond: number): void {
    if (beyond >= BEYOND) this.#isProven = true;
  }
}

const BEYOND = 3;
