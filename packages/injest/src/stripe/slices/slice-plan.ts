import type { Listed } from "../../source.js";
import { ageAfter, densityAt, densityOf, densityTo, objectsIn, type Stretch } from "./density.js";
import { GuessBudget, type Pace } from "./guess-budget.js";
import { SeenPages } from "./seen-pages.js";
import { CROWD, type ListedItem, type OpenRange, type PageRequest, Slice, tokenOf } from "./slice.js";

export interface PlanOptions {
  /** They must not overlap. */
  readonly ranges: readonly OpenRange[];
  /** Objects a page holds at most. */
  readonly pageLimit: number;
  /** Unix seconds: no object is older. */
  readonly horizon: number;
  /** Unix seconds: an earlier reading has seen no older object; null where nothing is known. */
  readonly oldestKnown?: number | null;
}

/** What a page brought. */
export interface Delivery<I extends ListedItem> {
  /** Those of its items that no earlier page had. */
  readonly items: readonly I[];
  readonly listed: readonly Listed[];
  /** What has to stay open in a cursor until these items are durable. */
  readonly covers: readonly OpenRange[];
}

/**
 * Decides which page to ask for next, so that a list that can only be paged through one by one is read from many places
 * at once.
 *
 * The listing is cut into slices by `created`. The first page shows how dense the account is; from then on, whenever
 * the rate limit has a request to give:
 *
 * 1. a second that holds many objects is a chain that nothing can split: its next page comes first. Where it seems worth a
 *    request it is read by itself, and from both ends as soon as an older object is known;
 * 2. a slice whose own chain of pages would outlast everything else is split;
 * 3. else the idle slice with most left is read on; of an account of hundreds of thousands, while the end is far, the newest;
 * 4. else, as long as fewer slices than the line can carry are under way, the one with most left is split at half of
 *    what follows the page that is on its way, so that at the end none needs a page more than the others. Such guesses
 *    cost requests where they hit nothing: they stop once too many did.
 *
 * A page that was asked for before its slice was split may reach into the slices below; what is new in it is kept.
 * Pure: no I/O, no time of its own.
 */
export class SlicePlan {
  /** Newest first. */
  readonly #slices: Slice[];
  #pageLimit: number;
  readonly #horizon: number;
  readonly #seen: SeenPages;
  #oldestKnown: number | null;
  readonly #budget = new GuessBudget();
  #setApartInVain = 0;

