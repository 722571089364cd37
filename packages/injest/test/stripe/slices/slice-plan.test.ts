import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Listed } from "../../../src/source.js";
import { SlicePlan } from "../../../src/stripe/slices/slice-plan.js";
import { AccountModel } from "./account-model.js";
import { isIn, Ledger } from "./ledger.js";
import { randomOf } from "./random.js";
import { simulate } from "./simulate.js";

const NOW = 1_790_000_000;

/** Objects in groups: a few apart, a second with hundreds, years of silence between; and some without `created`. */
const accounts = fc.record({
  groups: fc.array(
    fc.record({
      gapSeconds: fc.oneof(fc.nat(3), fc.nat(5_000), fc.nat(90_000_000)),
      count: fc.oneof(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 40, max: 130 }),
        fc.integer({ min: 1, max: 900 }),
      ),
      apartSeconds: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(40_000)),
    }),
    { maxLength: 8 },
  ),
  undated: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(260)),
});

type AccountShape = typeof accounts extends fc.Arbitrary<infer T> ? T : never;

function accountOf({ groups, undated }: AccountShape): AccountModel {
  const created: (number | null)[] = Array.from({ length: undated }, () => null);
  let second = NOW;
  for (const { gapSeconds, count, apartSeconds } of groups) {
    second -= gapSeconds;
    for (let index = 0; index < count; index += 1) created.push((second -= index === 0 ? 0 : apartSeconds));
  }
  return new AccountModel(created);
}

/** How fast answers come, and in which order pages become complete. */
const lines = fc.record({
  seed: fc.nat(),
  latency: fc.constantFrom(0.05, 0.3, 2),
  spread: fc.constantFrom(0, 0.5, 3),
  finishing: fc.constantFrom(0, 0.2, 4),
  serverLimit: fc.constantFrom(100, 100, 37),
});

type Line = typeof lines extends fc.Arbitrary<infer T> ? T : never;

function timesOf(line: Line): { latency: () => number; finishing: () => number; serverLimit: number } {
  const random = randomOf(line.seed);
  return {
    latency: () => line.latency * (1 + line.spread * random()),
    finishing: () => line.finishing * random(),
    serverLimit: line.serverLimit,
  };
}

