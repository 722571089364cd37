import { describe, expect, it } from "vitest";
import type { PageRequest } from "../../../src/stripe/slices/slice.js";
import { AccountModel } from "./account-model.js";
import { SHAPES } from "./shapes.js";
import { simulate, type SimulationOptions } from "./simulate.js";

const NOW = 1_790_000_000;
const latency = (): number => 0.3;

function many(count: number, created: number | null): (number | null)[] {
  return Array.from({ length: count }, () => created);
}

describe("a reading that goes on amid the objects without created", () => {
  const after = { created: null, beside: null };

  /** Reads on behind the hundredth of them, while the object that a page begins at goes. */
  function readOn(
    account: AccountModel,
    goes: (request: PageRequest, isFirst: boolean) => boolean,
  ): Map<string, number> {
    const hundredth = account.items.filter(({ created }) => created === null)[99]?.id ?? "";
    const taken = new Map<string, number>();
    let gone = 0;
    simulate({
      account,
      latency,
      checksBodies: true,
      ranges: [{ from: null, until: 0, after: { ...after, id: hundredth } }],
      oldestKnown: NOW - 500,
      onRequest: (request) => {
        const { token } = request;
        if (!token || token.id === hundredth || !goes(request, gone === 0)) return;
        account.remove(token.id);
        gone += 1;
      },
      onTaken: ({ delivery }) => {
        for (const { id } of delivery.items) taken.set(id, (taken.get(id) ?? 0) + 1);
      },
    });
    return taken;
  }

  it.each([5, 60, 350])("stands two tokens that are lost, there and in the oldest second of %i", (crowd) => {
    const account = new AccountModel([...many(crowd, NOW - 500), ...many(450, null)]);
    let lost = { undated: false, dated: false };
    readOn(account, ({ token }) => {
      const isUndated = token?.created === null;
      if (isUndated ? lost.undated : !lost.undated || lost.dated) return false;
      lost = isUndated ? { ...lost, undated: true } : { ...lost, dated: true };
      return true;
    });
    expect(lost).toEqual({ undated: true, dated: true });
  });

  it.each([20, 60, 250])("brings none of them twice where the oldest second has %i objects", (crowd) => {
    const account = new AccountModel([...many(crowd, NOW - 500), ...many(350, null)]);
    const taken = readOn(account, ({ token }, isFirst) => isFirst && token?.created === null);
    expect([...taken].filter(([, times]) => times > 1)).toEqual([]);
  });
});

describe("the objects without created", () => {
  function readAll(account: AccountModel, options: Partial<SimulationOptions>): ReadonlySet<string> {
    const taken = new Set<string>();
    simulate({
      account,
      latency,
      checksBodies: true,
      onTaken: ({ delivery }) => {
        for (const { id } of delivery.items) taken.add(id);
      },
      ...options,
    });
    return taken;
  }

  it.each([0, 300])(
    "are read where all is gone that a place behind it is known of, and %i newer are there",
    (newer) => {
      const account = new AccountModel([...many(newer, NOW - 100), ...many(5, null)]);
      const after = { id: "gone", created: null, beside: null };
      const taken = readAll(account, { ranges: [{ from: null, until: 0, after }], oldestKnown: NOW - 500 });
      expect(undatedOf(account).filter((id) => !taken.has(id))).toEqual([]);
    },
  );

  it("are read where pages of older objects appear before them, behind the oldest that was seen", () => {
    const account = new AccountModel([...many(3, NOW - 100), ...many(5, null)]);
    const [oldest] = account.items.slice(2);
    let appeared = 0;
    const taken = readAll(account, {
      pageLimit: 7,
      ranges: [
        { from: NOW - 200, until: null, after: null },
        { from: null, until: 0, after: { id: "gone", created: null, beside: null } },
      ],
      onRequest: ({ from, token }) => {
        if (from !== null || token?.id !== oldest?.id || appeared > 0) return;
        for (; appeared < 20; appeared += 1) account.add({ id: `late_${appeared}`, created: NOW - 1_000 - appeared });
      },
    });
    expect(appeared).toBe(20);
    expect(undatedOf(account).filter((id) => !taken.has(id))).toEqual([]);
  });

  const undatedOf = ({ items }: AccountModel): string[] =>
    items.filter(({ created }) => created === null).map(({ id }) => id);
});

describe("a second that is read from both ends", () => {
  it.each([64, 70, 77, 120, 250])("is complete although objects appear in the gap below its %i", (count) => {
    const crowd = NOW - 1_000;
    for (const appear of [1, 8, 120]) {
      const account = new AccountModel([
        ...many(count, crowd),
        ...Array.from({ length: 30 }, (_, index) => crowd - 50 - index),
      ]);
      const before = account.items.map(({ id }) => id);
      const taken = new Set<string>();
      let isChanged = false;
      const { refused } = simulate({
        account,
        latency,
        pageLimit: 7,
        checksBodies: true,
        onRequest: ({ direction }) => {
          if (direction !== "up" || isChanged) return;
          for (let index = 0; index < appear; index++) account.add({ id: `new_${index}`, created: crowd - 10 });
          isChanged = true;
        },
        onTaken: ({ delivery }) => {
          for (const { id } of delivery.items) taken.add(id);
        },
      });
      expect(isChanged).toBe(true);
      expect(refused).toBe(0);
      expect(before.filter((id) => !taken.has(id))).toEqual([]);
    }
  });

  it.each(["down", "up"] as const)("goes on at the end that a page did not come from: %s", (end) => {
    const account = new AccountModel([...many(250, NOW - 1_000), ...many(30, NOW - 2_000)]);
    const taken = new Set<string>();
    let [abandoned, asked] = [0, 0];
    simulate({
      account,
      latency,
      pageLimit: 7,
      checksBodies: true,
      isAbandoned: ({ direction }) => {
        if (direction !== end) return false;
        asked += 1;
        return asked % 2 === 0 && (abandoned += 1) > 0;
      },
      onTaken: ({ delivery }) => {
        for (const { id } of delivery.items) taken.add(id);
      },
    });
    expect(abandoned).toBeGreaterThan(3);
    expect(taken.size).toBe(280);
  });

  it("has been read by the time that all the rest is, where it is found first", () => {
    const rest = Array.from({ length: 32_000 }, (_, index) => NOW - 200 - index * 2_000);
    const { wallSeconds } = simulate({ account: new AccountModel([...many(8_000, NOW - 100), ...rest]), latency });
    expect(wallSeconds).toBeLessThanOrEqual(20);
  });
});

describe("a server that keeps its pages short", () => {
  it("is read at the rate limit all the same", () => {
    const account = new AccountModel(SHAPES.growing(20_000, 1));
    const { wallSeconds } = simulate({ account, latency, serverLimit: 37 });
    expect(wallSeconds).toBeLessThanOrEqual(1.1 * (20_000 / 37 / 25 + 0.6));
  });
});
