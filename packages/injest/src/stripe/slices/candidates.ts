import type { Slice } from "./slice.js";

/** A slice that the next page may be asked of, or that may be split. */
export interface Candidate {
  readonly slice: Slice;
  /** Objects that probably follow the page on its way. */
  readonly left: number;
}

/** The slices of a reading by what can be done with them. A crowded one counts, but is no candidate: nothing can split it. */
export interface Candidates {
  /** Objects that are probably left in all. */
  readonly left: number;
  /** Slices of which a page is on its way. */
  readonly busy: number;
  /** Of these, the ones of which nothing is known: the page was a guess. */
  readonly guesses: number;
  /** Of those without a page on its way, the one with most left. */
  readonly idle: Candidate | null;
  readonly newestIdle: Candidate | null;
  /** Of those with one, the one with most left; of which something is known, and of which nothing is. */
  readonly proven: Candidate | null;
  readonly guessed: Candidate | null;
}

/** Finds the candidates among all slices of a reading; `leftOf` tells how many objects probably follow a slice's page on its way. */
export function candidatesAmong(newestFirst: readonly Slice[], leftOf: (slice: Slice) => number): Candidates {
  let left = 0;
  let busy = 0;
  let guesses = 0;
  let idle: Candidate | null = null;
  let newestIdle: Candidate | null = null;
  let proven: Candidate | null = null;
  let guessed: Candidate | null = null;
  for (const slice of newestFirst) {
    if (slice.isExhausted) continue;
    const candidate = { slice, left: leftOf(slice) };
    left += Math.max(0, candidate.left);
    if (slice.inFlight) busy += 1;
    if (slice.isCrowded) continue;
    if (!slice.inFlight) {
      idle = longer(idle, candidate);
      newestIdle ??= candidate;
    } else if (slice.pages > 0 || slice.newestForeseen !== null) proven = longer(proven, candidate);
    else {
      guesses += 1;
      guessed = longer(guessed, candidate);
    }
  }
  return { left, busy, guesses, idle, newestIdle, proven, guessed };
}

/** The one with more left; of two alike, the first. */
export function longer(a: Candidate | null, b: Candidate | null): Candidate | null {
  return !a || (b && b.left > a.left) ? b : a;
}