describe("a plan of slices", () => {
  it("brings every object once, tells the truth about what it listed, and forgets nothing in a cursor", () => {
    fc.assert(
      fc.property(accounts, lines, (shape, line) => {
        const account = accountOf(shape);
        const ledger = new Ledger(account);
        const { refused } = simulate({
          account,
          ...timesOf(line),
          checksBodies: true,
          onTaken: (taken) => {
            ledger.take(taken);
            expect(ledger.forgotten()).toEqual([]);
          },
        });
        expect(refused).toBe(0);
        expect(ledger.missing()).toEqual([]);
        expect(ledger.unlisted()).toEqual([]);
        expect(ledger.open).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it("is resumed from the cursor of any page without losing an object, and without reading much again", () => {
    fc.assert(
      fc.property(accounts, lines, fc.array(fc.nat(60), { minLength: 1, maxLength: 3 }), (shape, line, kills) => {
        const account = accountOf(shape);
        const crowded = crowdedSeconds(account);
        const before = new Set<string>();
        const listed: Listed[] = [];
        let { open } = new Ledger(account);
        for (const kill of [...kills, Infinity]) {
          const ledger = new Ledger(account, before);
          let pages = 0;
          simulate({
            account,
            ...timesOf(line),
            checksBodies: true,
            ranges: open,
            oldestKnown: ledger.oldest,
            onTaken: (taken) => {
              ledger.take(taken);
              return (pages += 1) > kill ? "stop" : undefined;
            },
          });
          ({ open } = ledger);
          for (const id of ledger.taken) before.add(id);
          listed.push(...ledger.listed);
          const again = ledger.readAgain().filter((item) => !crowded.has(item.created));
          expect(again.length).toBeLessThanOrEqual(100);
          if (open.length === 0) break;
        }
        expect(new Ledger(account, before).missing()).toEqual([]);
        const unlisted = account.items.filter((item) => !listed.some(({ range }) => isIn(item, range)));
        expect(unlisted.filter((item) => !crowded.has(item.created))).toEqual([]);
      }),
      {
        numRuns: 25,
        examples: [
          [
            {
              groups: [
                { gapSeconds: 0, count: 100, apartSeconds: 1 },
                { gapSeconds: 329, count: 99, apartSeconds: 1 },
                { gapSeconds: 572, count: 102, apartSeconds: 6284 },
              ],
              undated: 0,
            },
            { seed: 1761106789, latency: 2, spread: 0.5, finishing: 0, serverLimit: 100 },
            [28, 3, 0],
          ],
        ],
      },
    );
  });

  // The chain from the oldest end of one such second may have begun with objects of the next one.
  it.each([0.3, 1])("brings every object once where seconds with hundreds lie near each other: %d s", (seconds) => {
    for (let seed = 0; seed < 8; seed += 1) {
      const random = randomOf(seed);
      const some = (): number => NOW - Math.floor(random() * 100_000_000);
      const crowded = Array.from({ length: 10 }, some).flatMap((second) => Array.from({ length: 300 }, () => second));
      const account = new AccountModel([...crowded, ...Array.from({ length: 1_000 }, some)]);
      const ledger = new Ledger(account);
      const latency = (): number => seconds * (1 + random() / 50);
      const { refused } = simulate({ account, latency, checksBodies: true, onTaken: (taken) => ledger.take(taken) });
      expect(refused).toBe(0);
      expect(ledger.missing()).toEqual([]);
      expect(ledger.unlisted()).toEqual([]);
      expect(ledger.open).toEqual([]);
    }
  });

  it("leaves alone what lies between the ranges that it is resumed with", () => {
    const hole = Array.from({ length: 500 }, (_, index) => NOW - 2_000 - index);
    const account = new AccountModel([...Array.from({ length: 250 }, (_, index) => NOW - index), ...hole]);
    const taken = new Set<string>();
    let requestsIntoTheHole = 0;
    simulate({
      account,
      latency: () => 0.3,
      ranges: [
        { from: NOW - 260, until: null, after: null },
        { from: null, until: NOW - 9_000, after: null },
      ],
      oldestKnown: NOW - 2_499,
      onRequest: ({ from, until, token }) => {
        if (from === null && (token?.created ?? until ?? NOW) > NOW - 2_000) requestsIntoTheHole += 1;
      },
      onTaken: ({ delivery }) => {
        for (const { id } of delivery.items) taken.add(id);
      },
    });
    expect(taken.size).toBe(251);
    expect(requestsIntoTheHole).toBe(0);
  });

  it("asks for what lies below the oldest objects seen with their own page, and for nothing below others", () => {
    const plan = new SlicePlan({ ranges: [{ from: null, until: null, after: null }], pageLimit: 100, horizon: 0 });
    const pace = { requestsPerSecond: 25, latencySeconds: 0.3 };
    const page = (newest: number): { id: string; created: number }[] =>
      Array.from({ length: 100 }, (_, index) => ({ id: `${newest}-${index}`, created: newest - 100 * index }));
    plan.received(plan.next(pace)!, page(NOW), true);
    const newer = plan.next(pace)!;
    const older = plan.next(pace)!;
    expect([newer.from, older.until]).toEqual([null, newer.slice.from]);
    plan.received(older, page((older.until ?? 0) - 1), true);
    plan.received(newer, page(NOW - 10_000), true);
    const next = [plan.next(pace), plan.next(pace), plan.next(pace)];
    const ofTheNewer = next.find((request) => request?.slice === newer.slice);
    expect(ofTheNewer).toMatchObject({ from: older.until, direction: "down" });
  });

  it("stands objects that are deleted and created while it reads", () => {
    fc.assert(
      fc.property(accounts, lines, fc.nat(), (shape, line, seed) => {
        const account = accountOf(shape);
        const lasting = new Set(account.items.map(({ id }) => id));
        const random = randomOf(seed);
        const taken = new Map<string, number>();
        let born = 0;
        simulate({
          account,
          ...timesOf(line),
          checksBodies: true,
          onRequest({ token }) {
            if (random() < 0.3) account.add({ id: `new_${(born += 1)}`, created: NOW + Math.floor(random() * 3) });
            const victim =
              random() < 0.3 && token ? token.id : account.items[Math.floor(random() * account.items.length * 2)]?.id;
            if (victim === undefined) return;
            account.remove(victim);
            lasting.delete(victim);
          },
          onTaken({ delivery }) {
            for (const { id } of delivery.items) taken.set(id, (taken.get(id) ?? 0) + 1);
          },
        });
        expect([...lasting].filter((id) => !taken.has(id))).toEqual([]);
        expect([...taken].filter(([id, times]) => times > 1 && lasting.has(id))).toEqual([]);
      }),
      {
        numRuns: 25,
        examples: [
          [
            {
              groups: [
                { gapSeconds: 0, count: 106, apartSeconds: 0 },
                { gapSeconds: 0, count: 306, apartSeconds: 1 },
                { gapSeconds: 8, count: 2, apartSeconds: 112 },
              ],
              undated: 0,
            },
            { seed: 941380681, latency: 0.3, spread: 0.5, finishing: 0, serverLimit: 100 },
            278667825,
          ],
        ],
      },
    );
  });
});

/** Too many objects share its second for a cursor to remember them: after an interruption such a second is not reported. */
function crowdedSeconds(account: AccountModel): ReadonlySet<number | null> {
  const counts = new Map<number | null, number>();
  for (const { created } of account.items) counts.set(created, (counts.get(created) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > 9).map(([second]) => second));
}
