import type { Clock } from "injest";

/**
 * The time of a simulation: it stands still while anything can still happen, and then jumps to the next sleeper.
 *
 * Sockets, streams and promises are JavaScript and settle within turns of the event loop. What runs outside of it (a
 * database's threads) goes through `outside`: its results are handed over one by one, in the order in which they were asked
 * for, and only when all else has come to rest. So a simulation takes the same course each time, however busy the machine is.
 */
export class VirtualTime {
  #nowMs: number;
  #sequence = 0;
  #activity = 0;
  readonly #sleepers: Sleeper[] = [];
  readonly #outside: (() => Promise<void>)[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Milliseconds since the epoch, by the clock of the source. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Lets time pass in which nothing is under way. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  /** Says that something is on its way that an idle event loop does not show yet. */
  touch(): void {
    this.#activity += 1;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.touch();
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const wake = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { wakesAtMs: this.#nowMs + Math.max(0, delayMs), sequence: (this.#sequence += 1), wake };
      const abort = (): void => {
        const at = this.#sleepers.indexOf(sleeper);
        if (at !== -1) this.#sleepers.splice(at, 1);
        reject(signal?.reason as Error);
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Does work that JavaScript does not see; its result arrives in its turn. */
  outside<T>(work: () => Promise<T>): Promise<T> {
    this.touch();
    const ended = work().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return new Promise((resolve, reject) => {
      this.#outside.push(async () => {
        const result = await ended;
        try {
          resolve(result());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Lets everything happen until `task` has ended. Throws when it can never end, or takes longer than `mostMs`. */
  async until<T>(task: Promise<T>, mostMs: number): Promise<T> {
    const endsAtMs = this.#nowMs + mostMs;
    let ended = false;
    const watched = task.finally(() => (ended = true));
    watched.catch(() => undefined);
    for (;;) {
      await this.#settled();
      if (ended) return watched;
      const arrival = this.#outside.shift();
      if (arrival !== undefined) {
        await arrival();
        continue;
      }
      const next = this.#takeEarliest();
      if (next === undefined) throw new Error("it hangs: nothing is under way and nobody waits for a time");
      if (next.wakesAtMs > endsAtMs) throw new Error(`it takes longer than ${mostMs / 1000} s`);
      this.#nowMs = Math.max(this.#nowMs, next.wakesAtMs);
      next.wake();
    }
  }

  /** A machine's clock in this time; its wall clock is off by `skewMs`. */
  clock(skewMs: number): Clock {
    const startMs = this.#nowMs;
    return {
      wallMs: () => this.#nowMs + skewMs,
      monotonicMs: () => this.#nowMs - startMs,
      sleep: (delayMs, signal) => this.sleep(delayMs, signal),
    };
  }

  #takeEarliest(): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (earliest === undefined || isBefore(sleeper, earliest)) earliest = sleeper;
    }
    if (earliest !== undefined) this.#sleepers.splice(this.#sleepers.indexOf(earliest), 1);
    return earliest;
  }

  /** Some turns of the event loop in a row in which nothing new began. */
  async #settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      const before = this.#activity;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.#activity === before ? quiet + 1 : 0;
    }
  }
}

interface Sleeper {
  readonly wakesAtMs: number;
  /** Of two that wake at the same time the one that fell asleep first is the first. */
  readonly sequence: number;
  readonly wake: () => void;
}

/** The HTTP client and server pass a request on within two turns. */
const QUIET_TURNS = 4;

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.wakesAtMs < other.wakesAtMs || (one.wakesAtMs === other.wakesAtMs && one.sequence < other.sequence);
}
