import type { Listed } from "../../source.js";
import { NOTHING_DATED, type OpenRange } from "../open-range.js";
import type { PageQuery } from "../listing.js";
import { densityOf } from "./density.js";
import { type ListedItem, type Token, tokenOf } from "./listed-item.js";

/** So many objects tell how dense a stretch is: fewer may lie close to each other by chance. */
const TELLING = 10;
/** So many ids of a second are remembered in a cursor, to know of each object of that second whether it is still there. */
const BESIDE_MOST = 8;

/** One page to be asked for. */
export interface PageRequest extends PageQuery {
  readonly slice: Slice;
}

/**
 * A part of a listing that is read page after page: `created` in [from, until), newest first.
 *
 * Slices do not overlap. With `from: null` it is the oldest one: it also holds the objects without `created`, and it is
 * complete only when a listing without any bound says so.
 */
export class Slice {
  from: number | null;
  until: number | null;
  /** What was read last. */
  token: Token | null;
  inFlight: PageRequest | null = null;
  upward: UpwardChain | null = null;
  /** Objects per second at the newest end of what is left; null while nothing near was read. */
  density: number | null;
  pages = 0;
  /** Unix seconds: what is left begins amid this crowded second, with little or nothing below it, and is read from both ends. */
  crowd: number | null = null;
  /** Nothing with a `created` is left in it, only what has none: it can be neither split nor bounded. */
  isExhausted: boolean;
  /** All of it was read; pages that are still on their way say nothing any more. */
  isFinished = false;
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
  #newestForeseen: number | null = null;
  #lastOpen: {
    readonly from: number | null;
    readonly until: number | null;
    readonly token: Token | null;
    readonly range: OpenRange;
  } | null = null;

  constructor(range: OpenRange, density: number | null = null) {
    const { from, until, after } = range;
    this.from = from;
    this.until = until;
    this.token = after && tokenOf(after);
    this.#listedTop = until;
    this.#unknown = after?.beside === null ? { second: after.created } : null;
    this.isExhausted = after !== null && after.created === null;
    this.density = density;
    if (after === null) return;
    if (after.created === null) {
      for (const id of after.beside ? [after.id, ...after.beside] : []) this.#undatedIds.add(id);
      return;
    }
    if (after.beside === null) {
      // It cannot be reported as listed.
      this.#listedTop = after.created;
      return;
    }
    this.#listedTop = after.created + 1;
    this.#second = after.created;
    for (const id of [after.id, ...after.beside]) this.#secondIds.add(id);
  }

  /** What is left of it, for a cursor. The same object until something is read: each page asks this of all slices. */
  get open(): OpenRange {
    const { from, until, token } = this;
    const last = this.#lastOpen;
    if (last !== null && last.from === from && last.until === until && last.token === token) return last.range;
    const range = this.#rangeLeft();
    this.#lastOpen = { from, until, token, range };
    return range;
  }

  /** What is left of it up to a second, inclusive; all that is left where that is the one that was read last. */
  openUpTo(second: number | null): OpenRange {
    const { from, open } = this;
    if (second === null || this.#second === null || second >= this.#second || second < (from ?? -Infinity)) return open;
    return { from, until: second + 1, after: null };
  }

  #rangeLeft(): OpenRange {
    const { from, token } = this;
    if (token === null) return { from, until: this.until, after: null };
    const isUndated = token.created === null;
    const read = isUndated ? this.#undatedIds : this.#secondIds;
    const isKnown =
      (isUndated ? !this.#areUndatedAnew : token.created === this.#second) &&
      token.created !== this.#unknown?.second &&
      read.size <= BESIDE_MOST + 1;
    const beside = isKnown ? [...read].filter((id) => id !== token.id) : null;
    return { from, until: token.created === null ? NOTHING_DATED : token.created + 1, after: { ...token, beside } };
  }

  /** Objects read of the second that was read last, from either end. */
  get readOfSecond(): number {
    return this.#secondIds.size + (this.from === this.#second ? (this.upward?.ids.size ?? 0) : 0);
  }

  /** Unix seconds: the second that was read last, of which more may be left. */
  get second(): number | null {
    return this.#second;
  }

  /** True when what was read ends amid a second of which so many objects were read. */
  endsAmid(objects: number): boolean {
    return this.token?.created === this.#second && this.#secondIds.size >= objects;
  }

  /** True when hardly more than a second is left that holds many objects: its pages are a chain that nothing can split. */
  get isCrowded(): boolean {
    if (this.from === null) return false;
    return this.crowd !== null || (this.#second === this.from && this.#secondIds.size >= CROWD.sure);
  }

  /** The chain from its oldest end that the pages from its newest end have to meet; null where none is read on with. */
  get meetingChain(): UpwardChain | null {
    return this.isCrowded && this.upward?.anchor ? this.upward : null;
  }

  /** The second that could be set apart, when what was read ends amid a crowded one and older ones follow; else null. */
  get secondToSetApart(): number | null {
    // A slice cut off below would not know which objects without `created` were read.
    if (this.isExhausted || this.crowd !== null || this.#undatedIds.size > 0) return null;
    return this.endsAmid(CROWD.likely) && this.#second !== this.from ? this.#second : null;
  }

  /** Whether an item lies in what is left of this slice, as far as `created` tells. */
  covers(item: ListedItem): boolean {
    if (item.created === null) return this.from === null;
    if (this.from !== null && item.created < this.from) return false;
    if (this.until !== null && item.created >= this.until) return false;
    return this.#second === null || item.created <= this.#second;
  }

  hasRead(item: ListedItem): boolean {
    const { id } = item;
    return this.hasReadDown(item) || this.#undatedIds.has(id) || (this.upward?.ids.has(id) ?? false);
  }

  /** Whether it came with a page from the newest end. */
  hasReadDown({ id, created }: ListedItem): boolean {
    return this.#secondIds.has(id) || (this.#second !== null && created !== null && created > this.#second);
  }

  /** Whether an earlier page of this slice had the object, so that a page beyond the token may not have it again. */
  repeats(id: string): boolean {
    return (
      (this.#secondIds.has(id) && this.#anewSecond !== this.#second) ||
      (this.#undatedIds.has(id) && !this.#areUndatedAnew)
    );
  }

  /** Unix seconds: when its newest object was created, where another slice's page told it before its own first page. */
  get newestForeseen(): number | null {
    return this.#newestForeseen;
  }

  /**
   * Its first page is still on its way, and a page that went on across a gap has these, its newest: where a cluster below a
   * silence goes on is known a latency sooner.
   */
  foresee(items: readonly ListedItem[]): void {
    const newest = items[0]?.created ?? null;
    if (this.pages > 0 || this.token !== null || newest === null) return;
    this.#newestForeseen = newest;
    if (items.length >= TELLING) this.density = densityOf(items) ?? this.density;
  }

  /** Moves on to below `items`, the newest of what was left; says which seconds are complete with them. */
  advance(items: readonly ListedItem[]): Listed[] {
    const last = items.at(-1);
    if (!last) return [];
    this.#newestForeseen = null;
    this.token = tokenOf(last);
    const oldest = items.findLast(({ created }) => created !== null)?.created ?? this.#second;
    const listed = oldest === null || oldest === this.#second ? [] : this.#listDownTo(oldest);
    for (const { id, created } of items) {
      if (created === null) this.#undatedIds.add(id);
      else if (created === oldest) this.#secondIds.add(id);
    }
    // What has no `created` comes last: all that has one is complete.
    if (last.created === null && !isEmpty(NOTHING_DATED, this.#listedTop)) {
      listed.push({ range: { from: NOTHING_DATED, until: this.#listedTop }, alsoPresent: [...this.#secondIds] });
      this.#listedTop = NOTHING_DATED;
    }
    return listed;
  }

  /** The next page from its newest end; with `isOpenEnded` it goes on below the slice, as far as it has room. */
  ask(isOpenEnded = false): PageRequest {
    const { until, token } = this;
    const from = isOpenEnded ? null : this.from;
    this.inFlight = { slice: this, from, until: token ? null : until, direction: "down", token };
    return this.inFlight;
  }

  /** The next page from its oldest end; null where one is on its way, or no object is known to begin at. */
  askUp(): PageRequest | null {
    const { from, upward } = this;
    if (from === null || this.#second === null || !upward?.anchor || upward.inFlight) return null;
    const { anchor } = upward;
    // The first anchor is older than the slice: the bound lets it be part of the listing that it names a place in.
    upward.inFlight = {
      slice: this,
      from: anchor.created ?? from,
      until: this.#second + 1,
      direction: "up",
      token: anchor,
    };
    return upward.inFlight;
  }

  /** Moves its oldest end up to above `items`, the oldest of what was left; says which seconds are complete with them. */
  advanceUp(items: readonly ListedItem[]): Listed[] {
    const { from, upward: chain } = this;
    const newest = items[0];
    const second = newest?.created ?? null;
    if (!chain || !newest || from === null || second === null) return [];
    chain.anchor = tokenOf(newest);
    // What has appeared between the first anchor and the slice is not where the other direction meets this one.
    if (second < from) return [];
    const listed = second > from ? [{ range: { from, until: second }, alsoPresent: [...chain.ids] }] : [];
    if (second > from) chain.ids.clear();
    this.from = second;
    for (const { id, created } of items) if (created === second) chain.ids.add(id);
    return listed;
  }

  /** Cuts off what is older than a second, as a slice of its own, with what was read from its oldest end. */
  cut(second: number, density: number | null = null): Slice {
    const below = new Slice({ from: this.from, until: second, after: null }, density);
    below.upward = this.upward;
    this.from = second;
    this.upward = null;
    return below;
  }

  /** What is complete now that the whole slice was read. */
  finish(): Listed[] {
    this.isFinished = true;
    if (isEmpty(this.from, this.#listedTop) || this.#unknown?.second === null) return [];
    const alsoPresent = [...this.#secondIds, ...this.#undatedIds, ...(this.upward?.ids ?? [])];
    return [{ range: { from: this.from, until: this.#listedTop }, alsoPresent }];
  }

  /** Forgets the token, whose object is gone: its second is read once more, or the objects without `created`. */
  dropToken(): void {
    const { token } = this;
    if (token === null) return;
    this.#secondIds.delete(token.id);
    this.#undatedIds.delete(token.id);
    if (!this.isExhausted && token.created !== null) this.until = token.created + 1;
    this.token = null;
    if (this.isExhausted) this.#areUndatedAnew = true;
    else this.#anewSecond = token.created;
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

/**
 * Objects of a second that were read, and perhaps more to come. From `perhaps` on its next page comes before all others; from
 * `likely` on the second may be worth being read from both ends, and from `sure` on it is.
 */
export const CROWD = { perhaps: 10, likely: 50, sure: 200 };

/**
 * The second direction in which a second with more objects than a page is read.
 *
 * A second cannot be split by `created`; but with an older object's id at hand its chain of pages can be read from
 * both of its ends at once. Where little lies between that object and the second, it comes with it.
 */
export interface UpwardChain {
  /** The next page ends just before this object; null once it is gone: then the downward chain goes on alone. */
  anchor: Token | null;
  inFlight: PageRequest | null;
  /** Ids that came this way, of the second that was read last: where the downward chain meets one, the slice is complete. */
  readonly ids: Set<string>;
}
