import type { Slice } from "./slice.js";

/** A slice that the next page may be asked of, or that may be split. */
export interface Candidate {
  readonly slice: Slice;
  /** Objects that probably follow the page on its way. */
  readonly left: number;
}

/** The one with more left; of two alike, the first. */
export function longer(a: Candidate | null, b: Candidate | null): Candidate | null {
  return !a || (b && b.left > a.left) ? b : a;
}
