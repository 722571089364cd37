import { readCursor, type StripeCursor, writeCursor } from "../../../src/stripe/cursor.js";
import { mergeRanges } from "../../../src/stripe/list/merge-ranges.js";
import type { Listed } from "../../../src/source.js";
import type { OpenRange } from "../../../src/stripe/list/open-range.js";
import type { ListedItem } from "../../../src/stripe/slices/listed-item.js";
import type { AccountModel } from "./account-model.js";
import type { Taken } from "./simulate.js";

/** Holds what a plan brings against what it promises, piece by piece. */
export class Ledger {
  /** Of this reading. */
  readonly taken = new Set<string>();
  readonly listed: Listed[] = [];
  /** What a cursor holds after the last piece. */
  open: readonly OpenRange[] = [{ from: null, until: null, after: null }];
  #edges = new Set<number | null>();
  readonly #account: AccountModel;
  readonly #before: ReadonlySet<string>;
  readonly #place: ReadonlyMap<string, number>;

  /** `before` are the objects that earlier, interrupted readings have taken. */
  constructor(account: AccountModel, before: ReadonlySet<string> = new Set()) {
    this.#account = account;
    this.#before = before;
    this.#place = new Map(account.items.map(({ id }, index) => [id, index]));
  }

  /** Throws for an object that comes twice, a range that is not as it was reported, and one that a cursor would forget. */
  take({ delivery, open }: Taken): void {
    for (const { id } of delivery.items) {
      if (this.taken.has(id)) throw new Error(`${id} came twice`);
      this.taken.add(id);
    }
    const ids = new Set(delivery.items.map(({ id }) => id));
    for (const { range, alsoPresent } of delivery.listed) {
      const present = new Set(alsoPresent);
      for (const item of this.#account.items) {
        if (isIn(item, range) && !ids.has(item.id) && !present.has(item.id)) {
          throw new Error(
            `${item.id} (${item.created}) is in the listed range ${JSON.stringify(range)}, but did not come`,
          );
        }
      }
    }
    this.listed.push(...delivery.listed);
    this.open = throughCursor(open);
    for (const item of this.#account.items) {
      if (!this.#has(item) && !this.open.some((range) => this.#isOpen(item, range))) {
        throw new Error(`${item.id} (${item.created}) is neither taken nor open: ${JSON.stringify(this.open)}`);
      }
    }
  }

  /** Seconds that are neither listed nor open: nobody would notice that an object of theirs is gone. */
  forgotten(): string[] {
    const covered = [...this.listed.map(({ range }) => range), ...this.open]
      .map(({ from, until }) => ({ from: from ?? -Infinity, until: until ?? Infinity }))
      .toSorted((a, b) => a.from - b.from);
    const gaps: string[] = [];
    let until = -Infinity;
    for (const range of covered) {
      if (range.from > until) gaps.push(`${until} to ${range.from}`);
      until = Math.max(until, range.until);
    }
    return until === Infinity ? gaps : [...gaps, `${until} on`];
  }

  /** Objects that were taken and that a resumed reading meets again, but for those at the very edge of what is open. */
  readAgain(): ListedItem[] {
    return this.#account.items.filter((item) => {
      const { created } = item;
      if (!this.#has(item) || created === null || !this.open.some((range) => this.#isOpen(item, range))) return false;
      return !this.#edges.has(created) && !this.#edges.has(created + 1);
    });
  }

  /** When the oldest object that was taken was created. */
  get oldest(): number | null {
    const taken = this.#account.items.findLast((item) => item.created !== null && this.#has(item));
    return taken?.created ?? null;
  }

  missing(): string[] {
    return this.#account.items.filter((item) => !this.#has(item)).map(({ id }) => id);
  }

  /** Objects that no listed range covers: were they gone, nobody would notice. */
  unlisted(): ListedItem[] {
    return this.#account.items.filter((item) => !this.listed.some(({ range }) => isIn(item, range)));
  }

  #has({ id }: ListedItem): boolean {
    return this.taken.has(id) || this.#before.has(id);
  }

  #isOpen(item: ListedItem, { from, until, after }: OpenRange): boolean {
    if (!isIn(item, { from, until }) && !(item.created === null && from === null)) return false;
    return after === null || (this.#place.get(item.id) ?? Infinity) > (this.#place.get(after.id) ?? -1);
  }
}

/** Whether an object lies in a range; those without `created` lie in ranges without a lower bound. */
export function isIn({ created }: ListedItem, range: { from: number | null; until: number | null }): boolean {
  if (created === null) return range.from === null;
  return (range.from === null || created >= range.from) && (range.until === null || created < range.until);
}

/** As a resumed reading gets them. */
export function throughCursor(open: readonly OpenRange[]): OpenRange[] {
  return mergeRanges(readCursor(JSON.parse(JSON.stringify(writeCursor({ ...CURSOR, open })))).open);
}

export const CURSOR: StripeCursor = {
  apiVersion: "2026-10-28.endive",
  account: "acct_1",
  live: true,
  keyPrint: "0123456789abcdef",
  watermark: null,
  open: [],
  feed: { from: 1_790_000_000, floor: 1_790_000_000, seen: [], isForbidden: false },
  listedUntil: 1_790_000_000,
  sweep: { rest: null, at: 1_790_000_000 },
  counted: 0,
  objects: 0,
  oldest: null,
};
