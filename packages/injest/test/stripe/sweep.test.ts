import fc from "fast-check";
import { expect, it } from "vitest";
import type { StripeCursor } from "../../src/stripe/cursor.js";
import {
  objectsDue,
  restAfter,
  secondStep,
  type SweepStep,
  sweepStep,
  type SweptStep,
  sweptTo,
} from "../../src/stripe/sweep/sweep.js";

const DAY = 86_400;
const SWEEP_DAYS = 30;
const START = 1_795_478_400;

interface Listed {
  readonly id: string;
  readonly created: number;
  listedAt: number;
}

/** An account's objects, oldest first, with what a cursor knows of them. */
interface Swept {
  readonly objects: Listed[];
  state: StripeCursor;
}

it("everything is listed again within the sweep's days, however irregular the runs are", () => {
  fc.assert(
    fc.property(accounts, schedules, (account, schedule) => {
      const swept = startAccount(account);
      let now = START;
      for (const { gap, created, deleted } of schedule) {
        now += gap;
        for (let index = 0; index < created; index += 1) add(swept, now - Math.floor((gap * index) / created));
        swept.objects.splice(0, deleted);
        runOnce(swept, now);
        const waiting = now - swept.objects.reduce((least, { listedAt }) => Math.min(least, listedAt), now);
        expect(waiting / DAY).toBeLessThanOrEqual(SWEEP_DAYS);
      }
    }),
    { numRuns: 40 },
  );
});

it("no more is listed than its share where runs are regular", () => {
  for (const [objects, perDay] of [
    [5_000, 1],
    [5_000, 24],
    [25_000, 1],
    [25_000, 4],
  ] as const) {
    const swept = startAccount({ objects, shape: "uniform", days: 400 });
    let listed = 0;
    for (let run = 1; run <= 60 * perDay; run += 1) listed += runOnce(swept, START + Math.round((run * DAY) / perDay));
    // Two rounds; beyond them what a page holds more than is due.
    expect(listed).toBeLessThan(2.2 * objects + 60 * perDay * 100);
  }
});

const accounts = fc.record({
  objects: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 3_000, max: 30_000 })),
  shape: fc.constantFrom("uniform", "growing", "shrinking", "crowded"),
  days: fc.integer({ min: 1, max: 2_000 }),
});

const schedules = fc.array(
  fc.record({
    gap: fc.oneof(
      { weight: 2, arbitrary: fc.integer({ min: 60, max: DAY / 2 }) },
      { weight: 3, arbitrary: fc.constant(DAY) },
      { weight: 2, arbitrary: fc.integer({ min: DAY, max: 4 * DAY }) },
      { weight: 1, arbitrary: fc.integer({ min: 4 * DAY, max: 28 * DAY }) },
    ),
    created: fc.nat({ max: 300 }),
    deleted: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 200 }) }),
  }),
  { minLength: 30, maxLength: 80 },
);

function startAccount({ objects, shape, days }: { objects: number; shape: string; days: number }): Swept {
  const age = (part: number): number => {
    if (shape === "growing") return part ** 4;
    if (shape === "shrinking") return part ** 0.25;
    return shape === "crowded" ? Math.round(part * 3) / 3 : part;
  };
  const listed = Array.from({ length: objects }, (_, index) => ({
    id: `old_${index}`,
    created: Math.floor(START - days * DAY * age(1 - index / objects)),
    listedAt: START,
  }));
  const known = { sweep: { rest: null, at: START }, objects, oldest: listed[0]?.created ?? null };
  return { objects: listed, state: known as unknown as StripeCursor };
}

function add(swept: Swept, second: number): void {
  const after = swept.objects.findLastIndex(({ created }) => created <= second) + 1;
  swept.objects.splice(after, 0, { id: `new_${(added += 1)}`, created: second, listedAt: second });
  swept.state = { ...swept.state, objects: swept.state.objects + 1 };
}

let added = 0;

