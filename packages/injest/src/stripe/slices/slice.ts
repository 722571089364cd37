import type { Listed } from "../../source.js";
import { NOTHING_DATED, type OpenRange } from "../list/open-range.js";
import type { PageQuery } from "../list/listing.js";
import { densityOf } from "./density.js";
import { type ListedItem, type Token, tokenOf } from "./listed-item.js";
import { SliceLedger } from "./slice-ledger.js";

/** So many objects tell how dense a stretch is: fewer may lie close to each other by chance. */
const TELLING = 10;

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
  /** What its pages have brought from its newest end on. */
  readonly ledger: SliceLedger;
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
    this.isExhausted = after !== null && after.created === null;
    this.density = density;
    this.ledger = new SliceLedger(range);
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
    const last = this.ledger.second;
    if (second === null || last === null || second >= last || second < (from ?? -Infinity)) return open;
    return { from, until: second + 1, after: null };
  }

  #rangeLeft(): OpenRange {
    const { from, until, token } = this;
    if (token === null) return { from, until, after: null };
    const top = token.created === null ? NOTHING_DATED : token.created + 1;
    return { from, until: top, after: this.ledger.resumeAt(token) };
  }

  /** Objects read of the second that was read last, from either end. */
  get readOfSecond(): number {
    const { second, secondCount } = this.ledger;
    return secondCount + (this.from === second ? (this.upward?.ids.size ?? 0) : 0);
  }

  /** True when what was read ends amid a second of which so many objects were read. */
  endsAmid(objects: number): boolean {
    const { second, secondCount } = this.ledger;
    return this.token?.created === second && secondCount >= objects;
  }

  /** True when hardly more than a second is left that holds many objects: its pages are a chain that nothing can split. */
  get isCrowded(): boolean {
    if (this.from === null) return false;
    const { second, secondCount } = this.ledger;
    return this.crowd !== null || (second === this.from && secondCount >= CROWD.sure);
  }

  /** The chain from its oldest end that the pages from its newest end have to meet; null where none is read on with. */
  get meetingChain(): UpwardChain | null {
    return this.isCrowded && this.upward?.anchor ? this.upward : null;
  }

  /** The second that could be set apart, when what was read ends amid a crowded one and older ones follow; else null. */
  get secondToSetApart(): number | null {
    // A slice cut off below would not know which objects without `created` were read.
    if (this.isExhausted || this.crowd !== null || this.ledger.hasUndated) return null;
    const { second } = this.ledger;
    return this.endsAmid(CROWD.likely) && second !== this.from ? second : null;
  }

  /** Whether an item lies in what is left of this slice, as far as `created` tells. */
  covers(item: ListedItem): boolean {
    if (item.created === null) return this.from === null;
    if (this.from !== null && item.created < this.from) return false;
    if (this.until !== null && item.created >= this.until) return false;
    return this.ledger.second === null || item.created <= this.ledger.second;
  }

  /** Whether it came with an earlier page, from either end. */
  hasRead(item: ListedItem): boolean {
    return this.ledger.has(item) || (this.upward?.ids.has(item.id) ?? false);
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
    return this.ledger.take(items);
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
    const { second } = this.ledger;
    if (from === null || second === null || !upward?.anchor || upward.inFlight) return null;
    const { anchor } = upward;
    // The first anchor is older than the slice: the bound lets it be part of the listing that it names a place in.
    upward.inFlight = {
      slice: this,
      from: anchor.created ?? from,
      until: second + 1,
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
    return this.ledger.close(this.from, this.upward?.ids ?? []);
  }

  /** Forgets the token, whose object is gone: its second is read once more, or the objects without `created`. */
  dropToken(): void {
    const { token } = this;
    if (token === null) return;
    this.ledger.readAnew(token, this.isExhausted);
    if (!this.isExhausted && token.created !== null) this.until = token.created + 1;
    this.token = null;
  }
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
