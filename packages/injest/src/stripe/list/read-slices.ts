import { SourceError, type SourceErrorCode } from "../../errors.js";
import type { Permit } from "../../http/rate-limiter.js";
import type { Listed, ReadEvent } from "../../source.js";
import { Bell } from "./bell.js";
import { type Listing, pathOf } from "./listing.js";
import { type CheckedItem, type CheckedPage, checkPage } from "./page.js";
import { maxBodyBytes, PageSize } from "./page-size.js";
import { type ReadyPage, ReadyPages } from "./ready-pages.js";
import { EARLY_PROBES } from "../slices/early-probes.js";
import type { OpenRange } from "./open-range.js";
import type { ListedItem } from "../slices/listed-item.js";
import type { PageRequest } from "../slices/slice.js";
import type { Pace } from "../slices/guess-budget.js";
import type { Delivery } from "../slices/delivery.js";
import { contradictionIn } from "../slices/contradiction.js";
import { SlicePlan } from "../slices/slice-plan.js";
import type { AnswerFacts, StripeClient } from "../client/stripe-client.js";
import { invalidResponse, isMissing, isTooLarge } from "../client/stripe-errors.js";

export interface ReadSlicesOptions<T> {
  readonly ranges: readonly OpenRange[];
  /** When the oldest object that is known was created. */
  readonly oldestKnown?: number | null;
  /** Makes of the new objects of a page what is yielded; several run at once. Until it resolves, the page stays open. */
  readonly finish: (items: readonly CheckedItem[], facts: AnswerFacts, page: UnfinishedPage<T>) => Promise<T> | T;
  /** Bytes of what `finish` makes. Default: those of the page. */
  readonly sizeOf?: (value: T) => number;
  /** Reads page after page, and stops once so many objects came, rather than everything from many places at once. */
  readonly stopAfter?: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly observe?: ((event: ReadEvent) => void) | undefined;
}

/** A page of which objects are still on their way. */
export interface UnfinishedPage<T> {
  /** Has a part yielded before the page is complete; resolves once there is room for more. */
  readonly handOn: (part: T) => Promise<void>;
  /** Aborts as soon as nobody waits for the page any more. */
  readonly signal: AbortSignal;
}

/** A page, or a part of one. */
export interface SlicePage<T> {
  readonly value: T;
  /** False for a part that comes before the page is complete. */
  readonly isComplete: boolean;
  /** The page's new objects as they were listed; none with a part. */
  readonly items: readonly ListedItem[];
  /** Together with what its parts have brought. */
  readonly listed: readonly Listed[];
  /** What is still to be read once this page and all before it are durable. */
  readonly open: readonly OpenRange[];
  /** Objects that are probably still to come; null before anything is known. */
  readonly remaining: number | null;
}

/** Nothing at Stripe is older than its first year. */
export const HORIZON_SECONDS = Date.UTC(2010, 0) / 1000;

/**
 * Reads ranges of a list from many places at once, as fast as the rate limiter allows; returns what it left open.
 *
 * Pages come in no order; each says what is still open with it and all pages before it. Requests are sent only as fast
 * as pages are taken. When a request fails for good, what is complete comes first, then the error.
 */
export async function* readSlices<T>(
  client: StripeClient,
  listing: Listing,
  options: ReadSlicesOptions<T>,
): AsyncGenerator<SlicePage<T>, readonly OpenRange[]> {
  const reader = new SliceReader(client, listing, options);
  try {
    return yield* reader.pages();
  } finally {
    await reader.stop();
  }
}

/** One reading: sends requests in the background while pages are taken from it. */
class SliceReader<T> {
  readonly #client: StripeClient;
  readonly #listing: Listing;
  readonly #options: ReadSlicesOptions<T>;
  readonly #plan: SlicePlan;
  readonly #pageSize = new PageSize();
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  /** Aborts once all is read: pages that are still on their way were guesses that nobody needs to wait for. */
  readonly #allRead = new AbortController();
  readonly #requestSignal: AbortSignal;
  readonly #ready = new ReadyPages<T>();
  /** Pages that the plan has taken but nobody has got yet. */
  readonly #unsettled = new Set<Delivery<CheckedItem>>();
  readonly #bell = new Bell();
  /** During which the first page was waited for, by the clock of a process that was not held up itself. */
  #waitedMs = 0;
  #watch: Promise<void> | null = null;
  /** A request was refused or failed, and is made again: the line may be anything but slow. */
  #hasFailed = false;
  #underWay = 0;
  #received = 0;
  /** Since the last page that began at one. */
  #tokensLost = 0;
  #failure: { readonly error: unknown } | null = null;
  #sending: Promise<void> | null = null;

