import { densityOf } from "./density.js";
import type { SeenPages } from "./seen-pages.js";
import type { ListedItem } from "./listed-item.js";
import { CROWD, type PageRequest, type Slice } from "./slice.js";

/**
 * What a plan does about seconds that hold many objects. Nothing can split such a second: its pages are a chain, one latency
 * each, read from both ends once an older object is known. Nothing tells of it either before a page meets it.
 */
export class Crowds {
  readonly #seen: SeenPages;
  #setApartInVain = 0;

  constructor(seen: SeenPages) {
    this.#seen = seen;
  }

  /**
   * The next page of a crowded second, before all others: of those that were begun, the one of which least was read, because
   * it would be the last to end. The others wait for it, so that what is not read yet, where there may be more of them, is
   * read the sooner; many would fill the cursor meanwhile, and do not wait.
   */
  nextOfLeastRead(slices: readonly Slice[]): PageRequest | null {
    const begun = slices.filter((slice) => slice.isCrowded && slice.readOfSecond >= CROWD.sure);
    const mayWait = begun.length <= WAITING_MOST;
    const least = mayWait ? Math.min(...begun.map((slice) => slice.readOfSecond)) : Infinity;
    return this.#next(slices, Math.max(least, CROWD.sure));
  }

  /** The next page of any crowded second: when nothing else is worth more. */
  nextOfAny(slices: readonly Slice[]): PageRequest | null {
    return this.#next(slices, Infinity);
  }

  #next(slices: readonly Slice[], readMost: number): PageRequest | null {
    for (const slice of slices) {
      const { isCrowded } = slice;
      if (isCrowded && slice.readOfSecond > readMost) continue;
      if (!slice.inFlight && (isCrowded || slice.endsAmid(CROWD.perhaps))) return slice.ask();
      if (!isCrowded || slice.from === null) continue;
      const older = slice.upward ? null : this.#seen.newestOlderThan(slice.from);
      if (older) slice.upward = { anchor: older, inFlight: null, ids: new Set() };
      const request = slice.askUp();
      if (request) return request;
    }
    return null;
  }

  /**
   * Where a page ended amid a crowded second, that second goes on as a chain, and what is older need not wait for it: it is
   * returned as a slice of its own, but where it seems so little that the chain's first page from the oldest end brings it.
   *
   * That costs a request, for nothing where the second ends with its next page: many accounts have such seconds, as
   * subscriptions renew or data is imported. Of those that only seem to be crowded, few are set apart.
   */
  setApart(slice: Slice, slices: readonly Slice[], page: CrowdedPage): Slice | null {
    const second = slice.secondToSetApart;
    if (second === null || (slice.readOfSecond < CROWD.sure && !this.#mayTrust(slices, page.pagesBefore))) return null;
    slice.crowd = second;
    return this.#seemsLittle(slice, second, page) ? null : slice.cut(second);
  }

  /**
   * What is older than a crowded second, as a slice of its own, once a page from the oldest end (`up`) has shown that it is more
   * than it seemed, or no such page comes.
   */
  correct(slice: Slice, up: readonly ListedItem[] = []): Slice | null {
    const { crowd, from, upward } = slice;
    const { second } = slice.ledger;
    if (crowd === null || second === null || from === null || from === second || !upward || upward.inFlight)
      return null;
    const density = densityOf(up);
    const endsInCrowd = up.filter(({ created }) => created === from).length >= CROWD.likely;
    if (density !== null && density * (second - from) <= up.length && !endsInCrowd) return null;
    if (crowd === second) return slice.cut(second, density);
    // It has left the crowded second already.
    this.ended(slice);
    slice.crowd = null;
    return null;
  }

  #mayTrust(slices: readonly Slice[], pagesRead: number): boolean {
    const open = slices.filter(isUnproven).length;
    return open + this.#setApartInVain <= IN_VAIN.first + IN_VAIN.share * pagesRead;
  }

  #seemsLittle({ from, upward }: Slice, second: number, { items, density, room }: CrowdedPage): boolean {
    if (from === null || upward || this.#seen.newestOlderThan(from) === null) return false;
    const above = items.slice(0, items.findIndex(({ created }) => created === second) + 1);
    return (densityOf(above) ?? density ?? Infinity) * (second - from) <= room;
  }

  /** A slice was read to its end. */
  ended(slice: Slice): void {
    if (isUnproven(slice)) this.#setApartInVain += 1;
  }
}

/** A page that ended amid a crowded second. */
interface CrowdedPage {
  readonly items: readonly ListedItem[];
  /** Objects per second where it began; null where nothing near was read. */
  readonly density: number | null;
  /** Objects that a full page holds. */
  readonly room: number;
  readonly pagesBefore: number;
}

/** So many crowded seconds wait for one another at most. */
const WAITING_MOST = 8;

/** So many seconds may be set apart in vain. */
const IN_VAIN = { first: 4, share: 0.005 };

/** Whether a second was set apart and has not shown yet that it is worth it. */
function isUnproven(slice: Slice): boolean {
  return slice.crowd !== null && slice.readOfSecond < CROWD.sure;
}
