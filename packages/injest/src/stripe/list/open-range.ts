import type { Token } from "../slices/listed-item.js";

/** A part of a listing that is still to be read, as a cursor keeps it. */
export interface OpenRange {
  /** Unix seconds, inclusive; null: down to the oldest object, and those without `created`. */
  readonly from: number | null;
  /** Unix seconds, exclusive; null: up to now. `NOTHING_DATED`: only objects without `created` are left. */
  readonly until: number | null;
  /** Begins beyond this object, if it is still there; spares reading a second again. */
  readonly after: ResumePoint | null;
}

/** Where a reading goes on: beyond this object. */
export interface ResumePoint extends Token {
  /** Others of its second that were read; null where they are too many to remember, or not known. */
  readonly beside: readonly string[] | null;
}

/** No object is older than 1970: a range that ends there holds none that has a `created`. */
export const NOTHING_DATED = 0;

export const EVERYTHING: OpenRange = { from: null, until: null, after: null };

/** What was created at a Unix second or later. */
export function newerThan(second: number): OpenRange {
  return { from: second, until: null, after: null };
}