  constructor(client: StripeClient, listing: Listing, options: ReadSlicesOptions<T>) {
    this.#client = client;
    this.#listing = listing;
    this.#options = options;
    this.#plan = new SlicePlan({
      ranges: options.ranges,
      pageLimit: this.#pageSize.limit,
      horizon: HORIZON_SECONDS,
      now: Math.floor(client.clock.wallMs() / 1000),
      oldestKnown: options.oldestKnown ?? null,
    });
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#abort.signal]) : this.#abort.signal;
    this.#requestSignal = AbortSignal.any([this.#signal, this.#allRead.signal]);
  }

  async *pages(): AsyncGenerator<SlicePage<T>, readonly OpenRange[]> {
    this.#sending = this.#send();
    for (;;) {
      const page = this.#ready.take();
      if (page) {
        if (page.delivery !== null) this.#unsettled.delete(page.delivery);
        this.#bell.ring();
        const { value, listed, delivery } = page;
        const items = delivery?.items ?? [];
        const { remaining } = this.#plan;
        yield { value, isComplete: delivery !== null, items, listed, open: this.#open(), remaining };
      } else if (this.#underWay > 0) {
        await this.#bell.wait();
      } else if (this.#failure) {
        throw this.#failure.error;
      } else if (this.#isEnough()) {
        return this.#open();
      } else {
        await this.#bell.wait();
      }
    }
  }

  /** Ends what is under way; resolves once nothing is. */
  async stop(): Promise<void> {
    this.#fail(STOPPED);
    // It may be waiting for room that nobody makes any more.
    this.#bell.ring();
    await Promise.all([this.#sending, this.#watch]);
  }

  #open(): OpenRange[] {
    return [...this.#plan.open(), ...[...this.#unsettled].flatMap((delivery) => delivery.covers)];
  }

  #isEnough(): boolean {
    const { stopAfter } = this.#options;
    return this.#plan.done || this.#failure !== null || (stopAfter !== undefined && this.#received >= stopAfter());
  }

  #hasRoom(): boolean {
    const most = this.#options.stopAfter === undefined ? this.#pageSize.mostUnderWay : 1;
    return this.#underWay < most && this.#ready.hasRoom;
  }

  /** Asks the plan for one request after the other; a turn at the limiter that it has no use for is given back. */
  async #send(): Promise<void> {
    const requests = new Set<Promise<void>>();
    try {
      while (!this.#isEnough()) {
        if (!this.#hasRoom()) {
          await this.#bell.wait();
          continue;
        }
        const permit = await this.#client.limiter.acquire(this.#listing.endpoint, this.#signal);
        const request = this.#isEnough() ? null : this.#plan.next(this.#pace());
        if (!request) {
          permit.refund();
          if (!this.#isEnough()) await this.#bell.wait();
          continue;
        }
        this.#underWay += 1;
        const sent = this.#load(request, permit).finally(() => {
          this.#underWay -= 1;
          requests.delete(sent);
          this.#bell.ring();
        });
        requests.add(sent);
      }
    } catch (error) {
      this.#fail(error);
    }
    await Promise.all(requests);
    this.#bell.ring();
  }

  /**
   * Where no page has come for so long, the plan may know of more to ask for. Many short sleeps tell a slow line from a
   * process that was held up itself, whose answer has arrived but was not read.
   */
  async #watchForSlowLine(): Promise<void> {
    const { clock, limiter } = this.#client;
    const isWaiting = (): boolean => !this.#hasFailed && limiter.latencyOf(this.#listing.endpoint) === null;
    try {
      while (isWaiting() && this.#waitedMs < EARLY_PROBES.allAfterSeconds * 1000) {
        await clock.sleep(TICK_MS, this.#requestSignal);
        if (!isWaiting()) return;
        this.#waitedMs += TICK_MS;
        if (this.#waitedMs >= EARLY_PROBES.afterSeconds * 1000) this.#bell.ring();
      }
    } catch {
      // Nothing is waited for any more.
    }
  }

  async #load(request: PageRequest, permit: Permit): Promise<void> {
    const limit = this.#pageSize.limit;
    const loaded = await this.#get(request, limit, permit).catch((error: unknown) => {
      if (this.#plan.done) return;
      if (this.#isTokenLost(error, request)) this.#plan.tokenLost(request);
      else if (isTooLarge(error) && this.#pageSize.shrink(limit)) this.#plan.abandoned(request);
      else this.#fail(error);
    });
    if (!loaded) return;
    const { page, facts } = loaded;
    this.#pageSize.learn(page.sizeBytes, page.items.length);
    this.#plan.pageLimit = this.#pageSize.limit;
    const delivery = this.#plan.received(request, page.items, page.hasMore);
    if (this.#plan.done) this.#allRead.abort();
    this.#received += delivery.items.length;
    this.#unsettled.add(delivery);
    this.#bell.ring();
    if (request.token !== null) this.#tokensLost = 0;
    const { finish, sizeOf = () => page.sizeBytes } = this.#options;
    let hasParts = false;
    const handOn = async (value: T): Promise<void> => {
      hasParts = true;
      this.#putReady({ value, delivery: null, listed: [], sizeBytes: sizeOf(value) });
      while (!this.#ready.hasRoom && !this.#signal.aborted) await this.#bell.wait();
    };
    try {
      const value = await finish(delivery.items, facts, { handOn, signal: this.#signal });
      const listed = hasParts ? withPresent(delivery) : delivery.listed;
      this.#putReady({ value, delivery, listed, sizeBytes: Math.max(page.sizeBytes, sizeOf(value)) });
    } catch (error) {
      // The plan has moved on: whatever went wrong, the page stays open in the cursor.
      this.#fail(error);
    }
  }

  #putReady(page: ReadyPage<T>): void {
    this.#ready.put(page);
    this.#bell.ring();
  }

  #get(request: PageRequest, limit: number, permit: Permit): Promise<{ page: CheckedPage; facts: AnswerFacts }> {
    return this.#client.get(
      {
        ...this.#listing,
        path: pathOf(this.#listing, request, limit),
        maxBodyBytes: maxBodyBytes(limit),
        permit,
        signal: this.#requestSignal,
        observe: (event) => this.#observe(event),
      },
      (body, facts) => {
        const page = checkPage(body, { listing: this.#listing, query: request, limit }, facts.requestId);
        const problem = contradictionIn(request, page.items, page.hasMore);
        if (problem !== null) throw invalidResponse(problem, this.#listing, facts.requestId ?? undefined);
        return { page, facts };
      },
    );
  }

  #observe(event: ReadEvent): void {
    this.#hasFailed ||= event.type === "retry";
    // Not before: what a connection takes to come about says little of the answers.
    if (event.type === "request") this.#watch ??= this.#watchForSlowLine();
    this.#options.observe?.(event);
  }

  /** Nothing but the object that the token names can be missing of a list; reading upwards, any refusal ends just that. */
  #isTokenLost(error: unknown, request: PageRequest): boolean {
    if (request.token === null) return false;
    if (isMissing(error)) return (this.#tokensLost += 1) <= TOKENS_LOST_MOST;
    return request.direction === "up" && error instanceof SourceError && UPWARD_REFUSALS.has(error.code);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    // The others cannot do better where this one failed for good.
    this.#abort.abort(error);
  }

  #pace(): Pace {
    if (this.#options.stopAfter !== undefined) return { requestsPerSecond: 1, latencySeconds: 0 };
    const { limiter } = this.#client;
    const { endpoint } = this.#listing;
    const requestsPerSecond = limiter.rateOf(endpoint);
    this.#options.observe?.({ type: "rate", inUse: limiter.inUse(endpoint), limit: limiter.limitOf(endpoint) });
    const supposedMs = this.#hasFailed ? USUAL_LATENCY_MS : Math.max(USUAL_LATENCY_MS, this.#waitedMs);
    return { requestsPerSecond, latencySeconds: (limiter.latencyOf(endpoint) ?? supposedMs) / 1000 };
  }
}

/** What a page's parts have brought, which may be committed before the page, is not missing from what the page lists. */
function withPresent({ items, listed }: Delivery<CheckedItem>): Listed[] {
  const ids = items.map(({ id }) => id);
  return listed.map(({ range, alsoPresent }) => ({ range, alsoPresent: [...alsoPresent, ...ids] }));
}

const TICK_MS = 50;
/** Of Stripe, as long as nothing else is known. */
const USUAL_LATENCY_MS = 300;

/** So many page tokens in a row may be gone before that counts as an answer that is wrong. */
const TOKENS_LOST_MOST = 20;

const UPWARD_REFUSALS: ReadonlySet<SourceErrorCode> = new Set(["SOURCE_RESPONSE_INVALID", "SOURCE_REQUEST_REFUSED"]);

const STOPPED = new Error("the reading was stopped");
