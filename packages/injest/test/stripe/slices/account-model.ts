import type { PageQuery } from "../../../src/stripe/list/listing.js";
import type { ListedItem, Token } from "../../../src/stripe/slices/listed-item.js";

/** What a listing answers, or that the object which the request's token names is gone. */
export type ModelAnswer = { readonly items: readonly ListedItem[]; readonly hasMore: boolean } | "token lost";

/**
 * A list endpoint as Stripe documents it, without HTTP: newest first, objects without `created` last and in no filtered
 * list, tokens that name objects.
 */
export class AccountModel {
  /** Newest first. */
  readonly #items: ListedItem[];

  /** Objects with these `created`, which keep their order within a second. */
  constructor(created: readonly (number | null)[]) {
    this.#items = newestFirst(created).map((index) => ({ id: `obj_${index}`, created: created[index] ?? null }));
  }

  get items(): readonly ListedItem[] {
    return this.#items;
  }

  answer(request: PageQuery, limit: number): ModelAnswer {
    const isFiltered = request.from !== null || request.until !== null;
    const begin = request.until === null ? 0 : this.#countSince(request.until);
    const end = isFiltered ? this.#countSince(request.from ?? -Infinity) : this.#items.length;
    if (request.token === null) return cut(this.#items, begin, end, limit);
    const at = this.#place(request.token);
    if (at === -1) return "token lost";
    if (request.direction === "down") return cut(this.#items, Math.max(begin, at + 1), end, limit);
    const last = Math.min(end, at);
    const first = Math.max(begin, last - limit);
    return { items: this.#items.slice(first, Math.max(first, last)), hasMore: first > begin };
  }

  remove(id: string): void {
    const at = this.#items.findIndex((item) => item.id === id);
    if (at !== -1) this.#items.splice(at, 1);
  }

  /** Puts a new object on top of its second. */
  add(item: ListedItem): void {
    this.#items.splice(this.#topOf(item.created), 0, item);
  }

  /** Where an object stands, by its second, which never changes; -1: it is gone. */
  #place({ id, created }: Token): number {
    for (let at = this.#topOf(created); at < this.#items.length; at += 1) {
      const item = this.#items[at];
      if (item?.id === id) return at;
      if (item?.created !== created) return -1;
    }
    return -1;
  }

  /** Where the first object of a second stands, or would stand. */
  #topOf(created: number | null): number {
    return this.#countSince((created ?? -Infinity) + 1);
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

/**
 * Places in `created`, the newest first, those of a second in their order, those without one last.
 *
 * Sorted as numbers, of which each holds a second and a place: objects would take ten times as long, as tests make
 * hundreds of accounts.
 */
function newestFirst(created: readonly (number | null)[]): number[] {
  const { length } = created;
  const undated: number[] = [];
  const keys: number[] = [];
  for (const [index, second] of created.entries()) {
    if (second === null) undated.push(index);
    else keys.push(index - second * length);
  }
  const dated = Array.from(Float64Array.from(keys).sort(), (key) => ((key % length) + length) % length);
  return [...dated, ...undated];
}

function cut(items: readonly ListedItem[], begin: number, end: number, limit: number): ModelAnswer {
  const last = Math.min(end, begin + limit);
  return { items: items.slice(begin, Math.max(begin, last)), hasMore: last < end };
}
