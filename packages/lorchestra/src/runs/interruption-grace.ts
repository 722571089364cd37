import type { Clock } from "injest";

/** How long an interrupted job may still work: signals for what it does after it was asked to stop. */
export interface InterruptionGrace extends Disposable {
  /** Aborts at half of the time: looking for deleted rows ends, and the rest is for the commit. */
  readonly retrieving: AbortSignal;
  /** Aborts when the time is over: what is not committed by then is dropped. */
  readonly committing: AbortSignal;
}

/** Time runs from the moment that `interruption` aborts. Dispose it when the job has ended, or its timers hold the process. */
export function interruptionGrace(interruption: AbortSignal, clock: Clock, deadlineMs: number): InterruptionGrace {
  const retrieving = new AbortController();
  const committing = new AbortController();
  const ended = new AbortController();

  const abortAfter = async (controller: AbortController, delayMs: number): Promise<void> => {
    try {
      await clock.sleep(delayMs, ended.signal);
    } catch {
      return; // The job ended in time.
    }
    controller.abort(interruption.reason);
  };
  const start = (): void => {
    void abortAfter(retrieving, deadlineMs / 2);
    void abortAfter(committing, deadlineMs);
  };
  if (interruption.aborted) start();
  else interruption.addEventListener("abort", start, { once: true, signal: ended.signal });

  return {
    retrieving: retrieving.signal,
    committing: committing.signal,
    [Symbol.dispose]: () => ended.abort(),
  };
}
