import type { OpenRange } from "../list/open-range.js";
import { candidatesAmong, longer } from "./candidates.js";
import { Crowds } from "./crowds.js";
import type { Delivery } from "./delivery.js";
import { cutForProbe } from "./early-probes.js";
import { GuessBudget, type Pace } from "./guess-budget.js";
import type { ListedItem } from "./listed-item.js";
import { Outlook } from "./outlook.js";
import { PageIntake } from "./page-intake.js";
import { SeenPages } from "./seen-pages.js";
import type { PageRequest, Slice } from "./slice.js";
import { SliceList } from "./slice-list.js";

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
 *    what follows the page that is on its way, so that at the end none needs a page more than the others; where the rate
 *    limit has requests to spare, into parts that surely fit into a page each. Such guesses cost requests where they hit
 *    nothing: they stop once too many did.
 *
 * Pure: no I/O, no time of its own.
 */
export class SlicePlan {
  readonly #slices: SliceList;
  readonly #seen: SeenPages;
  readonly #outlook: Outlook;
  readonly #crowds: Crowds;
  readonly #intake: PageIntake;
  readonly #budget = new GuessBudget();
  readonly #now: number | null;
  #oldestKnown: number | null;
  /** Unix seconds, exclusive: below it nothing was read before this plan. */
  readonly #unreadBelow: number;

  constructor({ ranges, pageLimit, horizon, now, oldestKnown }: PlanOptions) {
    this.#slices = new SliceList(ranges);
    this.#seen = new SeenPages(horizon);
    this.#outlook = new Outlook(this.#seen, horizon, pageLimit);
    this.#crowds = new Crowds(this.#seen);
    this.#intake = new PageIntake(this.#slices, this.#crowds, horizon);
    this.#now = now ?? null;
    this.#oldestKnown = oldestKnown ?? null;
    const oldest = this.#slices.newestFirst.at(-1);
    this.#unreadBelow = oldest?.from === null ? (oldest.until ?? Infinity) : -Infinity;
  }

  get done(): boolean {
    return this.#slices.newestFirst.length === 0;
  }

