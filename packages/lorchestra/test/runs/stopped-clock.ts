import type { Clock } from "injest";

/** A clock that moves only when it is told to; sleepers wake when their time comes. */
export interface StoppedClock extends Clock {
  advance(ms: number): void;
}

export function stoppedClock(startMs = Date.UTC(2026, 10, 24)): StoppedClock {
  let elapsedMs = 0;
  let sleepers: { wakesAtMs: number; wake: () => void }[] = [];
  return {
    wallMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        sleepers.push({ wakesAtMs: elapsedMs + delayMs, wake: resolve });
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      }),
    advance(ms) {
      elapsedMs += ms;
      const due = sleepers.filter(({ wakesAtMs }) => wakesAtMs <= elapsedMs);
      sleepers = sleepers.filter(({ wakesAtMs }) => wakesAtMs > elapsedMs);
      for (const { wake } of due) wake();
    },
  };
}
