import type { PageQuery } from "../../../src/stripe/listing.js";
import type { ListedItem } from "../../../src/stripe/slices/listed-item.js";

/** What a listing answers, or that the object which the request's token names is gone. */
export type ModelAnswer = { readonly items: readonly ListedItem[]; readonly hasMore: boolean } | "token lost";

/**
 * A list endpoint as Stripe documents it, without HTTP: newest first, objects without `created` last and in no filtered
 * list, tokens that name objects.
 */
export class AccountModel {
  /** Newest first. */
  readonly #items: ListedItem[];
  #places: Map<string, number> | null = null;

  /** Objects with these `created`, which keep their order within a second. */
  constructor(created: readonly (number | null)[]) {
    this.#items = created
      .map((second, index) => ({ id: `obj_${index}`, created: second }))
      .sort((a, b) => (b.created ?? -Infinity) - (a.created ?? -Infinity));
  }

  get items(): readonly ListedItem[] {
    return this.#items;
  }

  answer(request: PageQuery, limit: number): ModelAnswer {
    const isFiltered = request.from !== null || request.until !== null;
    const begin = request.until === null ? 0 : this.#countSince(request.until);
    const end = isFiltered ? this.#countSince(request.from ?? -Infinity) : this.#items.length;
    if (request.token === null) return cut(this.#items, begin, end, limit);
    const at = this.#place(request.token.id);
    if (at === -1) return "token lost";
    if (request.direction === "down") return cut(this.#items, Math.max(begin, at + 1), end, limit);
    const last = Math.min(end, at);
    const first = Math.max(begin, last - limit);
    return { items: this.#items.slice(first, Math.max(first, last)), hasMore: first > begin };
  }

  remove(id: string): void {
    const at = this.#place(id);
    if (at !== -1) this.#items.splice(at, 1);
    this.#places = null;
  }

  /** Puts a new object on top of its second. */
  add(item: ListedItem): void {
    this.#items.splice(this.#countSince((item.created ?? -Infinity) + 1), 0, item);
    this.#places = null;
  }

  #place(id: string): number {
    this.#places ??= new Map(this.#items.map((item, index) => [item.id, index]));
    return this.#places.get(id) ?? -1;
  }

  /** How many objects have this `created` or a later one. */
  #countSince(second: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.created ?? -Infinity) >= second && this.#items[middle]?.created !== null)
        low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function cut(items: readonly ListedItem[], begin: number, end: number, limit: number): ModelAnswer {
  const last = Math.min(end, begin + limit);
  return { items: items.slice(begin, Math.max(begin, last)), hasMore: last < end };
}
