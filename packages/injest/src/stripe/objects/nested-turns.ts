import type { Permit, RateLimiter } from "../../http/rate-limiter.js";
import { onAbort } from "../../on-abort.js";

/** Bytes of objects that are not handed on yet, all together. */
const MOST_HELD_BYTES = 16 * 1024 * 1024;

/** One object whose nested lists are being read. */
export interface NestedTurn {
  /** Leave to ask for the next page of one of its lists. Rejects with the signal's reason. */
  permit(endpoint: string, signal?: AbortSignal): Promise<Permit>;
  /** So many bytes more are kept for it, until it ends. */
  keep(sizeBytes: number): void;
  /** It waits for others now, and is not the first any more. */
  giveWay(): void;
  /** It is handed on, or given up. */
  end(): void;
}

interface Waiter {
  readonly place: number;
  readonly go: (permit: Permit) => void;
}

interface Lane {
  readonly waiting: Set<Waiter>;
  /** Ends the waiting for the limiter; null while nobody waits for it. */
  abort: AbortController | null;
}

/**
 * Decides, whenever the rate limiter has a request to give, which object's nested list is read on: that of the one that came first.
 *
 * So what was begun is finished before more is begun, objects become whole one after the other rather than all at the end, and
 * no more of them are half read than it takes to use the limit. Where these hold too many bytes all the same, because their
 * lists are long, only the first of them goes on until it is whole and handed on: memory does not grow with the lists.
 */
export class NestedTurns {
  readonly #limiter: RateLimiter;
  readonly #lanes = new Map<string, Lane>();
  /** Of those that have neither given way nor ended, in their order. */
  readonly #places = new Set<number>();
  #begun = 0;
  #keptBytes = 0;

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter;
  }

  /** An object comes after all that came before. */
  begin(): NestedTurn {
    const place = (this.#begun += 1);
    let ownBytes = 0;
    this.#places.add(place);
    const leave = (freedBytes: number): void => {
      this.#places.delete(place);
      this.#keptBytes -= freedBytes;
      for (const endpoint of this.#lanes.keys()) void this.#grant(endpoint);
    };
    return {
      permit: (endpoint, signal) => this.#permit(place, endpoint, signal),
      keep: (sizeBytes) => {
        ownBytes += sizeBytes;
        this.#keptBytes += sizeBytes;
      },
      giveWay: () => leave(0),
      end: () => {
        leave(ownBytes);
        ownBytes = 0;
      },
    };
  }

  #permit(place: number, endpoint: string, signal: AbortSignal | undefined): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const lane = this.#laneOf(endpoint);
      const stay = onAbort(signal, () => {
        lane.waiting.delete(waiter);
        if (lane.waiting.size === 0) lane.abort?.abort(NOBODY_WAITS);
        reject(signal?.reason as Error);
      });
      const waiter: Waiter = {
        place,
        go: (permit) => {
          stay();
          lane.waiting.delete(waiter);
          resolve(permit);
        },
      };
      lane.waiting.add(waiter);
      void this.#grant(endpoint);
    });
  }

  #laneOf(endpoint: string): Lane {
    let lane = this.#lanes.get(endpoint);
    if (lane === undefined) this.#lanes.set(endpoint, (lane = { waiting: new Set(), abort: null }));
    return lane;
  }

  /** Waits for the limiter once at a time, so that who goes is decided when it has a request to give, not before. */
  async #grant(endpoint: string): Promise<void> {
    const lane = this.#laneOf(endpoint);
    while (lane.abort === null && this.#nextIn(lane) !== undefined) {
      lane.abort = new AbortController();
      const permit = await this.#limiter.acquire(endpoint, lane.abort.signal).catch(() => null);
      lane.abort = null;
      const next = this.#nextIn(lane);
      if (permit !== null && next !== undefined) next.go(permit);
      else permit?.refund();
    }
  }

  #nextIn({ waiting }: Lane): Waiter | undefined {
    let next: Waiter | undefined;
    for (const waiter of waiting) if (next === undefined || waiter.place < next.place) next = waiter;
    const [first] = this.#places;
    return this.#keptBytes < MOST_HELD_BYTES || next?.place === first ? next : undefined;
  }
}

const NOBODY_WAITS = new Error("nobody waits for it any more");
