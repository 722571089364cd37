import { expect, it, onTestFinished } from "vitest";
import { stripeSource } from "../../src/index.js";
import { Mirror } from "../../src/testing/index.js";
import { DAY_MS, runDaily } from "./daily-runs.js";
import { OtherStripe } from "./other-stripe.js";
import { streamOf } from "./rig.js";
import { SteppedClock } from "./stepped-clock.js";

it("of one answer loses nothing, whichever of a day's it is, and whether it is ahead or behind", async () => {
  for (const offMs of [2 * DAY_MS, -2 * DAY_MS]) {
    for (const wrongAnswer of [1, 2, 3]) {
      const ran = await runDaily(6, (day, answer) => (day === 2 && answer === wrongAnswer ? offMs : 0));
      expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
    }
  }
});

it.each([
  ["this machine's clock is wrong by as much", 2 * DAY_MS, 2 * DAY_MS],
  ["it is ahead by more than a fortnight", 20 * DAY_MS, 0],
])(
  "of a whole run that says a time still to come at the next is found out by that, which says so and reads everything again, where %s",
  async (_, dateOff, ownOff) => {
    for (const wrongDay of [0, 2]) {
      const off = (ms: number) => (day: number) => (day === wrongDay ? ms : 0);
      const ran = await runDaily(wrongDay + 3, off(dateOff), off(ownOff));
      expect(ran.map(({ wrong }) => wrong)).toEqual(ran.map(() => 0));
      const notices = ran.map((_day, day) => (day === wrongDay + 1 ? ["POSITION_AHEAD"] : []));
      expect(ran.map((day) => day.notices)).toEqual(notices);
    }
  },
);

it("of a whole run loses nothing, be it the first load or a later one", async () => {
  const some = [50_000, 70_000, 300_000, 590_000, 610_000, 0.3 * DAY_MS, 0.75 * DAY_MS, 0.999 * DAY_MS, 13 * DAY_MS];
  for (const offMs of some) {
    for (const wrongDay of [0, 2]) {
      const ran = await runDaily(wrongDay + 3, (day) => (day === wrongDay ? offMs : 0));
      expect(ran.map(({ wrong }) => wrong)).toEqual(ran.map(() => 0));
      expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
    }
  }
});

it("of one run or of all loses nothing of what changes between a list and the feed, also where this machine's clock is ahead by as much", async () => {
  for (const offMs of [4_000, 50_000]) {
    for (const last of [2, Infinity]) {
      for (const ownOffMs of [0, offMs]) {
        const off = (ms: number) => (day: number) => (day >= 2 && day <= last ? ms : 0);
        const ran = await runDaily(5, off(offMs), off(ownOffMs), { changesAmid: true });
        expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0]);
      }
    }
  }
});

const HOUR_MS = 3_600_000;

it.each<[string, (day: number) => number]>([
  ["always ahead by minutes", () => 170_000],
  ["always ahead by more minutes", () => 20 * 60_000],
  ["always ahead by hours", () => 2 * HOUR_MS],
  ["always ahead by days", () => 10 * DAY_MS],
  ["further ahead each day", (day) => day * HOUR_MS],
  ["less ahead each day", (day) => (6 - day) * HOUR_MS],
  ["ahead on every other day", (day) => (day % 2) * 3 * HOUR_MS],
  ["always behind", () => -2 * DAY_MS],
])("of run after run loses nothing: %s", async (_, dateOff) => {
  const ran = await runDaily(6, dateOff);
  expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
});

it("of run after run loses nothing either where this machine's clock is behind", async () => {
  for (const ownMs of [-2 * HOUR_MS, -10 * DAY_MS, -13 * DAY_MS]) {
    const ran = await runDaily(
      5,
      () => 2 * HOUR_MS,
      () => ownMs,
    );
    expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0]);
    expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
  }
});

it("may be right where this machine's clock is not: nothing is lost, and a run costs a few requests more at most", async () => {
  const right = await runDaily(5, () => 0);
  for (const ownMs of [-2 * HOUR_MS, -10 * DAY_MS, -13.9 * DAY_MS, -400 * DAY_MS, HOUR_MS, 400 * DAY_MS]) {
    const ran = await runDaily(
      5,
      () => 0,
      () => ownMs,
    );
    expect(ran.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0]);
    expect(ran.flatMap(({ notices }) => notices)).toEqual([]);
    for (const [day, { requests }] of ran.entries())
      expect(requests, `of day ${day}`).toBeLessThanOrEqual((right[day]?.requests ?? 0) + 4);
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

it("that is ahead does not make a list newer than the event that it was asked for before", async () => {
  const clock = new SteppedClock();
  let isChanging = false;
  const stripe = new OtherStripe(clock.now, {
    dateOff: () => 2 * HOUR_MS,
    before: (address) => {
      if (!isChanging || !address.startsWith("/v1/events")) return;
      isChanging = false;
      stripe.put({ id: "cus_1", object: "customer", created, note: "changed" }, "customer.updated");
    },
  });
  const apiBase = await stripe.listen();
  onTestFinished(() => stripe.close());
  const created = Math.floor(clock.now() / 1000) - 43 * 86_400;
  stripe.put({ id: "cus_1", object: "customer", created, note: "as it was" });
  const mirror = new Mirror();
  for (let day = 0; day < 2; day += 1) {
    const source = stripeSource({ apiKey: "sk_live_other", apiBase, clock, share: 1, random: () => 0.5 });
    isChanging = day === 1;
    await clock.run(mirror.run(streamOf(source, "customers"))).finally(() => source.close());
    clock.advance(DAY_MS);
  }
  expect(mirror.objects.get("cus_1")).toMatchObject({ note: "changed" });
});
