import type { Listed } from "../../source.js";
import { ageAfter, densityAt, objectsIn, type Stretch } from "./density.js";
import { type ListedItem, type OpenRange, type PageRequest, Slice, type Token } from "./slice.js";

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

/** What the plan needs to know of the line to decide what comes next. */
export interface Pace {
  readonly requestsPerSecond: number;
  readonly latencySeconds: number;
}

/** What a page brought. */
export interface Delivery<I extends ListedItem> {
  /** Those of its items that no earlier page had. */
  readonly items: readonly I[];
  readonly listed: readonly Listed[];
  /** What has to stay open in a cursor until these items are durable. */
  readonly covers: readonly OpenRange[];
}

/** Guesses stop once more of them hit nothing than this: few at first, then some pages, more where the line is slow, and a share of those read. */
const WASTE = { first: 2, pages: 12, pagesPerSecondOfLatency: 40, share: 0.09 };

/**
 * Decides which page to ask for next, so that a list that can only be paged through one by one is read from many places
 * at once.
 *
 * The listing is cut into slices by `created`. The first page shows how dense the account is; from then on, whenever
 * the rate limit has a request to give:
 *
 * 1. a second that holds more than a page is a chain that nothing can shorten: its next page comes first, and it is
 *    read from both ends once an older object is known;
 * 2. a slice whose own chain of pages would outlast everything else is split;
 * 3. else the idle slice with most left is read on; of an account of hundreds of thousands, while the end is far, the newest;
 * 4. else, as long as fewer slices than the line can carry are under way, the one with most left is split at half of
 *    what follows the page that is on its way. Such guesses cost requests where they hit nothing: they stop once too
 *    many did.
 *
 * A page that was asked for before its slice was split may reach into the slices below; what is new in it is kept.
 * Pure: no I/O, no time of its own.
 */
export class SlicePlan {
  /** Newest first. */
  readonly #slices: Slice[];
  #pageLimit: number;
  readonly #horizon: number;
  /** What the first page below a bound brought, by that bound: the density there, and an object to read upwards from. */
  readonly #below = new Map<number, { density: number; newest: Token | null }>();
  #oldestKnown: number | null;
  #newest: number | null = null;
  /** The oldest objects seen that have a `created`, newest first. */
  #oldest: readonly Token[] = [];
  #pagesRead = 0;
  #pagesWasted = 0;

