/** What a plan needs to know of the line to decide what comes next. */
export interface Pace {
  readonly requestsPerSecond: number;
  readonly latencySeconds: number;
}

/** Keeps guesses at where objects are from costing more requests than a reading may. */
export class GuessBudget {
  #pagesRead = 0;
  /** In pages: what those that came lacked. */
  #wasted = 0;

  get pagesRead(): number {
    return this.#pagesRead;
  }

  /** Pages that would have held all that was new. */
  get pagesFilled(): number {
    return this.#pagesRead - this.#wasted;
  }

  /** A page came with so many new objects, where it had room for more. */
  received(fresh: number, room: number): void {
    this.#pagesRead += 1;
    this.#wasted += Math.max(0, 1 - fresh / room);
  }

  /** `unanswered`: guesses on their way, of which some will have hit nothing. */
  allows(what: "a guess" | "a guess below a guess", pace: Pace, unanswered = 0): boolean {
    const most = WASTE.pages + WASTE.pagesPerSecondOfLatency * pace.latencySeconds;
    // An account of a few pages does not pay for many guesses.
    const first = WASTE.first + WASTE.firstAtOneSecond * pace.latencySeconds ** 2;
    const early = first + 2 * this.pagesFilled;
    const allowed = Math.min(most, early) + WASTE.share * this.#pagesRead;
    return this.#wasted + UNANSWERED * unanswered <= (what === "a guess" ? allowed : allowed * FAR);
  }
}

/** Pages that may be wasted: few at first, then some, more where the line is slow, and a share of those read. */
const WASTE = { first: 2, firstAtOneSecond: 10, pages: 12, pagesPerSecondOfLatency: 32, share: 0.09 };

/** In pages: what a guess that is not answered yet counts as wasted. */
const UNANSWERED = 0.5;

/** Guesses below guesses stop at this share of the waste that is allowed. */
const FAR = 0.15;
