/** Bytes that a page should have at most: objects of 10 MB come one by one, so that memory stays flat. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** Bytes of all pages on their way together. */
const UNDER_WAY_BYTES = 48 * 1024 * 1024;
/** https://docs.stripe.com/api/pagination */
export const PAGE_MOST = 100;
const MOST_UNDER_WAY = 128;

/** How long the answer to a request for so many objects may be: of fewer there is a shorter one. */
export function maxBodyBytes(limit: number): number | undefined {
  return limit > 1 ? 4 * PAGE_BYTES : undefined;
}

/** How many objects to ask for at a time, and how many pages at once, by the size of those that came. */
export class PageSize {
  #objectBytes = 0;
  #limit = PAGE_MOST;

  get limit(): number {
    return this.#limit;
  }

  get mostUnderWay(): number {
    const pageBytes = Math.max(1, this.#objectBytes * this.#limit);
    return Math.max(1, Math.min(MOST_UNDER_WAY, Math.floor(UNDER_WAY_BYTES / pageBytes)));
  }

  learn(pageBytes: number, objects: number): void {
    if (objects === 0) return;
    const measured = pageBytes / objects;
    this.#objectBytes = Math.max(measured, this.#objectBytes * 0.9);
    this.#limit = Math.max(1, Math.min(PAGE_MOST, Math.floor(PAGE_BYTES / this.#objectBytes)));
  }

  /** A page of this many was too large to be taken. False when it held a single object: there is no smaller page. */
  shrink(limit: number): boolean {
    if (limit <= 1) return false;
    this.#limit = Math.max(1, Math.min(this.#limit, Math.floor(limit / 4)));
    this.#objectBytes = Math.max(this.#objectBytes, PAGE_BYTES / this.#limit);
    return true;
  }
}
