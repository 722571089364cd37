import type { Sending, SendWindow } from "./send-window.js";

/**
 * Counts requests for when they may have arrived, which their answers tell, and no answer where one was due.
 *
 * What leaves after a rest goes together, on connections that are yet to be made and to a server that may have to wake
 * up, and so arrives later than it was sent, close to what follows at the rate: of 20 a second after a burst of 4 that is
 * 90 ms late, the vendor meets 26 in one second. How much later an answer comes than the quickest of all tells how late its
 * request may have been. Where the endpoint is but slower than others, that delays hardly anything: all of its first
 * requests count as later.
 *
 * Later on a request may still be held up for some milliseconds by a process or a server that is busy, and at the whole
 * limit the one that follows it by a second would be refused: it counts as late as its answer is later than the endpoint's
 * quickest, but no more than `JITTER_MS`, as answers that take longer still have other reasons.
 */
export class Lateness {
  readonly #window: SendWindow;
  #restEndedAtMs = -Infinity;
  #quickestOfAllMs = Infinity;
  /** Oldest first. */
  readonly #unanswered = new Map<Sending, Expectation>();
  /** Those that left after the last rest: a quicker answer may yet tell that they were later. */
  #answered: { readonly sending: Sending; readonly latencyMs: number; readonly expected: Expectation }[] = [];

  constructor(window: SendWindow) {
    this.#window = window;
  }

  /** A request leaves. `quickestMs`: the endpoint's quickest answer of late; null before its first. */
  sent(sending: Sending, isFirstAfterRest: boolean, quickestMs: number | null): void {
    if (isFirstAfterRest) {
      this.#restEndedAtMs = sending.sentAtMs;
      this.#answered = [];
    }
    const isStart = sending.sentAtMs <= this.#restEndedAtMs + START_MS;
    this.#unanswered.set(sending, {
      quickestMs: isStart ? null : quickestMs,
      mostMs: isStart ? START_MOST_MS : JITTER_MS,
    });
  }

  /** Its answer has come; `quickestOfAllMs` is the quickest of all endpoints so far. */
  answered(sending: Sending, latencyMs: number, quickestOfAllMs: number): void {
    const expected = this.#unanswered.get(sending);
    this.forget(sending);
    this.#quickestOfAllMs = quickestOfAllMs;
    if (!expected) return;
    if (expected.mostMs === JITTER_MS) return this.#count(sending, latencyMs, expected);
    this.#answered.push({ sending, latencyMs, expected });
    for (const early of this.#answered) this.#count(early.sending, early.latencyMs, early.expected);
  }

  /** It has no answer, or none that tells anything. */
  forget(sending: Sending): void {
    this.#unanswered.delete(sending);
  }

  /** Counts those whose answers are overdue as late as that tells by now. */
  lookAt(nowMs: number): void {
    for (const [sending, expected] of this.#unanswered) this.#count(sending, nowMs - sending.sentAtMs, expected);
  }

  #count(sending: Sending, latencyMs: number, { quickestMs, mostMs }: Expectation): void {
    const atMs = sending.sentAtMs + Math.min(mostMs, latencyMs - (quickestMs ?? this.#quickestOfAllMs));
    if (atMs > sending.countedAtMs) this.#window.countAt(sending, atMs);
  }
}

interface Expectation {
  /** Null: as quick as the quickest of all. */
  readonly quickestMs: number | null;
  /** So late it may count at most. */
  readonly mostMs: number;
}

/** Those that are sent while the first are still on their way may be met together with them; later answers tell it too late. */
const START_MS = 400;

/** So late they may count at most: of an answer that takes longer than that, its request is not the reason. */
const START_MOST_MS = 500;
const JITTER_MS = 20;