  constructor(options: PlanOptions) {
    this.#pageLimit = options.pageLimit;
    this.#horizon = options.horizon;
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
    if (this.#pagesRead === 0) return null;
    return Math.round(this.#slices.reduce((sum, slice) => sum + this.#left(slice) + (slice.inFlight ? 100 : 0), 0));
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
    const urgent = this.#nextOfHotSecond() ?? this.#nextUndated();
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
      left += candidate.left;
      if (!slice.inFlight) {
        idle = longer(idle, candidate);
        newestIdle ??= candidate;
      } else if (slice.pages > 0 && !slice.isHotSecond) proven = longer(proven, candidate);
      else if (!slice.isHotSecond) guessed = longer(guessed, candidate);
      if (slice.inFlight) busy += 1;
    }
    const allowed = wasteAllowed(pace, this.#pagesRead, this.#pagesWasted);
    const mayGuess = this.#pagesWasted <= allowed;
    const mayGuessFar = this.#pagesWasted <= allowed * FAR;
    const target = mayGuessFar ? longer(proven, guessed) : proven;
    const timeLeft = left / this.#pageLimit / pace.requestsPerSecond;
    if (target && mayGuess && target.left > (idle?.left ?? 0)) {
      const chainTime = (target.left / this.#pageLimit) * pace.latencySeconds;
      const request = chainTime > 1.3 * timeLeft + 2 * pace.latencySeconds ? this.#split(target.slice) : null;
      if (request) return request;
    }
    const isFarFromEnd = this.#pagesRead >= FAR_FROM_END.pagesRead && left >= FAR_FROM_END.left;
    if (isFarFromEnd && newestIdle) return ask(newestIdle.slice);
    if (idle) return ask(idle.slice);
    const most = Math.ceil(1.15 * pace.requestsPerSecond * pace.latencySeconds) + 1;
    const isFirstGuess = this.#pagesRead < 2 && busy >= FIRST_GUESSES;
    if (busy >= most || isFirstGuess || !mayGuess) return null;
    for (const candidate of mayGuessFar ? [proven, guessed] : [proven]) {
      const request =
        candidate && candidate.left >= SPLIT_WORTH * this.#pageLimit ? this.#split(candidate.slice) : null;
      if (request) return request;
    }
    return null;
  }

  /** Takes a page that was checked against its request. */
  received<I extends ListedItem>(request: PageRequest, items: readonly I[], hasMore: boolean): Delivery<I> {
    this.#pagesRead += 1;
    this.#learn(request, items);
    const delivery =
      request.direction === "up"
        ? this.#receivedUp(request, items, hasMore)
        : this.#receivedDown(request, items, hasMore);
    if (delivery.items.length < items.length / 2 || items.length === 0) this.#pagesWasted += 1;
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
    this.#oldest = this.#oldest.filter(({ id }) => id !== request.token?.id);
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
      delivery.items.push(...fresh);
      delivery.listed.push(...slice.advance(inSlice));
      // Between a token above the slice and the slice there may be pages of objects that are not its own.
      if (slice === own && inSlice.length === 0 && last) slice.token = last;
      const isFinished = endReached || met;
      delivery.covers.push({ ...before, from: isFinished ? before.from : (slice.token?.created ?? before.from) });
      if (isFinished) {
        delivery.listed.push(...slice.finish());
        this.#slices.splice(index, 1);
        continue;
      }
      slice.density = densityOf(inSlice) ?? slice.density;
      const isUndated = slice.token?.created === null || (inSlice.length === 0 && !hasMore);
      slice.isExhausted ||= slice.from === null && isUndated;
      this.#releaseBelow(index);
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
    for (const item of fresh) chain.ids.add(item.id);
    const newest = items[0];
    if (newest) chain.anchor = newest;
    if (hasMore && fresh.length === items.length) return { items: fresh, listed: [], covers };
    this.#slices.splice(index, 1);
    return { items: fresh, listed: slice.finish(), covers };
  }

  /** Where a page ends amid a hot second, that second goes on as a chain, and what is older need not wait for it. */
  #releaseBelow(index: number): void {
    const slice = this.#slices[index];
    const second = slice?.hotSecondAbove ?? null;
    if (!slice || second === null) return;
    const below = new Slice({ from: slice.from, until: second, after: null });
    slice.from = second;
    this.#slices.splice(index + 1, 0, below);
  }

  #nextOfHotSecond(): PageRequest | null {
    for (const slice of this.#slices) {
      if (!slice.isHotSecond || slice.from === null) continue;
      if (!slice.inFlight) return ask(slice);
      const older = this.#below.get(slice.from)?.newest;
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
    const oldest = this.#oldest.at(-1) ?? null;
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

  #split(slice: Slice): PageRequest | null {
    if (this.#slices.length >= MOST_SLICES) return null;
    const top = this.#top(slice);
    const stretch = this.#stretch(slice, top);
    if (!stretch) return null;
    const afterPage = slice.inFlight ? this.#pageLimit : 0;
    const age = ageAfter(stretch, afterPage + this.#left(slice) / 2);
    const lowest = slice.from ?? this.#horizon;
    const cut = Math.min(top - 1, Math.max(lowest + 1, Math.floor(top - age)));
    if (!Number.isFinite(cut) || cut <= lowest || cut >= top) return null;
    const below = new Slice({ from: slice.from, until: cut, after: null }, densityAt(stretch, top - cut));
    slice.from = cut;
    this.#slices.splice(this.#slices.indexOf(slice) + 1, 0, below);
    return ask(below);
  }

  /** Objects that follow the page on its way, by what is known of the density. */
  #left(slice: Slice): number {
    const stretch = this.#stretch(slice, this.#top(slice));
    if (!stretch) return slice.inFlight ? 0 : this.#pageLimit;
    return Math.max(0, objectsIn(stretch) - (slice.inFlight ? this.#pageLimit : 0));
  }

  #top(slice: Slice): number {
    return slice.token?.created ?? slice.until ?? this.#newest ?? this.#horizon;
  }

  #stretch(slice: Slice, top: number): Stretch | null {
    if (slice.density === null) return null;
    const below = slice.from === null ? undefined : this.#below.get(slice.from);
    return {
      spanSeconds: slice.from === null ? null : Math.max(1, top - slice.from),
      newest: slice.density,
      oldest: below === undefined ? null : Math.max(below.density, slice.density * STEEPEST),
      horizonSeconds: top - this.#horizon,
    };
  }

  #learn(request: PageRequest, items: readonly ListedItem[]): void {
    if (request.direction === "up") return;
    const first = items[0];
    const newest = first?.created ?? null;
    if (newest !== null && newest > (this.#newest ?? -Infinity)) this.#newest = newest;
    const dated = items.filter(({ created }) => created !== null);
    const last = dated.at(-1)?.created ?? Infinity;
    if (dated.length > 0 && last <= (this.#oldest.at(-1)?.created ?? Infinity)) {
      this.#oldest = [...this.#oldest, ...dated].slice(-ANCHORS);
    }
    if (request.until === null || this.#below.has(request.until)) return;
    this.#below.set(request.until, {
      density: densityBelow(request.until, request.from ?? this.#horizon, items),
      newest: first ?? null,
    });
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

/** Objects per second just below a bound, from the page below it: few where the page begins with a gap, or is empty. */
function densityBelow(until: number, from: number, items: readonly ListedItem[]): number {
  const near = items[Math.min(NEAR, items.length) - 1]?.created;
  if (near === undefined || near === null) return 1 / Math.max(1, until - from);
  return Math.min(NEAR, items.length) / Math.max(1, until - near);
}

/** A gap below says little of how far this side of it objects go on: no steeper a decline than to this share is assumed. */
const STEEPEST = 0.2;

/** So many of the oldest objects are remembered: one of them will still be there when it is needed as a page token. */
const ANCHORS = 20;

/** So many objects tell the density at a bound: one gap alone says little. */
const NEAR = 5;

interface Candidate {
  readonly slice: Slice;
  readonly left: number;
}

function longer(a: Candidate | null, b: Candidate | null): Candidate | null {
  return !a || (b && b.left > a.left) ? b : a;
}

function wasteAllowed(pace: Pace, pagesRead: number, pagesWasted: number): number {
  const most = WASTE.pages + WASTE.pagesPerSecondOfLatency * pace.latencySeconds;
  // An account of a few pages does not pay for many guesses.
  return Math.min(most, WASTE.first + 2 * (pagesRead - pagesWasted)) + WASTE.share * pagesRead;
}

/** One page says little of an account: as long as it is all that is known, so many more are asked for at a time. */
const FIRST_GUESSES = 4;

/** Guesses below guesses stop at this share of the waste that is allowed. */
const FAR = 0.15;

/** With fewer pages than this left, a guess saves hardly any time: it is on its way as long as a page that it saves. */
const SPLIT_WORTH = 2;

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

/** Objects per second among these; null where they do not tell. */
function densityOf(items: readonly ListedItem[]): number | null {
  const first = items[0]?.created ?? null;
  const last = items.at(-1)?.created ?? null;
  if (first === null || last === null || items.length < 2) return null;
  return (items.length - 1) / Math.max(1, first - last);
}
