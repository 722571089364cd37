/**
 * The times of the last requests sent, to keep any second from holding more of them than the vendor allows.
 *
 * It allows 5 ms more than a second for them: requests arrive never quite as far apart as they were sent, and a server
 * that counts by the millisecond would refuse half of those that are sent exactly at its limit.
 */
export class SendWindow {
  readonly #limit: number;
  /** Ascending; no more than `#limit`, as older ones say nothing. */
  readonly #sentAtMs: number[] = [];

  constructor(limitPerSecond: number) {
    // Below one a second the spacing alone keeps the limit.
    this.#limit = Math.max(1, Math.floor(limitPerSecond));
  }

  /** When the next one may go, seen from the one that is `limit` back, or `most`, if that is less. */
  readyAtMs(most = Infinity): number {
    const before = this.#sentAtMs.at(-Math.min(this.#limit, most));
    return before === undefined ? 0 : before + SECOND_MS + MARGIN_MS;
  }

  add(nowMs: number): void {
    if (this.#sentAtMs.length === this.#limit) this.#sentAtMs.shift();
    this.#sentAtMs.push(nowMs);
  }

  /** Takes one for a later one. */
  move(sentAtMs: number, laterMs: number): void {
    const index = this.#sentAtMs.lastIndexOf(sentAtMs);
    if (index === -1) return;
    this.#sentAtMs.splice(index, 1);
    const after = this.#sentAtMs.findLastIndex((atMs) => atMs <= laterMs) + 1;
    this.#sentAtMs.splice(after, 0, laterMs);
  }

  remove(sentAtMs: number): void {
    const index = this.#sentAtMs.lastIndexOf(sentAtMs);
    if (index !== -1) this.#sentAtMs.splice(index, 1);
  }

  /** Requests of the last second. */
  count(nowMs: number): number {
    let count = 0;
    while (count < this.#sentAtMs.length && (this.#sentAtMs.at(-1 - count) ?? 0) > nowMs - SECOND_MS) count++;
    return count;
  }
}

const SECOND_MS = 1000;
const MARGIN_MS = 5;
