import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { scanObject } from "../../src/json/scan.js";
import type { NestedListSpec, StreamSpec } from "../../src/stripe/catalog.js";
import { completeNestedLists } from "../../src/stripe/objects/nested-lists.js";
import { NestedTurns } from "../../src/stripe/objects/nested-turns.js";
import type { StripeClient, StripeRequest } from "../../src/stripe/client/stripe-client.js";
import { limiterOf } from "../http/rate-limiter-rig.js";

interface Item {
  readonly id: string;
  readonly amount: number;
}

/** 123 of 10 each. */
const ITEMS = Array.from({ length: 123 }, (_, index): Item => ({ id: `si_${index}`, amount: 10 }));
const OBJECT = {
  id: "sub_ü/1",
  subtotal: 1_230,
  items: { object: "list", data: ITEMS.slice(0, 10), has_more: true, url: "/v1/subscription_items" },
};

/** Reads the whole of an object of which all items are at `path`, from a Stripe that has `items`. */
async function complete(nested: Omit<NestedListSpec, "field">, items: readonly Item[] = ITEMS) {
  return completeAll(OBJECT, [{ field: "items", ...nested }], () => items);
}

/** The same of an object of several lists. */
async function completeAll(
  whole: { readonly id: string },
  nestedLists: readonly NestedListSpec[],
  itemsAt: (path: string) => readonly Item[],
) {
  const requests: StripeRequest[] = [];
  const limiter = limiterOf(systemClock, { account: { perSecond: 100 }, endpoint: { perSecond: 100 } });
  const client = {
    get: async <T>(request: StripeRequest, parse: (body: Buffer) => T): Promise<T> => {
      requests.push(request);
      const { pathname, searchParams } = new URL(request.path, "http://stripe");
      const items = itemsAt(pathname);
      const start = items.findIndex(({ id }) => id === searchParams.get("starting_after")) + 1;
      const data = items.slice(start, start + Number(searchParams.get("limit")));
      return parse(Buffer.from(JSON.stringify({ data, has_more: start + data.length < items.length })));
    },
  } as unknown as StripeClient;
  const spec: StreamSpec = {
    name: "subscriptions",
    path: "/v1/subscriptions",
    objectType: "subscription",
    idPrefixes: ["sub_"],
    permission: "subscription_read",
    eventTypes: [],
    nestedLists,
    volatileFields: [],
    money: null,
  };
  const lists = nestedLists.map(({ field }) => field);
  const object = Object.assign(scanObject(Buffer.from(JSON.stringify(whole)), { lists }), { id: whole.id });
  const turn = new NestedTurns(limiter).begin();
  const completed = await completeNestedLists(client, spec, object, { turn, onPage: () => undefined });
  return { completed, requests };
}

describe("a nested list that a row of the catalogue names", () => {
  it.each([
    [
      "in the path",
      "/v1/subscriptions/{id}/items",
      "/v1/subscriptions/sub_%C3%BC%2F1/items?",
      "/v1/subscriptions/:id/items",
    ],
    [
      "in a parameter",
      "/v1/subscription_items?subscription={id}",
      "/v1/subscription_items?subscription=sub_%C3%BC%2F1&",
      "/v1/subscription_items",
    ],
  ])("is read to its end where it has the object's id %s", async (_, path, start, endpoint) => {
    const { completed, requests } = await complete({ path });
    expect(JSON.parse(completed?.object.bytes.toString("utf8") ?? "")).toEqual({
      ...OBJECT,
      items: { ...OBJECT.items, data: ITEMS, has_more: false },
    });
    expect(requests.map((request) => request.path)).toEqual([
      `${start}limit=100`,
      `${start}limit=100&starting_after=si_99`,
    ]);
    // Refusals and the limit of a rate are told by endpoint, not by object.
    expect(new Set(requests.map((request) => request.endpoint))).toEqual(new Set([endpoint]));
  });

  const path = "/v1/subscription_items?subscription={id}";
  const another = [...ITEMS.slice(0, -1), { id: "si_122", amount: 11 }];

  const sum = { ofItems: "amount", ofObject: "subtotal" };

  it("is held against a sum of the object's", async () => {
    expect((await complete({ path, sum })).completed?.fit).toBe("of one moment");
    expect((await complete({ path, sum }, another)).completed?.fit).toBe("of another sum");
  });

  it("is not taken to be of the object's moment where the row names no sum: nothing tells", async () => {
    expect((await complete({ path })).completed?.fit).toBe("of two moments");
  });

  it("is of two moments where an item that the object shows is another one by then", async () => {
    const [first, ...others] = ITEMS;
    const changed = [{ ...(first as Item), amount: 11 }, ...others];
    expect((await complete({ path, sum }, changed)).completed?.fit).toBe("of two moments");
  });

  it("completes nothing where it lacks an item that the object shows: one of the two is of another moment", async () => {
    expect((await complete({ path, sum }, ITEMS.slice(1))).completed).toBeNull();
  });

  it("may be one of several, of which the one that fits the object least tells", async () => {
    const whole = { ...OBJECT, others: OBJECT.items };
    const nestedLists = ["items", "others"].map((field) => ({ field, path: `/v1/${field}?of={id}`, sum }));
    const [first, ...rest] = ITEMS;
    const lists = {
      "of one moment": ITEMS,
      "of another sum": another,
      "of two moments": [{ ...(first as Item), amount: 11 }, ...rest],
    };
    const fits = Object.keys(lists) as (keyof typeof lists)[];
    for (const [one, ofItems] of fits.entries()) {
      for (const [other, ofOthers] of fits.entries()) {
        const itemsAt = (path: string) => lists[path === "/v1/items" ? ofItems : ofOthers];
        const { completed } = await completeAll(whole, nestedLists, itemsAt);
        expect(completed?.fit).toBe(fits[Math.max(one, other)]);
      }
    }
  });
});
