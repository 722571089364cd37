import type { Clock } from "injest";
import { delayedAbort } from "../../delayed-abort.js";

/** How long an interrupted job may still work: signals for what it does after it was asked to stop. */
export interface InterruptionGrace extends Disposable {
  /** Aborts at half of the time: looking for deleted rows ends, and the rest is for the commit. */
  readonly retrieving: AbortSignal;
  /** Aborts when the time is over: what is not committed by then is dropped. */
  readonly committing: AbortSignal;
}

/** Time runs from the moment that `interruption` aborts. Dispose it when the job has ended, or its timers hold the process. */
export function interruptionGrace(interruption: AbortSignal, clock: Clock, deadlineMs: number): InterruptionGrace {
  const retrieving = delayedAbort(interruption, deadlineMs / 2, clock);
  const committing = delayedAbort(interruption, deadlineMs, clock);
  return {
    retrieving: retrieving.signal,
    committing: committing.signal,
    [Symbol.dispose]: () => {
      retrieving[Symbol.dispose]();
      committing[Symbol.dispose]();
    },
  };
}
