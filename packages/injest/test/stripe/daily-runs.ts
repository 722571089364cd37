import { onTestFinished } from "vitest";
import { stripeSource } from "../../src/index.js";
import { Mirror } from "../../src/testing/index.js";
import { OtherStripe } from "./other-stripe.js";
import { streamOf } from "./rig.js";
import { SteppedClock } from "./stepped-clock.js";

export const DAY_MS = 86_400_000;

export interface Daily {
  readonly notices: readonly string[];
  readonly requests: number;
  /** How many objects the warehouse does not have as Stripe has them, but for those that changed while this was running. */
  readonly wrong: number;
}

/**
 * A year of customers, then a run a day: after each, two that are new and six that have changed. The
 * `Date` of Stripe's answers, and this machine's clock, are off by so many milliseconds. With `changesAmid` more change in each run,
 * between its first list and the feed.
 */
export async function runDaily(
  days: number,
  dateOff: (day: number, answer: number) => number,
  ownOff: (day: number) => number = () => 0,
  { changesAmid = false } = {},
): Promise<Daily[]> {
  const clock = new SteppedClock();
  let day = 0;
  let before = 0;
  /** What changed amid the run; null before a list of it was asked for. */
  let amid: Set<string> | null = null;
  const stripe = new OtherStripe(clock.now, {
    dateOff: (answer) => dateOff(day, answer - before),
    before: (address) => {
      if (address.startsWith("/v1/customers?")) amid ??= new Set();
      if (!changesAmid || amid?.size !== 0 || !address.startsWith("/v1/events")) return;
      // Between a list that shows some of them, and the feed that tells of all: each day others.
      for (let id = day; id < 400; id += 25) {
        put(id, made + id * 70_000, "customer.updated");
        amid.add(`cus_${id}`);
      }
    },
  });
  const apiBase = await stripe.listen();
  onTestFinished(() => stripe.close());
  let puts = 0;
  const put = (id: number, created: number, event?: string): void =>
    stripe.put({ id: `cus_${id}`, object: "customer", created, note: `the ${(puts += 1)}th` }, event);
  const made = Math.floor(clock.now() / 1000) - 366 * 86_400;
  for (let id = 0; id < 400; id += 1) put(id, made + id * 70_000);

  const mirror = new Mirror();
  const ran: Daily[] = [];
  for (; day < days; day += 1) {
    const notices: string[] = [];
    const source = stripeSource({ apiKey: "sk_live_other", apiBase, clock, share: 1, random: () => 0.5 });
    before = stripe.requests.length;
    amid = null;
    clock.skewMs = ownOff(day);
    const observe = (event: { type: string; code?: string }): void =>
      void (event.type === "notice" && notices.push(event.code ?? ""));
    await clock.run(mirror.run(streamOf(source, "customers"), { observe })).finally(() => source.close());
    const { objects } = mirror;
    const truth = stripe.truth("customer");
    const amidRun: ReadonlySet<string> = amid ?? new Set();
    const wrong = truth.filter(
      (object) => !amidRun.has(object.id) && JSON.stringify(objects.get(object.id)) !== JSON.stringify(object),
    ).length;
    const requests = stripe.requests.length - before;
    ran.push({ notices, requests, wrong: wrong + Math.abs(objects.size - truth.length) });
    // Just after a run, before the time that its answers said if that was ahead.
    clock.advance(100_000);
    put(day + 40, made + (day + 40) * 70_000, "customer.updated");
    // Some creations have no event.
    put(2_000 + day, Math.floor(clock.now() / 1000));
    clock.advance(DAY_MS / 2 - 100_000);
    put(1_000 + day, Math.floor(clock.now() / 1000), "customer.created");
    for (let id = day; id < 400; id += 80) put(id, made + id * 70_000, "customer.updated");
    clock.advance(DAY_MS / 2);
  }
  return ran;
}
