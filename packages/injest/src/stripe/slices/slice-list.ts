import type { OpenRange } from "../list/open-range.js";
import { Slice } from "./slice.js";

/** The slices of a reading that are not finished. They do not overlap. What is asked for a slice is asked for one of them. */
export class SliceList {
  readonly #slices: Slice[];

  constructor(ranges: readonly OpenRange[]) {
    this.#slices = ranges
      .map((range) => new Slice(range))
      .sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity));
  }

  get newestFirst(): readonly Slice[] {
    return this.#slices;
  }

  /** The next older one; null below the oldest. */
  below(slice: Slice): Slice | null {
    return this.#slices[this.#slices.indexOf(slice) + 1] ?? null;
  }

  /** Adds what was cut off a slice. */
  putBelow(slice: Slice, older: Slice): void {
    this.#slices.splice(this.#slices.indexOf(slice) + 1, 0, older);
  }

  /** A slice was read to its end. */
  remove(slice: Slice): void {
    this.#slices.splice(this.#slices.indexOf(slice), 1);
  }
}
