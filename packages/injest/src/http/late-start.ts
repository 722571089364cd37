import type { SendWindow } from "./send-window.js";

/**
 * Counts a burst, and what follows it at once, for when it may have arrived, which the answers tell.
 *
 * Its requests leave together, on connections that are yet to be made and to a server that may have to wake up, and so
 * arrive later than they were sent, close to those that follow at the rate: of 20 a second after a burst of 4 that is
 * 90 ms late, the vendor meets 26 in one second. An answer that took longer than the account's quickest may tell of a
 * request that arrived that much later, and is here before the second is over. Where the endpoint is but slower than
 * others, that delays hardly anything: all of its requests count as later.
 */
export class LateStart {
  readonly #window: SendWindow;
  #beganAtMs = -Infinity;
  #answered: Answered[] = [];

  constructor(window: SendWindow) {
    this.#window = window;
  }

  /** A request leaves that may be the first of a burst. */
  begin(nowMs: number): void {
    this.#beganAtMs = nowMs;
    this.#answered = [];
  }

  /** A request of that time was answered; `leastMs` is the quickest answer of all so far. */
  answered(sentAtMs: number, latencyMs: number, leastMs: number): void {
    if (sentAtMs < this.#beganAtMs || sentAtMs > this.#beganAtMs + START_MS) return;
    this.#answered.push({ sentAtMs, latencyMs, countedAtMs: sentAtMs });
    for (const request of this.#answered) {
      const atMs = request.sentAtMs + request.latencyMs - leastMs;
      this.#window.move(request.countedAtMs, atMs);
      request.countedAtMs = atMs;
    }
  }
}

interface Answered {
  readonly sentAtMs: number;
  readonly latencyMs: number;
  countedAtMs: number;
}

/** Those that are sent while the first are still on their way may be met together with them; later answers tell it too late. */
const START_MS = 400;
