import { describe, expect, it } from "vitest";
import { JsonError } from "../../src/json/json-error.js";
import type { PageQuery } from "../../src/stripe/list/listing.js";
import { checkPage } from "../../src/stripe/list/page.js";
import type { Token } from "../../src/stripe/slices/listed-item.js";

const NOW = 1_790_000_000;

interface Item {
  readonly id?: unknown;
  readonly object?: string;
  readonly created?: unknown;
}

const thing = (id: string, created: number | null): Item => ({ id, object: "thing", created });

const THINGS = {
  endpoint: "/v1/things",
  permission: "thing_read",
  objectType: "thing",
  parameters: [],
  nestedLists: [],
};

function queryOf(part: Partial<PageQuery>): PageQuery {
  return { from: null, until: null, direction: "down", token: null, ...part };
}

function check(data: readonly unknown[], query: PageQuery, more: { hasMore?: boolean; limit?: number } = {}) {
  const { hasMore = false, limit = 5 } = more;
  const body = Buffer.from(JSON.stringify({ object: "list", data, has_more: hasMore }));
  return checkPage(body, { listing: THINGS, query, limit }, "req_1");
}

const WINDOW = { from: NOW - 100, until: NOW };
const AFTER: Token = { id: "b", created: NOW - 20 };

describe("a page that answers its request", () => {
  it("is taken with its items in their order", () => {
    const page = check([thing("a", NOW - 1), thing("b", NOW - 1), thing("c", NOW - 100)], queryOf(WINDOW));
    expect(page.items.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(page.hasMore).toBe(false);
  });

  it("may be empty when it is the last", () => {
    expect(check([], queryOf(WINDOW)).items).toEqual([]);
  });

  it("is not believed to be the last when it is full", () => {
    const full = [1, 2, 3, 4, 5].map((age) => thing(`t${age}`, NOW - age));
    expect(check(full, queryOf(WINDOW)).hasMore).toBe(true);
    expect(check(full.slice(1), queryOf(WINDOW)).hasMore).toBe(false);
  });

  it("may hold fewer objects than were asked for and still not be the last", () => {
    expect(check([thing("a", NOW - 1)], queryOf(WINDOW), { hasMore: true }).hasMore).toBe(true);
  });

  it("may end with objects without created where nothing was filtered", () => {
    const page = check([thing("a", NOW), thing("b", null), thing("c", null)], queryOf({}));
    expect(page.items.map(({ created }) => created)).toEqual([NOW, null, null]);
  });

  it("may begin in the second of its token", () => {
    expect(check([thing("c", NOW - 20)], queryOf({ from: NOW - 100, token: AFTER })).items).toHaveLength(1);
  });
});

type Lie = readonly [
  name: string,
  data: readonly unknown[],
  query: PageQuery,
  more: { hasMore?: boolean; limit?: number },
];
const LIES: readonly Lie[] = [
  ["is empty and claims that more follow", [], queryOf(WINDOW), { hasMore: true }],
  [
    "has more objects than were asked for",
    [1, 2, 3].map((age) => thing(`t${age}`, NOW - age)),
    queryOf(WINDOW),
    { limit: 2 },
  ],
  ["has an object without an id", [{ object: "thing", created: NOW - 1 }], queryOf(WINDOW), {}],
  ["has an id that is no string", [{ id: 7, object: "thing", created: NOW - 1 }], queryOf(WINDOW), {}],
  ["has an id that is empty", [thing("", NOW - 1)], queryOf(WINDOW), {}],
  ["has objects of another type", [{ id: "a", object: "other", created: NOW - 1 }], queryOf(WINDOW), {}],
  ["has an object twice", [thing("a", NOW - 1), thing("a", NOW - 1)], queryOf(WINDOW), {}],
  ["has an object twice, apart", [thing("a", NOW - 1), thing("b", NOW - 1), thing("a", NOW - 1)], queryOf(WINDOW), {}],
  ["begins with its own token", [thing("b", NOW - 20)], queryOf({ from: NOW - 100, token: AFTER }), {}],
  ["has objects without created although they were filtered by it", [thing("a", null)], queryOf(WINDOW), {}],
  ["has no created at all", [{ id: "a", object: "thing" }], queryOf({}), {}],
  ["has a created that is text", [{ id: "a", object: "thing", created: "2026" }], queryOf({}), {}],
  ["has a created that is no whole second", [{ id: "a", object: "thing", created: NOW - 0.5 }], queryOf(WINDOW), {}],
  ["has a created beyond all numbers", [{ id: "a", object: "thing", created: 2 ** 60 }], queryOf({}), {}],
  ["is in the wrong order", [thing("a", NOW - 2), thing("b", NOW - 1)], queryOf(WINDOW), {}],
  ["is newer than its token", [thing("a", NOW - 19)], queryOf({ from: NOW - 100, token: AFTER }), {}],
  ["is older than was asked for", [thing("a", NOW - 101)], queryOf(WINDOW), {}],
  ["is newer than was asked for", [thing("a", NOW)], queryOf(WINDOW), {}],
];

describe("a page is refused that", () => {
  it.each(LIES)("%s", (_name, data, query, more) => {
    expect(() => check(data, query, more)).toThrow(
      expect.objectContaining({
        code: "SOURCE_RESPONSE_INVALID",
        facts: expect.objectContaining({ requestId: "req_1" }),
      }),
    );
  });

  it.each([
    ["no list", { object: "thing" }],
    ["no has_more", { object: "list", data: [] }],
    ["a has_more that is no truth value", { object: "list", data: [], has_more: "false" }],
    ["data that is no array", { object: "list", data: { 0: thing("a", NOW) }, has_more: false }],
    ["items that are no objects", { object: "list", data: [1], has_more: false }],
    ["null for data", { object: "list", data: null, has_more: false }],
  ])("is %s", (_name, body) => {
    const expected = { listing: THINGS, query: queryOf({}), limit: 5 };
    expect(() => checkPage(Buffer.from(JSON.stringify(body)), expected, null)).toThrow(JsonError);
  });
});
