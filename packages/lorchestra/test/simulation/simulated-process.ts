import type { Moment, MomentAction } from "./moments.js";
import type { VirtualTime } from "./virtual-time.js";

/**
 * A process that can be killed between any two things that it does.
 *
 * In one real process nothing can be killed; so whatever a run does to the outside goes through here, and once it is
 * dead, nothing of it is done any more and nothing is answered: its code stands still for ever, with all of its
 * clean-up, as that of a killed process does.
 */
export class SimulatedProcess {
  readonly interruption = new AbortController();
  /** Resolves when the process is killed. */
  readonly death: Promise<void>;
  readonly #time: VirtualTime;
  readonly #moments: readonly Moment[];
  readonly #act: (action: MomentAction) => void;
  readonly #underWay = new Set<Promise<unknown>>();
  #isDead = false;
  #passed = 0;
  #passedInCommits = 0;
  #refuses = 0;
  #die: () => void = () => undefined;

  /** `act` does what concerns more than the process itself. */
  constructor(time: VirtualTime, moments: readonly Moment[], act: (action: MomentAction) => void) {
    this.#time = time;
    this.#moments = moments;
    this.#act = act;
    this.death = new Promise((resolve) => (this.#die = resolve));
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Something that the process did: a moment for what comes from outside. */
  pass(isInCommit = false): void {
    if (this.#isDead) return;
    this.#passed += 1;
    if (isInCommit) this.#passedInCommits += 1;
    for (const { at, inCommits = false, action } of this.#moments) {
      if (inCommits ? isInCommit && at === this.#passedInCommits : at === this.#passed) this.#take(action);
    }
  }

  /** Does something outside of the process, if it still lives, and answers if it then still does. Null: it cannot be refused. */
  async perform<T>(work: () => Promise<T>, refusal: (() => Error) | null): Promise<T> {
    this.pass();
    if (this.#isDead) return forever();
    if (this.#refuses > 0 && refusal !== null) {
      this.#refuses -= 1;
      throw refusal();
    }
    const result = this.#time.outside(() => {
      const working = work();
      const ended = working.catch(() => undefined).finally(() => this.#underWay.delete(ended));
      this.#underWay.add(ended);
      return working;
    });
    try {
      return await result;
    } finally {
      this.pass();
      if (this.#isDead) await forever();
    }
  }

  /** What was begun before the process died ends as if it had not: a disk does not forget half of a write. */
  async atRest(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #take(action: MomentAction): void {
    if (action.kind === "kill") {
      this.#isDead = true;
      this.#die();
    } else if (action.kind === "interrupt") {
      this.interruption.abort(new Error("SIGINT"));
    } else if (action.kind === "refuse") {
      this.#refuses += 1;
    } else {
      this.#act(action);
    }
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
