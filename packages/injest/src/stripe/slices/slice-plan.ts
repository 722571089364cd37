import type { Listed } from "../../source.js";
import { type Candidate, longer } from "./candidate.js";
import { contradictionIn } from "./contradiction.js";
import { Crowds } from "./crowds.js";
import type { Delivery } from "./delivery.js";
import { ageAfter, densityAt, densityOf, densityTo, objectsIn, type Stretch } from "./density.js";
import { cutForProbe, expectFrom } from "./early-probes.js";
import { GuessBudget, type Pace } from "./guess-budget.js";
import { SeenPages } from "./seen-pages.js";
import type { OpenRange } from "../open-range.js";
import { type ListedItem, tokenOf } from "./listed-item.js";
import { type PageRequest, Slice } from "./slice.js";

export interface PlanOptions {
  /** They must not overlap. */
  readonly ranges: readonly OpenRange[];
  /** Objects a page holds at most. */
  readonly pageLimit: number;
  /** Unix seconds: no object is older. */
  readonly horizon: number;
  /** Unix seconds. Default: not known, and nothing else is asked for before the first page has come. */
  readonly now?: number;
  /** Unix seconds: an earlier reading has seen no older object; null where nothing is known. */
  readonly oldestKnown?: number | null;
}

/**
 * Decides which page to ask for next, so that a list that can only be paged through one by one is read from many places
 * at once.
 *
 * The listing is cut into slices by `created`. The first page shows how dense the account is, and on a slow line a few
 * probes beside it; from then on, whenever the rate limit has a request to give:
 *
 * 1. a second that holds many objects is a chain that nothing can split: its next page comes first, of several the one of
 *    which least was read; the pages of the others come before those that are expected to be half empty. Where it seems worth
 *    a request it is read by itself, and from both ends as soon as an older object is known;
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
  readonly #now: number | null;
  readonly #seen: SeenPages;
  #oldestKnown: number | null;
  /** Unix seconds, exclusive: below it nothing was read before this plan. */
  readonly #unreadBelow: number;
  #isWideLine = false;
  readonly #budget = new GuessBudget();
  readonly #crowds: Crowds;

  constructor(options: PlanOptions) {
    this.#pageLimit = options.pageLimit;
    this.#horizon = options.horizon;
    this.#now = options.now ?? null;
    this.#seen = new SeenPages(options.horizon);
    this.#crowds = new Crowds(this.#seen);
    this.#oldestKnown = options.oldestKnown ?? null;
    this.#slices = options.ranges
      .map((range) => new Slice(range))
      .sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity));
    const oldest = this.#slices.at(-1);
    this.#unreadBelow = oldest?.from === null ? (oldest.until ?? Infinity) : -Infinity;
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
    this.#isWideLine = pace.requestsPerSecond * pace.latencySeconds >= WIDE;
    const probe = this.#nextProbe(pace);
    if (probe) return probe;
    const urgent = this.#crowds.nextOfLeastRead(this.#slices) ?? this.#nextUndated() ?? this.#nextAboveUndated();
    return urgent ?? this.#nextToExplore(pace) ?? this.#crowds.nextOfAny(this.#slices);
  }

  #nextProbe(pace: Pace): PageRequest | null {
    if (this.#budget.pagesRead > 0 || this.#oldestKnown !== null || this.#now === null) return null;
    return cutForProbe(this.#slices, pace, this.#now)?.ask() ?? null;
  }

  #nextToExplore(pace: Pace): PageRequest | null {
    let left = 0;
    let busy = 0;
    let guesses = 0;
    let idle: Candidate | null = null;
    let newestIdle: Candidate | null = null;
    let proven: Candidate | null = null;
    let guessed: Candidate | null = null;
    for (const slice of this.#slices) {
      if (slice.isExhausted) continue;
      const candidate = { slice, left: this.#left(slice) };
      left += Math.max(0, candidate.left);
      if (slice.inFlight) busy += 1;
      if (slice.isCrowded) continue;
      if (!slice.inFlight) {
        idle = longer(idle, candidate);
        newestIdle ??= candidate;
      } else if (slice.pages > 0 || slice.newestForeseen !== null) proven = longer(proven, candidate);
      else {
        guesses += 1;
        guessed = longer(guessed, candidate);
      }
    }
    const { pagesRead } = this.#budget;
    const isHardlyKnown = pagesRead < 2;
    const mayGuess = this.#budget.allows("a guess", pace);
    const isWide = this.#isWideLine && !isHardlyKnown;
    const mayGuessFar = this.#budget.allows("a guess below a guess", pace, isWide ? guesses : 0);
    const target = mayGuessFar ? longer(proven, guessed) : proven;
    const timeLeft = left / this.#pageLimit / pace.requestsPerSecond;
    if (target && mayGuess && target.left > (idle?.left ?? 0)) {
      const chainTime = (target.left / this.#pageLimit) * pace.latencySeconds;
      const { times, latencies } = isWide ? OUTLASTS.soon : OUTLASTS.late;
      const isLast = chainTime > times * timeLeft + latencies * pace.latencySeconds;
      const request = isLast ? this.#split(target.slice) : null;
      if (request) return request;
    }
    const isFarFromEnd = pagesRead >= FAR_FROM_END.pagesRead && left >= FAR_FROM_END.left;
    if (isFarFromEnd && newestIdle) return this.#ask(newestIdle.slice);
    if (idle && idle.left >= this.#pageLimit / 2) return this.#ask(idle.slice);
    if (idle) return this.#crowds.nextOfAny(this.#slices) ?? this.#ask(idle.slice);
    const most = Math.ceil(1.15 * pace.requestsPerSecond * pace.latencySeconds) + 1;
    const firstMost = Math.max(FIRST_GUESSES.least, Math.floor(FIRST_GUESSES.atOneSecond * pace.latencySeconds ** 2));
    if (busy >= (isHardlyKnown ? Math.min(firstMost, most) : most) || !mayGuess) return null;
    const early = this.#isWideLine ? SPLIT_WORTH.early.wide : SPLIT_WORTH.early.usual;
    const worth = this.#budget.pagesFilled < EARLY_PAGES ? early : SPLIT_WORTH.later;
    for (const candidate of mayGuessFar ? [proven, guessed] : [proven]) {
      const isWorth = candidate && candidate.left >= worth * this.#pageLimit;
      const request = isWorth ? this.#split(candidate.slice) : null;
      if (request) return request;
    }
    return null;
  }

  /** What a page that answers its request says against those that were received; null for nothing. */
  contradictionIn(request: PageRequest, items: readonly ListedItem[], hasMore: boolean): string | null {
    return contradictionIn(request, items, hasMore);
  }

  /** Takes a page that answers its request and contradicts nothing. */
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
      this.#correctCrowd(slice);
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
      if (isFinished) {
        delivery.listed.push(...slice.finish());
        this.#remove(index);
        continue;
      }
      const { density } = slice;
      slice.density = densityOf(inSlice) ?? density ?? densityTo(above, inSlice);
      if (this.#budget.pagesRead === 0) expectFrom(slice, this.#slices, this.#horizon);
      const isUndated = slice.token?.created === null || (inSlice.length === 0 && !hasMore);
      slice.isExhausted ||= slice.from === null && isUndated;
      const page = { items: inSlice, density, room: items.length, pagesBefore: this.#budget.pagesRead };
      const rest = this.#crowds.setApart(slice, this.#slices, page);
      if (rest) this.#slices.splice(index + 1, 0, rest);
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
    const covers = [slice.openUpTo(items[0]?.created ?? null)];
    const fresh = items.filter((item) => !slice.hasRead(item));
    if (hasMore && fresh.length === items.length) {
      const listed = slice.advanceUp(fresh);
      this.#correctCrowd(slice, fresh);
      return { items: fresh, listed, covers };
    }
    this.#remove(index);
    return { items: fresh, listed: slice.finish(), covers };
  }

  /** Where more lies below a crowded second than was guessed, it is a slice of its own after all. */
  #correctCrowd(slice: Slice, up: readonly ListedItem[] = []): void {
    const index = this.#slices.indexOf(slice);
    const rest = index < 0 ? null : this.#crowds.correct(slice, up);
    if (rest) this.#slices.splice(index + 1, 0, rest);
  }

  #remove(index: number): void {
    const [slice] = this.#slices.splice(index, 1);
    if (slice) this.#crowds.ended(slice);
  }

  /**
   * Where nothing with a `created` is left in the oldest slice, what has none follows the oldest object there is: it is asked
   * for once no slice above can hold an older one than was seen. Where none was seen that is as old as the oldest one that an
   * earlier reading had, that one is read again; where that is gone, too, only a listing from the newest end has a
   * place for what has no `created`.
   */
  #nextUndated(): PageRequest | null {
    const slice = this.#slices.at(-1);
    if (!slice?.isExhausted || slice.inFlight) return null;
    if (slice.token) return slice.ask();
    const above = this.#slices.at(-2);
    const { oldest } = this.#seen;
    const isLowest = (oldest?.created ?? Infinity) < (above?.from ?? -Infinity);
    if (above && !isLowest) return null;
    const known = this.#oldestKnown;
    slice.token = known !== null && known < (oldest?.created ?? Infinity) ? null : oldest;
    if (!slice.token) {
      slice.until = known === null ? null : known + 1;
      slice.isExhausted = false;
      this.#oldestKnown = null;
    }
    return slice.ask();
  }

  /**
   * What has no `created` waits for the oldest object: where only that is missing, the oldest end comes before all others. Its
   * last pages go on to what has none, and nothing has to ask for that by itself.
   */
  #nextAboveUndated(): PageRequest | null {
    const waiting = this.#slices.at(-1);
    const above = this.#slices.at(-2);
    if (!waiting?.isExhausted || waiting.inFlight || !above || above.isCrowded) return null;
    const left = this.#left(above);
    if (above.inFlight) return above.pages > 0 && left >= FAR_OLDEST_END * this.#pageLimit ? this.#split(above) : null;
    return this.#ask(above);
  }

  /**
   * The next page of a slice. Below the oldest objects that were seen it goes on to the end of the list: what lies there is
   * little or nothing, and what has no `created`, and to ask for that by itself would take a latency more.
   */
  #ask(slice: Slice): PageRequest {
    const { from, token } = slice;
    const isOldest = from !== null && from <= this.#unreadBelow && from <= this.#seen.oldestCreated;
    return slice.ask(isOldest && token !== null);
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
    const below = slice.cut(cut, densityAt(stretch, top - cut));
    this.#slices.splice(this.#slices.indexOf(slice) + 1, 0, below);
    return below.ask();
  }

  /** Objects that follow the page on its way, by what is known of the density: below none where it has room for more. */
  #left(slice: Slice): number {
    const stretch = this.#stretch(slice, this.#top(slice));
    if (!stretch) return slice.inFlight ? 0 : this.#pageLimit;
    return objectsIn(stretch) - (slice.inFlight ? this.#pageLimit : 0);
  }

  #top(slice: Slice): number {
    return slice.token?.created ?? slice.newestForeseen ?? slice.until ?? this.#seen.newest ?? this.#horizon;
  }

  #stretch(slice: Slice, top: number): Stretch | null {
    if (slice.density === null) return null;
    const { from } = slice;
    const below = from === null ? null : this.#seen.densityBelow(from);
    const steepest = this.#isWideLine ? STEEPEST.wide : STEEPEST.usual;
    return {
      spanSeconds: from === null ? null : Math.max(1, top - from),
      newest: slice.density,
      oldest: below === null ? null : Math.max(below, slice.density * steepest),
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
const STEEPEST = { usual: 0.2, wide: 0.7 };

/**
 * One page says little of an account: as long as it is all that is known, so many more are asked for at a time. They grow with
 * the square of the latency: the longer it is, the more time there is to lose, and the more requests fit into it.
 */
const FIRST_GUESSES = { least: 4, atOneSecond: 25 };

/**
 * A slice is split where its pages, one latency each, would end later than so many times what all that is left takes at the
 * rate limit, and so many latencies. Sooner on a wide line, which has room for a wrong guess; but where hardly anything was
 * read, a long slice may be one.
 */
const OUTLASTS = { late: { times: 1.3, latencies: 2 }, soon: { times: 1, latencies: 0.75 } };

/** Requests that are under way at a time on a line that is wide. */
const WIDE = 12;

/**
 * Pages that are left in a slice at least where a guess is worth its request. Early, what was read says little, and a small
 * account would pay for it, more so where a round trip is short; later, with a fifth of its room to spare the page on its way
 * will do, and else the slice would end a latency after the others.
 */
const SPLIT_WORTH = { early: { usual: 2, wide: 1 }, later: -0.2 };

/** As long as all that was read would fit into so many pages, it is early. */
const EARLY_PAGES = 10;

/** Pages left at the oldest end from which on it is halved on the way to its last one. */
const FAR_OLDEST_END = 5;