  constructor(options: PlanOptions) {
    this.#pageLimit = options.pageLimit;
    this.#horizon = options.horizon;
    this.#seen = new SeenPages(options.horizon);
    this.#oldestKnown = options.oldestKnown ?? null;
    this.#slices = options.ranges
      .map((range) => new Slice(range))
      .sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity));
  }

  get done(): boolean {
    return this.#slices.length === 0;
  }

  /** Objects that are probably still to be listed; null before anything is known. */
  get remaining(): number | null {
    if (this.#budget.pagesRead === 0) return null;
    const onTheWay = (slice: Slice): number => (slice.inFlight ? this.#pageLimit : 0);
    return Math.round(this.#slices.reduce((sum, slice) => sum + Math.max(0, this.#left(slice) + onTheWay(slice)), 0));
  }

  /** Objects that a page may hold from now on. */
  set pageLimit(limit: number) {
    this.#pageLimit = limit;
  }

  /** What is not read yet, for a cursor; pages on their way count as unread. */
  open(): OpenRange[] {
    return this.#slices.map((slice) => slice.open);
  }

  /** The page to ask for now; null when nothing is worth asking for before another page arrives. */
  next(pace: Pace): PageRequest | null {
    const urgent = this.#nextOfHotSecond() ?? this.#nextUndated() ?? this.#nextAboveUndated();
    if (urgent) return urgent;

    let left = 0;
    let busy = 0;
    let idle: Candidate | null = null;
    let newestIdle: Candidate | null = null;
    let proven: Candidate | null = null;
    let guessed: Candidate | null = null;
    for (const slice of this.#slices) {
      if (slice.isExhausted) continue;
      const candidate = { slice, left: this.#left(slice) };
      left += Math.max(0, candidate.left);
      if (!slice.inFlight) {
        idle = longer(idle, candidate);
        newestIdle ??= candidate;
      } else if (slice.pages > 0 && !slice.isHotSecond) proven = longer(proven, candidate);
      else if (!slice.isHotSecond) guessed = longer(guessed, candidate);
      if (slice.inFlight) busy += 1;
    }
    const { pagesRead } = this.#budget;
    const mayGuess = this.#budget.allows("a guess", pace);
    const mayGuessFar = this.#budget.allows("a guess below a guess", pace);
    const target = mayGuessFar ? longer(proven, guessed) : proven;
    const timeLeft = left / this.#pageLimit / pace.requestsPerSecond;
    if (target && mayGuess && target.left > (idle?.left ?? 0)) {
      const chainTime = (target.left / this.#pageLimit) * pace.latencySeconds;
      const request = chainTime > 1.3 * timeLeft + 2 * pace.latencySeconds ? this.#split(target.slice) : null;
      if (request) return request;
    }
    const isFarFromEnd = pagesRead >= FAR_FROM_END.pagesRead && left >= FAR_FROM_END.left;
    if (isFarFromEnd && newestIdle) return ask(newestIdle.slice);
    if (idle) return ask(idle.slice);
    const most = Math.ceil(1.15 * pace.requestsPerSecond * pace.latencySeconds) + 1;
    const isFirstGuess = pagesRead < 2 && busy >= FIRST_GUESSES;
    if (busy >= most || isFirstGuess || !mayGuess) return null;
    const worth = pagesRead < EARLY_PAGES ? SPLIT_WORTH.early : SPLIT_WORTH.later;
    for (const candidate of mayGuessFar ? [proven, guessed] : [proven]) {
      const isWorth = candidate && candidate.left >= worth * this.#pageLimit;
      const request = isWorth ? this.#split(candidate.slice) : null;
      if (request) return request;
    }
    return null;
  }

  /** Takes a page that was checked against its request. */
  received<I extends ListedItem>(request: PageRequest, items: readonly I[], hasMore: boolean): Delivery<I> {
    this.#seen.learn(request, items);
    const delivery =
      request.direction === "up"
        ? this.#receivedUp(request, items, hasMore)
        : this.#receivedDown(request, items, hasMore);
    // Where more follow, a page is as full as the server lets it be.
    const room = hasMore ? Math.max(1, items.length) : this.#pageLimit;
    this.#budget.received(delivery.items.length, room);
    return delivery;
  }

  /** The object that the request's token names is gone: the request is to be made anew, from the token's second. */
  tokenLost(request: PageRequest): void {
    const { slice } = request;
    if (request.direction === "up") {
      if (slice.upward) slice.upward = { ...slice.upward, inFlight: null, anchor: null };
      return;
    }
    slice.inFlight = null;
    slice.dropToken();
    this.#seen.forget(request.token?.id);
  }

  /** The page did not come, and nothing is wrong with the request: it will be asked for again. */
  abandoned({ slice, direction }: PageRequest): void {
    if (direction === "down") slice.inFlight = null;
    else if (slice.upward) slice.upward.inFlight = null;
  }

  #receivedDown<I extends ListedItem>(request: PageRequest, items: readonly I[], hasMore: boolean): Delivery<I> {
    const own = request.slice;
    own.inFlight = null;
    const delivery = { items: [] as I[], listed: [] as Listed[], covers: [] as OpenRange[] };
    const last = items.at(-1);
    const unbounded = request.from === null && request.until === null;
    const index = this.#slices.indexOf(own);
    // A slice that is finished makes room for the one below it, at the same place.
    for (let slice = this.#slices[index]; slice; slice = this.#slices[index]) {
      const isBelow = slice !== own;
      if (isBelow && request.from !== null && (slice.until === null || slice.until <= request.from)) break;
      const isPassed = last !== undefined && slice.from !== null && (last.created ?? -Infinity) < slice.from;
      const endReached = slice.from === null ? !hasMore && unbounded : !hasMore || isPassed;
      const inSlice = items.filter((item) => slice.covers(item));
      // A slice below that is being read already is left alone, unless this page has all of it.
      if (isBelow && !endReached && (slice.inFlight || slice.pages > 0 || inSlice.length === 0)) break;
      const fresh = inSlice.filter((item) => !slice.hasRead(item));
      const chain = slice.upward?.anchor ? slice.upward : null;
      const met = inSlice.some((item) => chain?.ids.has(item.id));
      slice.pages += 1;
      const before = slice.open;
      const above = slice.token?.created ?? null;
      delivery.items.push(...fresh);
      delivery.listed.push(...slice.advance(inSlice));
      // Between a token above the slice and the slice there may be pages of objects that are not its own.
      if (slice === own && inSlice.length === 0 && last) slice.token = tokenOf(last);
      const isFinished = endReached || met;
      delivery.covers.push({ ...before, from: isFinished ? before.from : (slice.token?.created ?? before.from) });
      if (isFinished) {
        delivery.listed.push(...slice.finish());
        this.#remove(index);
        continue;
      }
      slice.density = densityOf(inSlice) ?? slice.density ?? densityTo(above, inSlice);
      const isUndated = slice.token?.created === null || (inSlice.length === 0 && !hasMore);
      slice.isExhausted ||= slice.from === null && isUndated;
      this.#setSecondApart(index);
      break;
    }
    return delivery;
  }

  #receivedUp<I extends ListedItem>(request: PageRequest, items: readonly I[], hasMore: boolean): Delivery<I> {
    const { slice } = request;
    const chain = slice.upward;
    const index = this.#slices.indexOf(slice);
    if (index < 0 || !chain) return { items: [], listed: [], covers: [] };
    chain.inFlight = null;
    const covers = [slice.open];
    const fresh = items.filter((item) => !slice.hasRead(item));
    for (const { id, created } of fresh) {
      // What has appeared between the anchor and the second is not where the other direction meets this one.
      if (created !== null && created >= (slice.from ?? Infinity)) chain.ids.add(id);
    }
    const newest = items[0];
    if (newest) chain.anchor = tokenOf(newest);
    if (hasMore && fresh.length === items.length) return { items: fresh, listed: [], covers };
    this.#remove(index);
    return { items: fresh, listed: slice.finish(), covers };
  }

  /**
   * Where a page ends amid a crowded second, that second goes on as a chain, and what is older need not wait for it. That
   * costs a request, for nothing where the second ends with its next page: many accounts have such seconds, as subscriptions
   * renew or data is imported. Of those that only seem to be crowded, few are set apart.
   */
  #setSecondApart(index: number): void {
    const slice = this.#slices[index];
    const second = slice?.secondToSetApart ?? null;
    if (!slice || second === null) return;
    if (slice.readOfSecond < CROWD.sure && !this.#mayTrustCrowds()) return;
    const below = new Slice({ from: slice.from, until: second, after: null });
    slice.from = second;
    slice.isSetApart = true;
    this.#slices.splice(index + 1, 0, below);
  }

  #mayTrustCrowds(): boolean {
    const open = this.#slices.filter(isUnproven).length;
    return open + this.#setApartInVain <= IN_VAIN.first + IN_VAIN.share * this.#budget.pagesRead;
  }

  #remove(index: number): void {
    const [slice] = this.#slices.splice(index, 1);
    if (slice && isUnproven(slice)) this.#setApartInVain += 1;
  }

  #nextOfHotSecond(): PageRequest | null {
    for (const slice of this.#slices) {
      if (!slice.inFlight && (slice.endsInCrowd || slice.isHotSecond)) return ask(slice);
      if (!slice.isHotSecond || slice.from === null) continue;
      const older = this.#seen.newestOlderThan(slice.from);
      if (!slice.upward && older) slice.upward = { anchor: older, inFlight: null, ids: new Set() };
      const chain = slice.upward;
      if (!chain?.anchor || chain.inFlight) continue;
      // The first anchor is older than the second: the bound lets it be part of the listing that it names a place in.
      const from = chain.anchor.created ?? slice.from;
      chain.inFlight = { slice, from, until: slice.from + 1, direction: "up", token: chain.anchor };
      return chain.inFlight;
    }
    return null;
  }

  /**
   * Where nothing with a `created` is left in the oldest slice, what has none follows the oldest object there is: it is asked
   * for once no slice above can hold an older one than was seen. Where none was seen at all, because an earlier reading
   * had them, the oldest one that it knew is read again; where that is gone, too, only a listing from the newest end has a
   * place for what has no `created`.
   */
  #nextUndated(): PageRequest | null {
    const slice = this.#slices.at(-1);
    if (!slice?.isExhausted || slice.inFlight) return null;
    if (slice.token) return ask(slice);
    const above = this.#slices.at(-2);
    const { oldest } = this.#seen;
    const isLowest = (oldest?.created ?? Infinity) < (above?.from ?? -Infinity);
    if (above && !isLowest) return null;
    slice.token = oldest;
    if (!oldest) {
      slice.until = this.#oldestKnown === null ? null : this.#oldestKnown + 1;
      slice.isExhausted = false;
      this.#oldestKnown = null;
    }
    return ask(slice);
  }

  /** What has no `created` waits for the oldest object: where only that is missing, the oldest end comes before all others. */
  #nextAboveUndated(): PageRequest | null {
    const waiting = this.#slices.at(-1);
    const above = this.#slices.at(-2);
    if (!waiting?.isExhausted || waiting.inFlight || !above || above.isHotSecond) return null;
    if (!above.inFlight) return ask(above);
    return above.pages > 0 && this.#left(above) >= END_WORTH * this.#pageLimit ? this.#split(above) : null;
  }

  #split(slice: Slice): PageRequest | null {
    if (this.#slices.length >= MOST_SLICES) return null;
    const top = this.#top(slice);
    const stretch = this.#stretch(slice, top);
    if (!stretch) return null;
    const left = this.#left(slice);
    const onItsWay = slice.inFlight ? this.#pageLimit : 0;
    // Halves of little more than a page both fit into one.
    const kept = left < this.#pageLimit / 2 ? (onItsWay + left) / 2 : onItsWay + left / 2;
    const age = ageAfter(stretch, kept);
    const lowest = slice.from ?? this.#horizon;
    const cut = Math.min(top - 1, Math.max(lowest + 1, Math.floor(top - age)));
    if (!Number.isFinite(cut) || cut <= lowest || cut >= top) return null;
    const below = new Slice({ from: slice.from, until: cut, after: null }, densityAt(stretch, top - cut));
    slice.from = cut;
    this.#slices.splice(this.#slices.indexOf(slice) + 1, 0, below);
    return ask(below);
  }

  /** Objects that follow the page on its way, by what is known of the density: below none where it has room for more. */
  #left(slice: Slice): number {
    const stretch = this.#stretch(slice, this.#top(slice));
    if (!stretch) return slice.inFlight ? 0 : this.#pageLimit;
    return objectsIn(stretch) - (slice.inFlight ? this.#pageLimit : 0);
  }

  #top(slice: Slice): number {
    return slice.token?.created ?? slice.until ?? this.#seen.newest ?? this.#horizon;
  }

  #stretch(slice: Slice, top: number): Stretch | null {
    if (slice.density === null) return null;
    const below = slice.from === null ? null : this.#seen.densityBelow(slice.from);
    return {
      spanSeconds: slice.from === null ? null : Math.max(1, top - slice.from),
      newest: slice.density,
      oldest: below === null ? null : Math.max(below, slice.density * STEEPEST),
      horizonSeconds: top - this.#horizon,
    };
  }
}

