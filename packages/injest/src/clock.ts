import { onAbort } from "./on-abort.js";

/**
 * Time as the source sees it: injected, so that tests and simulations never sleep.
 *
 * `wallMs` is this machine's own clock, which may be wrong and may jump; `monotonicMs` never goes back. What people are told goes
 * by `wallMs`, and how a listing is divided; and where it is behind the source's, which may be wrong as well, up to when a read was
 * good (`secondReached`): some of it is then read again. The time that is stored with a record comes from the source's
 * server, never from here.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch by this machine's clock. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. A sleep holds the process open until it ends, which it does after 24 days at the latest. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      // What is longer than a timer can count would end after 1 ms.
      const timer = setTimeout(
        () => {
          forgetSignal();
          resolve();
        },
        Math.min(delayMs, LONGEST_SLEEP_MS),
      );
      const forgetSignal = onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      });
    }),
};

/** https://nodejs.org/docs/latest-v20.x/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;
