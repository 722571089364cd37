import { type ListedItem, type Token, tokenOf } from "./listed-item.js";
import type { PageRequest } from "./slice.js";

/** What the first page below a bound brought. */
interface FirstPage {
  /** Objects per second just below the bound. */
  readonly density: number;
  /** Null where it was empty. */
  readonly newest: Token | null;
  /** Unix seconds, inclusive: where it would have ended. */
  readonly from: number | null;
}

/** What the pages that were read tell of the others: how dense the account is where, and objects to read on from. */
export class SeenPages {
  readonly #horizon: number;
  readonly #below = new Map<number, FirstPage>();
  #newest: number | null = null;
  #oldestCreated = Infinity;
  /** The oldest objects seen that have a `created`, newest first. */
  #oldest: readonly Token[] = [];

  /** `horizon` in Unix seconds: no object is older. */
  constructor(horizon: number) {
    this.#horizon = horizon;
  }

  /** When the newest object was created. */
  get newest(): number | null {
    return this.#newest;
  }

  /** When the oldest object was created that was ever seen; Infinity where none was. */
  get oldestCreated(): number {
    return this.#oldestCreated;
  }

  /** The oldest object that has a `created` and is still there, as far as is known. */
  get oldest(): Token | null {
    return this.#oldest.at(-1) ?? null;
  }

  /** Objects per second just below a bound; null where no page began there. */
  densityBelow(bound: number): number | null {
    return this.#below.get(bound)?.density ?? null;
  }

  /** The newest object older than a second, as far as pages without a gap between them and the second tell. */
  newestOlderThan(second: number): Token | null {
    for (let bound: number | null = second; bound !== null;) {
      const page: FirstPage | undefined = this.#below.get(bound);
      if (page?.newest) return page.newest;
      bound = page?.from ?? null;
    }
    return null;
  }

  learn(request: PageRequest, items: readonly ListedItem[]): void {
    if (request.direction === "up") return;
    const first = items[0];
    const newest = first?.created ?? null;
    if (newest !== null && newest > (this.#newest ?? -Infinity)) this.#newest = newest;
    const dated = items.filter(({ created }) => created !== null);
    const last = dated.at(-1)?.created ?? Infinity;
    this.#oldestCreated = Math.min(this.#oldestCreated, last);
    if (dated.length > 0 && last <= (this.oldest?.created ?? Infinity)) {
      this.#oldest = [...this.#oldest, ...dated.slice(-ANCHORS).map(tokenOf)].slice(-ANCHORS);
    }
    if (request.until === null || this.#below.has(request.until)) return;
    this.#below.set(request.until, {
      density: densityBelow(request.until, request.from ?? this.#horizon, items),
      newest: first ? tokenOf(first) : null,
      from: request.from,
    });
  }

  /** An object is gone, and no place to read on from. */
  forget(id: string | undefined): void {
    this.#oldest = this.#oldest.filter((token) => token.id !== id);
  }
}

/** Few where the page begins with a gap, or is empty. */
function densityBelow(until: number, from: number, items: readonly ListedItem[]): number {
  const near = items[Math.min(NEAR, items.length) - 1]?.created;
  if (near === undefined || near === null) return 1 / Math.max(1, until - from);
  return Math.min(NEAR, items.length) / Math.max(1, until - near);
}

/** So many of the oldest objects are remembered: one of them will still be there when it is needed as a page token. */
const ANCHORS = 50;

/** So many objects tell the density at a bound: few make it half or twice what it is, and slices are cut in the wrong places. */
const NEAR = 40;