/**
 * Where so much was read and is left, in objects, no slice has to be the longest any more, and the newest are read to their
 * ends: what is read together was created together, and a warehouse that is partitioned by creation looks into few
 * partitions for it. Nearer to the end all slices have to end at once.
 */
const FAR_FROM_END = { pagesRead: 2_000, left: 50_000 };

/** More are under way on no line. Each interruption would leave more of them to the next reading, and they all stand in the cursor. */
const MOST_SLICES = 256;

/** A gap below says little of how far this side of it objects go on: no steeper a decline than to this share is assumed. */
const STEEPEST = 0.2;

/** So many seconds may be set apart in vain. */
const IN_VAIN = { first: 4, share: 0.005 };

/** Whether a second was set apart and has not shown yet that it is worth it. */
function isUnproven(slice: Slice): boolean {
  return slice.isSetApart && slice.readOfSecond < CROWD.sure;
}

interface Candidate {
  readonly slice: Slice;
  readonly left: number;
}

function longer(a: Candidate | null, b: Candidate | null): Candidate | null {
  return !a || (b && b.left > a.left) ? b : a;
}

/** One page says little of an account: as long as it is all that is known, so many more are asked for at a time. */
const FIRST_GUESSES = 4;

/**
 * Pages that are left in a slice at least where a guess is worth its request. Early, what was read says little, and a small
 * account would pay for it; later, with a tenth of its room to spare the page on its way will do, and else the slice would end
 * a latency after the others.
 */
const SPLIT_WORTH = { early: 2, later: -0.1 };

/** So many pages read are early. */
const EARLY_PAGES = 10;

/** With more pages than this at the oldest end, the way to its last one is halved. */
const END_WORTH = 5;

function ask(slice: Slice): PageRequest {
  slice.inFlight = {
    slice,
    from: slice.from,
    until: slice.token ? null : slice.until,
    direction: "down",
    token: slice.token,
  };
  return slice.inFlight;
}
