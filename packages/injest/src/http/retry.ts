import type { Clock } from "../clock.js";

/** What a failed attempt means for the next. */
export type Verdict =
  | {
      readonly retry: true;
      /** A word for progress lines and counts: "timeout", "429", … */
      readonly reason: string;
      /** The least time to wait, as the other side asks. */
      readonly retryAfterMs?: number;
    }
  | { readonly retry: false };

export interface RetryOptions {
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** Judges what an attempt threw; must not throw. */
  readonly judge: (failure: unknown) => Verdict;
  /** For all attempts and the waiting between them. */
  readonly deadlineMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends the waiting with the signal's reason; an attempt has to see to itself. */
  readonly signal?: AbortSignal;
  /** Called before each wait. */
  readonly onRetry?: (retry: { reason: string; delayMs: number }) => void;
}

/** The mean of the first wait is half of this; it doubles with each failure. */
const FIRST_CEILING_MS = 500;
/** Long enough to let an outage pass, short enough to try several times within two minutes. */
const LAST_CEILING_MS = 16_000;

/**
 * Calls `attempt` until it returns, or throws what is judged final.
 *
 * Waits between attempts with exponential backoff and full jitter: anything from nothing to a ceiling that doubles, so
 * that many requests that failed together do not come back together. `remainingMs` is the time to the deadline: an
 * attempt must not take longer. Rejects with the last failure as soon as the next wait would end after the deadline; with
 * the one before where the deadline ended the last attempt, which then says nothing of the other side.
 */
export async function retry<T>(attempt: (remainingMs: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, judge, deadlineMs, random, signal, onRetry } = options;
  const deadlineAtMs = clock.monotonicMs() + deadlineMs;
  let before: { readonly failure: unknown } | null = null;
  for (let ceilingMs = FIRST_CEILING_MS; ; ceilingMs = Math.min(LAST_CEILING_MS, 2 * ceilingMs)) {
    signal?.throwIfAborted();
    try {
      return await attempt(deadlineAtMs - clock.monotonicMs());
    } catch (failure) {
      const verdict = judge(failure);
      if (!verdict.retry) throw failure;
      if (before !== null && clock.monotonicMs() >= deadlineAtMs) throw before.failure;
      before = { failure };
      const delayMs = Math.max(verdict.retryAfterMs ?? 0, Math.round(random() * ceilingMs));
      if (clock.monotonicMs() + delayMs >= deadlineAtMs) throw failure;
      onRetry?.({ reason: verdict.reason, delayMs });
      await clock.sleep(delayMs, signal);
    }
  }
}
