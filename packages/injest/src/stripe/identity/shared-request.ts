import { onAbort } from "../../on-abort.js";

/**
 * One request that several wait for: it is made once, when the first asks, and for whom that is, and its result is kept; after
 * a failure the next who asks makes it anew. Whoever stops waiting leaves it to the others; it ends with the last of them.
 */
export class SharedRequest<T, Asker> {
  readonly #send: (asker: Asker, signal: AbortSignal) => Promise<T>;
  #underWay: UnderWay<T> | null = null;

  constructor(send: (asker: Asker, signal: AbortSignal) => Promise<T>) {
    this.#send = send;
  }

  /** Rejects with the signal's reason as soon as it aborts. */
  async result(asker: Asker, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const request = (this.#underWay ??= this.#start(asker));
    request.waiting += 1;
    if (!signal) return request.result;
    return new Promise((resolve, reject) => {
      const stay = onAbort(signal, () => {
        reject(signal.reason as Error);
        request.waiting -= 1;
        if (request.waiting > 0) return;
        if (this.#underWay === request) this.#underWay = null;
        request.abort.abort(signal.reason);
      });
      request.result.finally(stay).then(resolve, reject);
    });
  }

  #start(asker: Asker): UnderWay<T> {
    const abort = new AbortController();
    const request = { result: this.#send(asker, abort.signal), abort, waiting: 0 };
    request.result.catch(() => {
      if (this.#underWay === request) this.#underWay = null;
    });
    return request;
  }
}

interface UnderWay<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}
