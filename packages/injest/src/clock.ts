import { onAbort } from "./on-abort.js";

/**
 * Time as the source sees it: injected, so that tests and simulations never sleep.
 *
 * `wallMs` is this machine's own clock, which may be wrong and may jump; `monotonicMs` never goes back. What people are told goes
 * by `wallMs`, how a listing is divided, and whether the last run went by a wrong `Date` of the source's (`secondsMisdated`),
 * where a jump of it makes some events be read again. The time that is stored with a record comes from the source's server,
 * never from here.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch by this machine's clock. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. A sleep holds the process open until it ends. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const timer = setTimeout(() => {
        forgetSignal();
        resolve();
      }, delayMs);
      const forgetSignal = onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      });
    }),
};
