import type { Listed } from "../../source.js";
import type { OpenRange } from "../list/open-range.js";
import type { Crowds } from "./crowds.js";
import type { Delivery } from "./delivery.js";
import { densityOf, densityTo } from "./density.js";
import { expectFrom } from "./early-probes.js";
import { type ListedItem, tokenOf } from "./listed-item.js";
import type { PageRequest, Slice } from "./slice.js";
import type { SliceList } from "./slice-list.js";

/** A page that answers its request and contradicts nothing. */
export interface ArrivedPage<I extends ListedItem> {
  readonly items: readonly I[];
  readonly hasMore: boolean;
  /** Pages of the same reading that came before it. */
  readonly pagesBefore: number;
}

/**
 * Moves slices on by the pages that come.
 *
 * A page that was asked for before its slice was cut may reach into the slices below; what is new in it is kept.
 */
export class PageIntake {
  readonly #slices: SliceList;
  readonly #crowds: Crowds;
  readonly #horizon: number;

  /** `horizon` in Unix seconds: no object is older. */
  constructor(slices: SliceList, crowds: Crowds, horizon: number) {
    this.#slices = slices;
    this.#crowds = crowds;
    this.#horizon = horizon;
  }

  take<I extends ListedItem>(request: PageRequest, page: ArrivedPage<I>): Delivery<I> {
    return request.direction === "up" ? this.#takeUp(request, page) : this.#takeDown(request, page);
  }

  /** The object that the request's token names is gone: the request is to be made anew, from the token's second. */
  tokenLost({ slice, direction }: PageRequest): void {
    if (direction === "up") {
      if (slice.upward) slice.upward = { ...slice.upward, inFlight: null, anchor: null };
      this.#correctCrowd(slice);
    } else {
      slice.inFlight = null;
      slice.dropToken();
    }
  }

  #takeDown<I extends ListedItem>(request: PageRequest, page: ArrivedPage<I>): Delivery<I> {
    const { items, hasMore } = page;
    const own = request.slice;
    own.inFlight = null;
    const delivery = { items: [] as I[], listed: [] as Listed[], covers: [] as OpenRange[] };
    const last = items.at(-1);
    const isUnbounded = request.from === null && request.until === null;
    let next = own.isFinished ? null : own;
    while (next) {
      const slice: Slice = next;
      const isBelow = slice !== own;
      if (isBelow && request.from !== null && (slice.until === null || slice.until <= request.from)) break;
      const isPassed = last !== undefined && slice.from !== null && (last.created ?? -Infinity) < slice.from;
      const endReached = slice.from === null ? !hasMore && isUnbounded : !hasMore || isPassed;
      const inSlice = items.filter((item) => slice.covers(item));
      // A slice below that is being read already is left alone, unless this page has all of it.
      if (isBelow && !endReached && (slice.inFlight || slice.pages > 0 || inSlice.length === 0)) {
        slice.foresee(inSlice);
        break;
      }
      const fresh = inSlice.filter((item) => !slice.hasRead(item));
      const met = inSlice.some(({ id }) => slice.upward?.ids.has(id));
      slice.pages += 1;
      const before = slice.open;
      const above = slice.token?.created ?? null;
      delivery.items.push(...fresh);
      delivery.listed.push(...slice.advance(inSlice));
      // Between a token above the slice and the slice there may be pages of objects that are not its own.
      if (slice === own && inSlice.length === 0 && last) slice.token = tokenOf(last);
      const isFinished = endReached || met;
      delivery.covers.push({ ...before, from: isFinished ? before.from : (slice.token?.created ?? before.from) });
      if (!isFinished) {
        this.#learn(slice, inSlice, above, page);
        break;
      }
      next = this.#slices.below(slice);
      delivery.listed.push(...slice.finish());
      this.#remove(slice);
    }
    return delivery;
  }

  /** What a page tells of the rest of a slice of which it had these; `above` is when what was read before them was created. */
  #learn(slice: Slice, inSlice: readonly ListedItem[], above: number | null, page: ArrivedPage<ListedItem>): void {
    const { items, hasMore, pagesBefore } = page;
    const { density } = slice;
    slice.density = densityOf(inSlice) ?? density ?? densityTo(above, inSlice);
    if (pagesBefore === 0) expectFrom(slice, this.#slices.newestFirst, this.#horizon);
    const isUndated = slice.token?.created === null || (inSlice.length === 0 && !hasMore);
    slice.isExhausted ||= slice.from === null && isUndated;
    const ending = { items: inSlice, density, room: items.length, pagesBefore };
    const rest = this.#crowds.setApart(slice, this.#slices.newestFirst, ending);
    if (rest) this.#slices.putBelow(slice, rest);
  }

  #takeUp<I extends ListedItem>({ slice }: PageRequest, { items, hasMore }: ArrivedPage<I>): Delivery<I> {
    const chain = slice.upward;
    if (slice.isFinished || !chain) return { items: [], listed: [], covers: [] };
    chain.inFlight = null;
    const covers = [slice.openUpTo(items[0]?.created ?? null)];
    const fresh = items.filter((item) => !slice.hasRead(item));
    if (hasMore && fresh.length === items.length) {
      const listed = slice.advanceUp(fresh);
      this.#correctCrowd(slice, fresh);
      return { items: fresh, listed, covers };
    }
    this.#remove(slice);
    return { items: fresh, listed: slice.finish(), covers };
  }

  /** Where more lies below a crowded second than was guessed, it is a slice of its own after all. */
  #correctCrowd(slice: Slice, up: readonly ListedItem[] = []): void {
    const rest = slice.isFinished ? null : this.#crowds.correct(slice, up);
    if (rest) this.#slices.putBelow(slice, rest);
  }

  #remove(slice: Slice): void {
    this.#slices.remove(slice);
    this.#crowds.ended(slice);
  }
}
