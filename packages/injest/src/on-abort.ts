/**
 * Calls back once as soon as the signal aborts; returns what takes that back. An aborted signal calls nothing.
 *
 * All that wait for one signal share one listener: an `EventTarget` looks through all of its listeners to add or remove
 * one, which each request would do several times.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return () => undefined;
  let hub = hubs.get(signal);
  if (hub === undefined) hubs.set(signal, (hub = new Hub(signal)));
  return hub.add(callback);
}

const hubs = new WeakMap<AbortSignal, Hub>();

class Hub {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<{ readonly callback: () => void }>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): () => void {
    const entry = { callback };
    if (this.#callbacks.size === 0) this.#signal.addEventListener("abort", this.#ring, { once: true });
    this.#callbacks.add(entry);
    return () => {
      // With a listener, a signal that was made of others is never let go of.
      if (this.#callbacks.delete(entry) && this.#callbacks.size === 0)
        this.#signal.removeEventListener("abort", this.#ring);
    };
  }

  readonly #ring = (): void => {
    const entries = [...this.#callbacks];
    // One at a time: a callback may take back another that is still to come.
    for (const entry of entries) if (this.#callbacks.delete(entry)) entry.callback();
  };
}
