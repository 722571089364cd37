import { ageAfter, densityAt, objectsIn, type Stretch } from "./density.js";
import type { SeenPages } from "./seen-pages.js";
import type { Slice } from "./slice.js";

/** Where to cut a slice in two. */
export interface Cut {
  /** Unix seconds: what is older goes into the lower part. */
  readonly second: number;
  /** Objects per second that the lower part probably begins with. */
  readonly density: number;
}

/** What is probably left of slices, by how dense the pages that were read are. */
export class Outlook {
  readonly #seen: SeenPages;
  readonly #horizon: number;
  /** Objects a page holds at most. */
  pageLimit: number;
  /** The line has room for a wrong guess. */
  isWideLine = false;

  /** `horizon` in Unix seconds: no object is older. */
  constructor(seen: SeenPages, horizon: number, pageLimit: number) {
    this.#seen = seen;
    this.#horizon = horizon;
    this.pageLimit = pageLimit;
  }

  /** Objects that follow the page on its way, by what is known of the density: below none where it has room for more. */
  left(slice: Slice): number {
    const stretch = this.#stretch(slice, this.#top(slice));
    if (!stretch) return slice.inFlight ? 0 : this.pageLimit;
    return objectsIn(stretch) - (slice.inFlight ? this.pageLimit : 0);
  }

  /** Objects that are still to come, those of the page on its way among them. */
  toCome(slice: Slice): number {
    return Math.max(0, this.left(slice) + (slice.inFlight ? this.pageLimit : 0));
  }

  /** Where half of what follows the page on its way lies on either side; null where that is not known, or nowhere. */
  middle(slice: Slice): Cut | null {
    const left = this.left(slice);
    const onItsWay = slice.inFlight ? this.pageLimit : 0;
    // Halves of little more than a page both fit into one.
    return this.#cutBelow(slice, left < this.pageLimit / 2 ? (onItsWay + left) / 2 : onItsWay + left / 2);
  }

  /** Where the oldest of so many equal parts begins that each surely fits into a page; null where `middle` is. */
  lastPart(slice: Slice): Cut | null {
    const toCome = this.left(slice) + (slice.inFlight ? this.pageLimit : 0);
    const parts = Math.ceil(toCome / (FILL * this.pageLimit));
    return parts <= 2 ? this.middle(slice) : this.#cutBelow(slice, toCome - toCome / parts);
  }

  /** So many objects are to stay above the cut. */
  #cutBelow(slice: Slice, kept: number): Cut | null {
    const top = this.#top(slice);
    const stretch = this.#stretch(slice, top);
    if (!stretch) return null;
    const age = ageAfter(stretch, kept);
    const lowest = slice.from ?? this.#horizon;
    const second = Math.min(top - 1, Math.max(lowest + 1, Math.floor(top - age)));
    if (!Number.isFinite(second) || second <= lowest || second >= top) return null;
    return { second, density: densityAt(stretch, top - second) };
  }

  #top(slice: Slice): number {
    return slice.token?.created ?? slice.newestForeseen ?? slice.until ?? this.#seen.newest ?? this.#horizon;
  }

  #stretch(slice: Slice, top: number): Stretch | null {
    if (slice.density === null) return null;
    const { from } = slice;
    const below = from === null ? null : this.#seen.densityBelow(from);
    const steepest = this.isWideLine ? STEEPEST.wide : STEEPEST.usual;
    return {
      spanSeconds: from === null ? null : Math.max(1, top - from),
      newest: slice.density,
      oldest: below === null ? null : Math.max(below, slice.density * steepest),
      horizonSeconds: top - this.#horizon,
    };
  }
}

/** A gap below says little of how far this side of it objects go on: no steeper a decline than to this share is assumed. */
const STEEPEST = { usual: 0.2, wide: 0.7 };

/** Of a page: where densities were guessed, so much is expected of a part that is to fit into one. */
const FILL = 0.8;
