import type { Clock } from "../../src/clock.js";

/**
 * Time for a reader and a sandbox in one process: it stands still while anything happens, and jumps to the next sleeper
 * when nothing does. Nothing sleeps for real, and runs repeat.
 */
export class SteppedClock implements Clock {
  readonly #startMs: number;
  /** By which the machine's own clock is wrong. */
  skewMs = 0;
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];
  #uses = 0;
  readonly #waitedFor = new Set<Promise<unknown>>();
  #driving: Promise<void> | null = null;

  constructor(startMs = Date.UTC(2026, 10, 24)) {
    this.#startMs = startMs;
  }

  readonly now = (): number => {
    this.#uses += 1;
    return this.#startMs + this.#elapsedMs;
  };

  wallMs(): number {
    return this.now() + this.skewMs;
  }

  /** From another start than the wall's, and with fractions, as in life. */
  monotonicMs(): number {
    this.#uses += 1;
    return this.#elapsedMs + 1234.5678;
  }

  /** For a reader. */
  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#uses += 1;
      if (signal?.aborted) return reject(signal.reason as Error);
      const sleeper = { wakesAtMs: this.#elapsedMs + Math.max(0, delayMs), wake };
      const sleepers = this.#sleepers;
      const place = sleepers.findLastIndex(({ wakesAtMs }) => wakesAtMs <= sleeper.wakesAtMs);
      sleepers.splice(place + 1, 0, sleeper);
      const abandon = (): void => {
        this.#uses += 1;
        const at = this.#sleepers.indexOf(sleeper);
        if (at !== -1) this.#sleepers.splice(at, 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", abandon, { once: true });
      function wake(): void {
        signal?.removeEventListener("abort", abandon);
        resolve();
      }
    });

  /** For a sandbox, whose sleeps end early without an error. */
  readonly sleepOrWake = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    this.sleep(delayMs, signal).catch(() => undefined);

  /** Lets time pass in which nothing happens. */
  advance(ms: number): void {
    this.#elapsedMs += ms;
  }

  /** Lets everything happen until `work` has ended. Throws when it waits for nothing that time could bring. */
  run<T>(work: Promise<T>): Promise<T> {
    this.#waitedFor.add(work);
    const over = (): void => void this.#waitedFor.delete(work);
    work.then(over, over);
    this.#driving ??= this.#drive().finally(() => (this.#driving = null));
    return Promise.race([work, this.#driving.then(() => work)]);
  }

  async #drive(): Promise<void> {
    for (;;) {
      await this.#quiet();
      if (this.#waitedFor.size === 0) return;
      const next = this.#sleepers[0];
      if (next === undefined) {
        if (await this.#stirs()) continue;
        if (this.#waitedFor.size === 0) return;
        this.#waitedFor.clear();
        throw new Error("it waits for something that does not come");
      }
      const jumpMs = next.wakesAtMs - this.#elapsedMs;
      // A long jump ends attempts: make sure that no answer is on its way.
      if (jumpMs >= LONG_JUMP_MS && (await this.#stirs())) continue;
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakesAtMs);
      next.wake();
    }
  }

  /** Resolves when nobody has looked at the clock for some turns of the event loop: what travels on loopback has arrived. */
  async #quiet(): Promise<void> {
    for (let turns = 0, uses = this.#uses; turns < QUIET_TURNS && this.#waitedFor.size > 0; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (uses !== this.#uses) turns = 0;
      uses = this.#uses;
    }
  }

  async #stirs(): Promise<boolean> {
    const uses = this.#uses;
    await realMs(10);
    return uses !== this.#uses;
  }
}

interface Sleeper {
  readonly wakesAtMs: number;
  readonly wake: () => void;
}

const QUIET_TURNS = 12;
const LONG_JUMP_MS = 4_000;

/** Not a wait for a result, but for the kernel to hand over what it has. */
function realMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