/** What a run does, without the requests; returns how many objects it listed. */
function runOnce(swept: Swept, now: number): number {
  const { state } = swept;
  const moment = { state, now, sweepDays: SWEEP_DAYS };
  const first = list(swept, now, sweepStep(moment), objectsDue(moment));
  const again = secondStep(moment, first);
  const second = again && list(swept, now, again, objectsDue(moment) - first.objects);
  swept.state = { ...state, sweep: sweptTo(moment, second ? [first, second] : [first]) };
  return first.objects + (second?.objects ?? 0);
}

function list({ objects: all }: Swept, now: number, step: SweepStep, due: number): SweptStep {
  const { from, until, after } = step.range;
  const token = all.findIndex(({ id }) => id === after?.id);
  let index = token === -1 ? all.findLastIndex(({ created }) => created < (until ?? Infinity)) : token - 1;
  let objects = 0;
  for (; index >= 0; index -= 1) {
    const object = all[index];
    if (!object || (from !== null && object.created < from)) break;
    const last = all[index + 1];
    if (step.isPaged && objects >= due && objects % 100 === 0 && last) {
      const place = { id: last.id, created: last.created, beside: null };
      return { ...step, objects, open: [{ from, until: last.created + 1, after: place }] };
    }
    objects += 1;
    object.listedAt = now;
  }
  return { ...step, objects, open: [] };
}

it.each(["uniform", "growing", "shrinking"])("a long pause amid a round does not make it longer: %s", (shape) => {
  for (const pause of [9, 12]) {
    const swept = startAccount({ objects: 12_000, shape, days: 1_000 });
    const gaps = [...Array.from({ length: 23 }, () => 1), pause, ...Array.from({ length: 40 }, () => 1)];
    let now = START;
    for (const gap of gaps) {
      now += gap * DAY;
      runOnce(swept, now);
      expect((now - Math.min(...swept.objects.map(({ listedAt }) => listedAt))) / DAY).toBeLessThanOrEqual(SWEEP_DAYS);
    }
  }
});

it.each(["uniform", "growing", "shrinking", "crowded"])(
  "an account that becomes large amid a round is listed within the days: %s",
  (shape) => {
    for (const days of [6, 14, 20]) {
      const swept = startAccount({ objects: 20_000 - days * 50, shape, days: 1_000 });
      for (let day = 1; day <= 60; day += 1) {
        const now = START + day * DAY;
        for (let index = 0; index < 50; index += 1) add(swept, now - index * 1_700);
        runOnce(swept, now);
        const oldest = swept.objects.reduce((least, { listedAt }) => Math.min(least, listedAt), now);
        expect((now - oldest) / DAY).toBeLessThanOrEqual(SWEEP_DAYS);
      }
    }
  },
);

it("where a step was cut short, all that is older is still to be listed, from its newest open place on", () => {
  const place = (created: number) => ({ id: `at_${created}`, created, beside: null });
  const open = [300, 700, 500].map((created) => ({ from: 200, until: created + 1, after: place(created) }));
  const step = { range: { from: 200, until: 900, after: null }, isPaged: true, objects: 400, open };
  expect(restAfter(step)).toEqual({ from: null, until: 701, after: place(700) });
});

it("what was due and was not listed is due again in the next run", () => {
  const { state } = startAccount({ objects: 3_000, shape: "uniform", days: 400 });
  const now = START + 10 * DAY;
  const rest = { from: null, until: START - 300 * DAY, after: null };
  const amid = { ...state, sweep: { rest, at: START } };
  const due = objectsDue({ state: amid, now, sweepDays: SWEEP_DAYS });
  const step = { range: rest, isPaged: true, objects: 500, open: [] };
  const after = { ...amid, sweep: sweptTo({ state: amid, now, sweepDays: SWEEP_DAYS }, [step]) };
  expect(due).toBeGreaterThan(1_000);
  // The nearer the last step, the more time is left for the rest.
  expect(objectsDue({ state: after, now, sweepDays: SWEEP_DAYS })).toBeGreaterThan((due - 500) / 2);
});
