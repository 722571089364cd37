import { RateBucket, type Turn } from "../../../src/http/rate-bucket.js";
import { checkPage } from "../../../src/stripe/list/page.js";
import type { OpenRange } from "../../../src/stripe/list/open-range.js";
import type { ListedItem } from "../../../src/stripe/slices/listed-item.js";
import type { PageRequest } from "../../../src/stripe/slices/slice.js";
import type { Delivery } from "../../../src/stripe/slices/delivery.js";
import { contradictionIn } from "../../../src/stripe/slices/contradiction.js";
import { SlicePlan } from "../../../src/stripe/slices/slice-plan.js";
import { HORIZON_SECONDS } from "../../../src/stripe/list/read-slices.js";
import { EARLY_PROBES } from "../../../src/stripe/slices/early-probes.js";
import type { AccountModel } from "./account-model.js";

export interface SimulationOptions {
  readonly account: AccountModel;
  /** Default: everything. */
  readonly ranges?: readonly OpenRange[];
  readonly oldestKnown?: number | null;
  readonly pageLimit?: number;
  /** Objects that the endpoint puts on a page, whatever is asked for. Default: what is asked for. */
  readonly serverLimit?: number;
  /** Of the 25 requests a second that Stripe allows. Default: 1. */
  readonly share?: number;
  /** Seconds that a request takes. */
  readonly latency: () => number;
  /** Seconds from a page's arrival until it is complete and taken. Default: none. */
  readonly finishing?: () => number;
  /** Whether each page goes through the check of real bodies. Default: only through what a plan must not refuse. */
  readonly checksBodies?: boolean;
  /** Called when a page is taken, with what a cursor would hold then. "stop" ends the simulation, as a kill does. */
  readonly onTaken?: (taken: Taken) => "stop" | void;
  /** Called before each answer is made: the account may change. */
  readonly onRequest?: (request: PageRequest) => void;
  /** Whether a page does not come, as one that is too large. */
  readonly isAbandoned?: (request: PageRequest) => boolean;
}

export interface Taken {
  readonly delivery: Delivery<ListedItem>;
  readonly open: readonly OpenRange[];
}

export interface SimulationResult {
  readonly requests: number;
  readonly wallSeconds: number;
  /** Pages that were true and yet refused, and asked for again. */
  readonly refused: number;
}

type Step =
  | { readonly atMs: number; readonly kind: "answer"; readonly request: PageRequest; readonly sent: Sent }
  | { readonly atMs: number; readonly kind: "taken"; readonly delivery: Delivery<ListedItem> };

interface Sent {
  readonly turn: Turn;
  readonly latencyMs: number;
}

/** The accounts' newest objects were created about then. */
const NOW = 1_790_000_000;
/** How often a plan is asked again although no page has come, on a line that is slow. */
const TICK_MS = 50;
/** As many requests as `PageSize` allows at a time. */
const MOST_UNDER_WAY = 128;
/** A true page may be refused while the object at which two chains would meet is gone; not for long. */
const REFUSALS_MOST = 50;

const THINGS = {
  endpoint: "/v1/things",
  permission: "thing_read",
  objectType: "thing",
  parameters: [],
  nestedLists: [],
};