  /** Objects that are probably still to be listed; null before anything is known. */
  get remaining(): number | null {
    if (this.#budget.pagesRead === 0) return null;
    const slices = this.#slices.newestFirst;
    return Math.round(slices.reduce((sum, slice) => sum + this.#outlook.toCome(slice), 0));
  }

  /** Objects that a page may hold from now on. */
  set pageLimit(limit: number) {
    this.#outlook.pageLimit = limit;
  }

  /** What is not read yet, for a cursor; pages on their way count as unread. */
  open(): OpenRange[] {
    return this.#slices.newestFirst.map((slice) => slice.open);
  }

  /** The page to ask for now; null when nothing is worth asking for before another page arrives. */
  next(pace: Pace): PageRequest | null {
    this.#outlook.isWideLine = widthOf(pace) >= WIDE;
    const probe = this.#nextProbe(pace);
    if (probe) return probe;
    const slices = this.#slices.newestFirst;
    const urgent = this.#crowds.nextOfLeastRead(slices) ?? this.#nextUndated() ?? this.#nextAboveUndated();
    return urgent ?? this.#nextToExplore(pace) ?? this.#crowds.nextOfAny(slices);
  }

  #nextProbe(pace: Pace): PageRequest | null {
    if (this.#budget.pagesRead > 0 || this.#oldestKnown !== null || this.#now === null) return null;
    return cutForProbe(this.#slices, pace, this.#now)?.ask() ?? null;
  }

  #nextToExplore(pace: Pace): PageRequest | null {
    const slices = this.#slices.newestFirst;
    const candidates = candidatesAmong(slices, (slice) => this.#outlook.left(slice));
    const { left, busy, guesses, idle, newestIdle, proven, guessed } = candidates;
    const { pageLimit, isWideLine } = this.#outlook;
    const { pagesRead } = this.#budget;
    const isHardlyKnown = pagesRead < 2;
    const mayGuess = this.#budget.allows("a guess", pace);
    const isWide = isWideLine && !isHardlyKnown;
    const mayGuessFar = this.#budget.allows("a guess below a guess", pace, isWide ? guesses : 0);
    const target = mayGuessFar ? longer(proven, guessed) : proven;
    const timeLeft = left / pageLimit / pace.requestsPerSecond;
    const isShort = timeLeft < SHORT_LATENCIES * pace.latencySeconds;
    const hasSpare = isShort && !isHardlyKnown && widthOf(pace) >= ROOMY;
    if (target && mayGuess && target.left > (idle?.left ?? 0)) {
      const chainTime = (target.left / pageLimit) * pace.latencySeconds;
      const { times, latencies } = isWide ? OUTLASTS.soon : OUTLASTS.late;
      const isLast = chainTime > times * timeLeft + latencies * pace.latencySeconds;
      const request = isLast ? this.#split(target.slice, hasSpare) : null;
      if (request) return request;
    }
    const isFarFromEnd = pagesRead >= FAR_FROM_END.pagesRead && left >= FAR_FROM_END.left;
    if (isFarFromEnd && newestIdle) return this.#ask(newestIdle.slice);
    if (idle && idle.left >= pageLimit / 2) return this.#ask(idle.slice);
    if (idle) return this.#crowds.nextOfAny(slices) ?? this.#ask(idle.slice);
    const most = Math.ceil(1.15 * widthOf(pace)) + 1;
    const firstMost = Math.max(FIRST_GUESSES.least, Math.floor(FIRST_GUESSES.atOneSecond * pace.latencySeconds ** 2));
    if (busy >= (isHardlyKnown ? Math.min(firstMost, most) : most) || !mayGuess) return null;
    const worth = hasSpare ? SPLIT_WORTH.spare : this.#splitWorth(isShort);
    for (const candidate of mayGuessFar ? [proven, guessed] : [proven]) {
      const isWorth = candidate && candidate.left >= worth * pageLimit;
      const request = isWorth ? this.#split(candidate.slice, hasSpare) : null;
      if (request) return request;
    }
    return null;
  }

  /** Takes a page that answers its request and contradicts nothing. */
  received<I extends ListedItem>(request: PageRequest, items: readonly I[], hasMore: boolean): Delivery<I> {
    this.#seen.learn(request, items);
    const delivery = this.#intake.take(request, { items, hasMore, pagesBefore: this.#budget.pagesRead });
    // Where more follow, a page is as full as the server lets it be.
    const room = hasMore ? Math.max(1, items.length) : this.#outlook.pageLimit;
    this.#budget.received(delivery.items.length, room);
    return delivery;
  }

  /** The object that the request's token names is gone: the request is to be made anew, from the token's second. */
  tokenLost(request: PageRequest): void {
    this.#intake.tokenLost(request);
    if (request.direction === "down") this.#seen.forget(request.token?.id);
  }

  /** The page did not come, and nothing is wrong with the request: it will be asked for again. */
  abandoned({ slice, direction }: PageRequest): void {
    if (direction === "down") slice.inFlight = null;
    else if (slice.upward) slice.upward.inFlight = null;
  }

  /**
   * Where nothing with a `created` is left in the oldest slice, what has none follows the oldest object there is: it is asked
   * for once no slice above can hold an older one than was seen. Where none was seen that is as old as the oldest one that an
   * earlier reading had, that one is read again; where that is gone, too, only a listing from the newest end has a
   * place for what has no `created`.
   */
  #nextUndated(): PageRequest | null {
    const slice = this.#slices.newestFirst.at(-1);
    if (!slice?.isExhausted || slice.inFlight) return null;
    if (slice.token) return slice.ask();
    const above = this.#slices.newestFirst.at(-2);
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
    const waiting = this.#slices.newestFirst.at(-1);
    const above = this.#slices.newestFirst.at(-2);
    if (!waiting?.isExhausted || waiting.inFlight || !above || above.isCrowded) return null;
    const isFar = this.#outlook.left(above) >= FAR_OLDEST_END * this.#outlook.pageLimit;
    if (above.inFlight) return above.pages > 0 && isFar ? this.#split(above) : null;
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

  /** `isShort`: all that is left can be asked for in less than a round trip. */
  #splitWorth(isShort: boolean): number {
    if (this.#budget.pagesFilled >= EARLY_PAGES) return SPLIT_WORTH.later;
    const early = this.#outlook.isWideLine ? SPLIT_WORTH.early.wide : SPLIT_WORTH.early.usual;
    return isShort ? early - SPLIT_WORTH.early.lessWhereShort : early;
  }

  #split(slice: Slice, hasSpare = false): PageRequest | null {
    if (this.#slices.newestFirst.length >= MOST_SLICES) return null;
    const cut = hasSpare ? this.#outlook.lastPart(slice) : this.#outlook.middle(slice);
    if (!cut) return null;
    const below = slice.cut(cut.second, cut.density);
    this.#slices.putBelow(slice, below);
    return below.ask();
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

/** Requests that are under way at a time: from `ROOMY` on spare ones are worth their cost, from `WIDE` on wrong guesses are. */
const ROOMY = 7;
const WIDE = 12;

function widthOf({ requestsPerSecond, latencySeconds }: Pace): number {
  return requestsPerSecond * latencySeconds;
}

/**
 * Pages that are left in a slice at least where a guess is worth its request. Early, what was read says little, and a small
 * account would pay for it, more so where a round trip is short. Where little is left in all, the rate limit has requests to
 * spare, and one that was not made may cost a round trip: then a slice is cut into parts that surely fit into a page each.
 * Later, with a fifth of its room to spare the page on its way will do, and else the slice would end a latency after the others.
 */
const SPLIT_WORTH = { early: { usual: 2, wide: 1, lessWhereShort: 1 }, later: -0.2, spare: -0.25 };

/** What is left is little where the rate limit lets all of it be asked for in so many round trips. */
const SHORT_LATENCIES = 0.6;

/** As long as all that was read would fit into so many pages, it is early. */
const EARLY_PAGES = 10;

/** Pages left at the oldest end from which on it is halved on the way to its last one. */
const FAR_OLDEST_END = 5;
