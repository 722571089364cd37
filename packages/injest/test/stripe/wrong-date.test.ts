import { expect, it, onTestFinished } from "vitest";
import { stripeSource } from "../../src/index.js";
import { Mirror } from "../../src/testing/index.js";
import { OtherStripe } from "./other-stripe.js";
import { streamOf } from "./rig.js";
import { SteppedClock } from "./stepped-clock.js";

const DAY_MS = 86_400_000;

interface Daily {
  readonly notices: readonly string[];
  /** How many objects came. */
  readonly read: number;
  /** How many objects the warehouse does not have as Stripe has them. */
  readonly wrong: number;
}

/** A year of customers, then a run a day: after each, one that is new and five that have changed. */
async function runDaily(
  days: number,
  dateOff: (day: number, answer: number) => number,
  ownOff: (day: number) => number = () => 0,
  { changesAmid = false } = {},
): Promise<Daily[]> {
  const clock = new SteppedClock();
  let day = 0;
  let before = 0;
  let isListed = false;
  const stripe = new OtherStripe(clock.now, {
    dateOff: (answer) => dateOff(day, answer - before),
    before: (address) => {
      if (address.startsWith("/v1/customers?")) isListed = true;
      if (!changesAmid || !isListed || !address.startsWith("/v1/events")) return;
      // Between a list that shows some of them, and the feed that tells of all.
      for (let id = day; id < 400; id += 25) put(id, made + id * 70_000, "customer.updated");
      isListed = false;
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
    isListed = false;
    clock.skewMs = ownOff(day);
    const observe = (event: { type: string; code?: string }): void =>
      void (event.type === "notice" && notices.push(event.code ?? ""));
    const running = mirror.run(streamOf(source, "customers"), { observe });
    const { upserts } = await clock.run(running).finally(() => source.close());
    const { objects } = mirror;
    const truth = stripe.truth("customer");
    const wrong = truth.filter((object) => JSON.stringify(objects.get(object.id)) !== JSON.stringify(object)).length;
    ran.push({ notices, read: upserts.size, wrong: wrong + Math.abs(objects.size - truth.length) });
    // Just after a run, before the time that its answers said if that was ahead.
    clock.advance(100_000);
    put(day, made + day * 70_000, "customer.updated");
    // Some creations have no event.
    put(2_000 + day, Math.floor(clock.now() / 1000));
    clock.advance(DAY_MS / 2 - 100_000);
    put(1_000 + day, Math.floor(clock.now() / 1000), "customer.created");
    for (let id = day; id < 400; id += 80) put(id, made + id * 70_000, "customer.updated");
    clock.advance(DAY_MS / 2);
  }
  return ran;
}

it("of one answer loses nothing, whichever of a day's it is, and whether it is ahead or behind", async () => {
  for (const offMs of [2 * DAY_MS, -2 * DAY_MS]) {
    for (const wrongAnswer of [1, 2, 3]) {
      const ran = await runDaily(6, (day, answer) => (day === 2 && answer === wrongAnswer ? offMs : 0));
      expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
    }
  }
});

it("of a whole run that says a time still to come at the next is found out by that, which says so and reads everything again", async () => {
  for (const offMs of [DAY_MS + 75_000, 2 * DAY_MS]) {
    // Also where this machine's clock was wrong by the same.
    for (const ownOffMs of [0, offMs]) {
      const ran = await runDaily(
        5,
        (day) => (day === 2 ? offMs : 0),
        (day) => (day === 2 ? ownOffMs : 0),
      );
      expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0]);
      expect(ran.map(({ notices }) => notices)).toEqual([[], [], [], ["POSITION_AHEAD"], []]);
    }
  }
});

it("of the first load is found out as well", async () => {
  const ran = await runDaily(4, (day) => (day === 0 ? 3 * DAY_MS : 0));
  expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0]);
  expect(ran[1]?.notices).toEqual(["POSITION_AHEAD"]);
});

it("of a whole run loses nothing either where the next one is later than that, which reads again what came since, not everything", async () => {
  for (const offMs of [50_000, 70_000, 300_000, 590_000, 610_000, 0.3 * DAY_MS, 0.75 * DAY_MS, 0.999 * DAY_MS]) {
    for (const wrongDay of [0, 2]) {
      const ran = await runDaily(wrongDay + 3, (day) => (day === wrongDay ? offMs : 0));
      expect(ran.map(({ wrong }) => wrong)).toEqual(ran.map(() => 0));
      expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
      for (const { read } of ran.slice(1)) expect(read).toBeLessThan(200);
    }
  }
});

it("of a whole run has no list taken for newer than an event, which the next run would not read again either", async () => {
  for (const offMs of [0, 4_000, 20_000, 58_000, 300_000]) {
    const ran = await runDaily(
      5,
      (day) => (day === 2 ? offMs : 0),
      () => 0,
      { changesAmid: true },
    );
    // Of more than a minute only the next run can know.
    expect(ran.slice(offMs > 60_000 ? 3 : 0).filter(({ wrong }) => wrong > 0)).toEqual([]);
  }
});

it("may be right where this machine's clock was set between two runs: nothing is lost, and nobody takes it for a reason to read everything again", async () => {
  for (const setByMs of [DAY_MS / 2, 20 * DAY_MS, 400 * DAY_MS, -400 * DAY_MS]) {
    const ran = await runDaily(
      5,
      () => 0,
      (day) => (day < 2 ? 0 : setByMs),
    );
    expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0]);
    expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
  }
});