/** Lets a plan read an account in virtual time, as the reader does: as fast as the rate allows, answers in any order. */
export function simulate(options: SimulationOptions): SimulationResult {
  const { account, pageLimit = 100, share = 1, latency, finishing = () => 0 } = options;
  const { serverLimit = Infinity, checksBodies = false, onTaken, onRequest, isAbandoned } = options;
  const ranges = options.ranges ?? [{ from: null, until: null, after: null }];
  const { oldestKnown = null } = options;
  const plan = new SlicePlan({ ranges, pageLimit, horizon: HORIZON_SECONDS, now: NOW, oldestKnown });
  const steps: Step[] = [];
  const unsettled = new Set<Delivery<ListedItem>>();
  const latencies: number[] = [];
  const bucket = new RateBucket({ perSecond: 25, share }, 0, true);
  let nowMs = 0;
  let underWay = 0;
  let requests = 0;
  let refused = 0;

  for (;;) {
    const readyAtMs = underWay < MOST_UNDER_WAY ? bucket.readyAtMs(nowMs) : Infinity;
    if (!plan.done && nowMs >= readyAtMs) {
      const request = plan.next({
        requestsPerSecond: bucket.rate.at(nowMs),
        latencySeconds: (median(latencies) ?? Math.max(300, nowMs)) / 1000,
      });
      if (request) {
        send(request);
        continue;
      }
      const tickMs = nextTick();
      if (tickMs !== null && (earliest()?.atMs ?? 0) > tickMs) {
        nowMs = tickMs;
        continue;
      }
      if (steps.length === 0) throw new Error("the plan asks for nothing although it is not done");
      if (takeNext() === "stop") break;
      continue;
    }
    if (plan.done) dropAnswers();
    const next = earliest();
    if (next === undefined && plan.done) break;
    if (next === undefined || (!plan.done && readyAtMs > nowMs && readyAtMs < next.atMs)) nowMs = readyAtMs;
    else if (takeNext() === "stop") break;
  }
  return { requests, wallSeconds: nowMs / 1000, refused };

  function send(request: PageRequest): void {
    requests += 1;
    underWay += 1;
    if (requests > 5 * account.items.length + 1_000) throw new Error("the plan asks without end");
    const latencyMs = latency() * 1000;
    const sent = { turn: bucket.take(nowMs, null), latencyMs };
    steps.push({ atMs: nowMs + latencyMs, kind: "answer", request, sent });
  }

  /** The reader breaks off what nobody needs any more. */
  function dropAnswers(): void {
    steps.splice(0, steps.length, ...steps.filter(({ kind }) => kind === "taken"));
  }

  /** When the waiting for the first page may be reason enough to ask for more; null once it is not any more. */
  function nextTick(): number | null {
    const { afterSeconds, allAfterSeconds } = EARLY_PROBES;
    const tickMs = Math.max(1000 * afterSeconds, TICK_MS * Math.floor(nowMs / TICK_MS + 1));
    return latencies.length === 0 && tickMs <= 1000 * allAfterSeconds ? tickMs : null;
  }

  function earliest(): Step | undefined {
    return steps.reduce<Step | undefined>((a, b) => (a === undefined || b.atMs < a.atMs ? b : a), undefined);
  }

  function takeNext(): "stop" | void {
    const step = earliest();
    if (step === undefined) return;
    steps.splice(steps.indexOf(step), 1);
    nowMs = step.atMs;
    if (step.kind === "answer") return arrived(step.request, step.sent);
    unsettled.delete(step.delivery);
    return onTaken?.({ delivery: step.delivery, open: open() });
  }

  function arrived(request: PageRequest, { turn, latencyMs }: Sent): "stop" | void {
    onRequest?.(request);
    underWay -= 1;
    latencies.push(latencyMs);
    // As quick as any, and so not late: here no request is held up on its way.
    bucket.served(turn, latencyMs, latencyMs);
    bucket.finish(turn);
    if (isAbandoned?.(request) === true) return plan.abandoned(request);
    const answer = account.answer(request, Math.min(pageLimit, serverLimit));
    if (answer === "token lost") return plan.tokenLost(request);
    const { items } = answer;
    const hasMore = answer.hasMore || items.length >= pageLimit;
    const problem = (checksBodies ? problemOfBody(request, answer) : null) ?? contradictionIn(request, items, hasMore);
    if (problem !== null) {
      refused += 1;
      if (refused > REFUSALS_MOST) throw new Error(`a true page was refused again and again: ${problem}`);
      return send(request);
    }
    const delivery = plan.received(request, items, hasMore);
    unsettled.add(delivery);
    steps.push({ atMs: nowMs + 1000 * finishing(), kind: "taken", delivery });
  }

  function open(): OpenRange[] {
    return [...plan.open(), ...[...unsettled].flatMap(({ covers }) => covers)];
  }

  function problemOfBody(
    request: PageRequest,
    answer: { items: readonly ListedItem[]; hasMore: boolean },
  ): string | null {
    const data = answer.items.map(({ id, created }) => ({ id, object: "thing", created }));
    const body = Buffer.from(JSON.stringify({ object: "list", data, has_more: answer.hasMore }));
    try {
      checkPage(body, { listing: THINGS, query: request, limit: pageLimit }, null);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Of the last ones, as the limiter counts them. */
function median(values: readonly number[]): number | null {
  const sorted = values.slice(-21).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}
