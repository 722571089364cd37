/** A request that was sent, as its window knows it: that alone changes its times. */
export interface Sending {
  readonly sentAtMs: number;
  /** When it may have arrived: no sooner than it was sent. */
  readonly countedAtMs: number;
}

/**
 * The last requests sent, to keep any second from holding more of them than the vendor allows.
 *
 * It allows 5 ms more than a second for them: requests arrive never quite as far apart as they were sent, and a server
 * that counts by the millisecond would refuse half of those that are sent exactly at its limit.
 */
export class SendWindow {
  readonly #limit: number;
  /** In the order in which they count; no more than `#limit`, as older ones say nothing. */
  readonly #sendings: Sending[] = [];

  constructor(limitPerSecond: number) {
    // Below one a second the spacing alone keeps the limit.
    this.#limit = Math.max(1, Math.floor(limitPerSecond));
  }

  /** -Infinity where there is none. */
  get lastSentAtMs(): number {
    return this.#sendings.at(-1)?.sentAtMs ?? -Infinity;
  }

  /**
   * When the next one may go, seen from the one that is `limit` back, or `most`, if that is less; -Infinity where there
   * are fewer.
   */
  readyAtMs(most = Infinity): number {
    const before = this.#sendings.at(-Math.min(this.#limit, most));
    return before === undefined ? -Infinity : before.countedAtMs + SECOND_MS + MARGIN_MS;
  }

  add(nowMs: number): Sending {
    const sending = { sentAtMs: nowMs, countedAtMs: nowMs };
    if (this.#sendings.length === this.#limit) this.#sendings.shift();
    this.#sendings.push(sending);
    return sending;
  }

  /** It has left at that time only. */
  leftAt(sending: Sending, sentAtMs: number): void {
    this.#change(sending, { sentAtMs, countedAtMs: sentAtMs });
  }

  /** It may have arrived as late as that. */
  countAt(sending: Sending, countedAtMs: number): void {
    this.#change(sending, { ...sending, countedAtMs });
  }

  remove(sending: Sending): void {
    const index = this.#sendings.lastIndexOf(sending);
    if (index !== -1) this.#sendings.splice(index, 1);
  }

  #change(sending: Sending, times: Sending): void {
    const isKept = this.#sendings.includes(sending);
    this.remove(sending);
    const changed = Object.assign(sending, times);
    if (!isKept) return;
    const after = this.#sendings.findLastIndex((other) => other.countedAtMs <= times.countedAtMs) + 1;
    this.#sendings.splice(after, 0, changed);
  }

  /** Requests of the last second. */
  count(nowMs: number): number {
    let count = 0;
    while (count < this.#sendings.length && (this.#sendings.at(-1 - count)?.countedAtMs ?? 0) > nowMs - SECOND_MS)
      count++;
    return count;
  }
}

const SECOND_MS = 1000;
const MARGIN_MS = 5;
