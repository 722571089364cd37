import type { Clock } from "injest";

export interface DelayedAbort extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that aborts `delayMs` after `source` has, with its reason; where that has aborted already, time runs from now. Dispose it
 * when nobody needs it any more, or its timer holds the process.
 */
export function delayedAbort(source: AbortSignal, delayMs: number, clock: Pick<Clock, "sleep">): DelayedAbort {
  const delayed = new AbortController();
  const ended = new AbortController();
  const abortLater = async (): Promise<void> => {
    try {
      await clock.sleep(delayMs, ended.signal);
    } catch {
      return; // Nobody needs it any more.
    }
    delayed.abort(source.reason);
  };
  const start = (): void => void abortLater();
  if (source.aborted) start();
  else source.addEventListener("abort", start, { once: true, signal: ended.signal });
  return { signal: delayed.signal, [Symbol.dispose]: () => ended.abort() };
}
