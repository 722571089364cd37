import { checkPage } from "../../../src/stripe/page.js";
import type { ListedItem, OpenRange, PageRequest } from "../../../src/stripe/slices/slice.js";
import type { Delivery } from "../../../src/stripe/slices/delivery.js";
import { SlicePlan } from "../../../src/stripe/slices/slice-plan.js";
import { HORIZON_SECONDS } from "../../../src/stripe/read-slices.js";
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
  readonly requestsPerSecond?: number;
  /** Requests that may go at once after a pause. Default: 1. */
  readonly burst?: number;
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
  | { readonly at: number; readonly kind: "answer"; readonly request: PageRequest; readonly latency: number }
  | { readonly at: number; readonly kind: "taken"; readonly delivery: Delivery<ListedItem> };

/** The accounts' newest objects were created about then. */
const NOW = 1_790_000_000;
/** Seconds after which a plan is asked again although no page has come. */
const SLOW = EARLY_PROBES.afterSeconds;
/** As many requests as `PageSize` allows at a time. */
const MOST_UNDER_WAY = 128;
/** A true page may be refused while the object at which two chains would meet is gone; not for long. */
const REFUSALS_MOST = 50;

/** Lets a plan read an account in virtual time, as the reader does: as fast as the rate allows, answers in any order. */
export function simulate(options: SimulationOptions): SimulationResult {
  const { account, pageLimit = 100, requestsPerSecond: rate = 25, burst = 1, latency, finishing = () => 0 } = options;
  const { serverLimit = Infinity, checksBodies = false, onTaken, onRequest } = options;
  const ranges = options.ranges ?? [{ from: null, until: null, after: null }];
  const { oldestKnown = null } = options;
  const plan = new SlicePlan({ ranges, pageLimit, horizon: HORIZON_SECONDS, now: NOW, oldestKnown });
  const steps: Step[] = [];
  const unsettled = new Set<Delivery<ListedItem>>();
  const latencies: number[] = [];
  let nowSeconds = 0;
  let tokenAt = 0;
  let underWay = 0;
  let requests = 0;
  let refused = 0;

  for (;;) {
    if (!plan.done && nowSeconds >= tokenAt && underWay < MOST_UNDER_WAY) {
      const request = plan.next({
        requestsPerSecond: rate,
        latencySeconds: median(latencies) ?? Math.max(0.3, nowSeconds),
      });
      if (request) {
        send(request);
        tokenAt = Math.max(tokenAt, nowSeconds - (burst - 1) / rate) + 1 / rate;
        continue;
      }
      if (latencies.length === 0 && nowSeconds < SLOW && (earliest()?.at ?? 0) > SLOW) {
        nowSeconds = SLOW;
        continue;
      }
      if (steps.length === 0) throw new Error("the plan asks for nothing although it is not done");
      if (takeNext() === "stop") break;
      continue;
    }
    if (plan.done) dropAnswers();
    const next = earliest();
    if (next === undefined && plan.done) break;
    if (next === undefined || (!plan.done && tokenAt > nowSeconds && tokenAt < next.at && underWay < MOST_UNDER_WAY)) {
      nowSeconds = tokenAt;
    } else if (takeNext() === "stop") break;
  }
  return { requests, wallSeconds: nowSeconds, refused };

  function send(request: PageRequest): void {
    requests += 1;
    underWay += 1;
    if (requests > 5 * account.items.length + 1_000) throw new Error("the plan asks without end");
    const seconds = latency();
    steps.push({ at: nowSeconds + seconds, kind: "answer", request, latency: seconds });
  }

  /** The reader breaks off what nobody needs any more. */
  function dropAnswers(): void {
    steps.splice(0, steps.length, ...steps.filter(({ kind }) => kind === "taken"));
  }

  function earliest(): Step | undefined {
    return steps.reduce<Step | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
  }

  function takeNext(): "stop" | void {
    const step = earliest();
    if (step === undefined) return;
    steps.splice(steps.indexOf(step), 1);
    nowSeconds = step.at;
    if (step.kind === "answer") return arrived(step.request, step.latency);
    unsettled.delete(step.delivery);
    return onTaken?.({ delivery: step.delivery, open: open() });
  }

  function arrived(request: PageRequest, seconds: number): "stop" | void {
    onRequest?.(request);
    underWay -= 1;
    latencies.push(seconds);
    const answer = account.answer(request, Math.min(pageLimit, serverLimit));
    if (answer === "token lost") return plan.tokenLost(request);
    const { items } = answer;
    const problem = checksBodies
      ? problemOfBody(request, answer)
      : request.slice.meetingProblem(request, items, answer.hasMore);
    if (problem !== null) {
      refused += 1;
      if (refused > REFUSALS_MOST) throw new Error(`a true page was refused again and again: ${problem}`);
      return send(request);
    }
    const delivery = plan.received(request, items, answer.hasMore || items.length >= pageLimit);
    unsettled.add(delivery);
    steps.push({ at: nowSeconds + finishing(), kind: "taken", delivery });
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
    const purpose = { endpoint: "/v1/things", permission: "thing_read", objectType: "thing", nestedLists: [] };
    try {
      checkPage(body, { ...purpose, limit: pageLimit, request }, null);
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
