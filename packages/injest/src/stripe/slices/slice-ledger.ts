import type { Listed } from "../../source.js";
import { NOTHING_DATED, type OpenRange, type ResumePoint } from "../list/open-range.js";
import type { ListedItem, Token } from "./listed-item.js";

/** So many ids of a second are remembered in a cursor, to know of each object of that second whether it is still there. */
const BESIDE_MOST = 8;

/**
 * What the pages of a slice have brought from its newest end on, and what of that is listed: complete, so that a row of which nothing
 * came is a question (`Listed`).
 *
 * Pages may share a second, and so they may the objects without `created`: a second is listed once an older one has come, or nothing
 * more. Until then the ids of its objects are kept.
 */
export class SliceLedger {
  /** Ids that were read of `#second`, the oldest second read: another page may hold the rest of it. */
  readonly #secondIds = new Set<string>();
  #second: number | null = null;
  /** Ids that were read of objects without `created`. */
  readonly #undatedIds = new Set<string>();
  /** Seconds below this one (exclusive) were not reported as listed yet; null: up to now. */
  #listedTop: number | null;
  /** A second, or the objects without `created`, of which an earlier process has read some, and it is not known which. */
  readonly #unknown: { readonly second: number | null } | null;
  /** A second that is read anew because its token was lost; and whether the objects without `created` are. */
  #anewSecond: number | null = null;
  #areUndatedAnew = false;

  /** Goes on with what an earlier process has read of a range. */
  constructor({ until, after }: OpenRange) {
    this.#listedTop = until;
    this.#unknown = after?.beside === null ? { second: after.created } : null;
    if (after === null) return;
    const ids = after.beside === null ? [] : [after.id, ...after.beside];
    if (after.created === null) {
      for (const id of ids) this.#undatedIds.add(id);
    } else if (after.beside === null) {
      // It cannot be reported as listed.
      this.#listedTop = after.created;
    } else {
      this.#listedTop = after.created + 1;
      this.#second = after.created;
      for (const id of ids) this.#secondIds.add(id);
    }
  }

  /** Unix seconds: the oldest second that was read, of which more may be left; null before the first. */
  get second(): number | null {
    return this.#second;
  }

  /** Objects that were read of that second. */
  get secondCount(): number {
    return this.#secondIds.size;
  }

  get hasUndated(): boolean {
    return this.#undatedIds.size > 0;
  }

  has({ id, created }: ListedItem): boolean {
    if (this.#secondIds.has(id) || this.#undatedIds.has(id)) return true;
    return this.#second !== null && created !== null && created > this.#second;
  }

  /** Whether an earlier page had the object, so that a page beyond the token may not have it again. */
  repeats(id: string): boolean {
    return (
      (this.#secondIds.has(id) && this.#anewSecond !== this.#second) ||
      (this.#undatedIds.has(id) && !this.#areUndatedAnew)
    );
  }

  /** The place beyond which the slice goes on, for a cursor. */
  resumeAt(token: Token): ResumePoint {
    const isUndated = token.created === null;
    const read = isUndated ? this.#undatedIds : this.#secondIds;
    const isKnown =
      (isUndated ? !this.#areUndatedAnew : token.created === this.#second) &&
      token.created !== this.#unknown?.second &&
      read.size <= BESIDE_MOST + 1;
    return { ...token, beside: isKnown ? [...read].filter((id) => id !== token.id) : null };
  }

  /** Takes the newest of what was left; says which seconds are complete with them. */
  take(items: readonly ListedItem[]): Listed[] {
    const oldest = items.findLast(({ created }) => created !== null)?.created ?? this.#second;
    const listed = oldest === null || oldest === this.#second ? [] : this.#listDownTo(oldest);
    for (const { id, created } of items) {
      if (created === null) this.#undatedIds.add(id);
      else if (created === oldest) this.#secondIds.add(id);
    }
    // What has no `created` comes last: all that has one is complete.
    if (items.at(-1)?.created === null && !isEmpty(NOTHING_DATED, this.#listedTop)) {
      listed.push({ range: { from: NOTHING_DATED, until: this.#listedTop }, alsoPresent: [...this.#secondIds] });
      this.#listedTop = NOTHING_DATED;
    }
    return listed;
  }

  /** What is complete, down to `from`, now that nothing more comes. `cameUpwards`: what of it pages from the oldest end brought. */
  close(from: number | null, cameUpwards: Iterable<string>): Listed[] {
    if (isEmpty(from, this.#listedTop) || this.#unknown?.second === null) return [];
    const alsoPresent = [...this.#secondIds, ...this.#undatedIds, ...cameUpwards];
    return [{ range: { from, until: this.#listedTop }, alsoPresent }];
  }

  /** The token's object is gone: its second is read once more, or, if `isUndated`, the objects without `created` are. */
  readAnew({ id, created }: Token, isUndated: boolean): void {
    this.#secondIds.delete(id);
    this.#undatedIds.delete(id);
    if (isUndated) this.#areUndatedAnew = true;
    else this.#anewSecond = created;
  }

  #listDownTo(second: number): Listed[] {
    const range = { from: second + 1, until: this.#listedTop };
    const alsoPresent = [...this.#secondIds];
    this.#secondIds.clear();
    this.#second = second;
    this.#listedTop = range.until === null ? range.from : Math.min(range.from, range.until);
    return isEmpty(range.from, range.until) ? [] : [{ range, alsoPresent }];
  }
}

function isEmpty(from: number | null, until: number | null): boolean {
  return from !== null && until !== null && from >= until;
}
