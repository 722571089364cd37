import { describe, expect, it } from "vitest";
import { JsonError } from "../../src/json/json-error.js";
import { checkPage } from "../../src/stripe/page.js";
import type { Token } from "../../src/stripe/slices/listed-item.js";
import { type PageRequest, Slice } from "../../src/stripe/slices/slice.js";

const NOW = 1_790_000_000;

interface Item {
  readonly id?: unknown;
  readonly object?: string;
  readonly created?: unknown;
}

const thing = (id: string, created: number | null): Item => ({ id, object: "thing", created });

function requestOf(part: Partial<Omit<PageRequest, "slice">>, slice?: Slice): PageRequest {
  const whole = { from: null, until: null, direction: "down" as const, token: null, ...part };
  return { slice: slice ?? new Slice({ from: whole.from, until: whole.until, after: null }), ...whole };
}

function check(data: readonly unknown[], request: PageRequest, more: { hasMore?: boolean; limit?: number } = {}) {
  const { hasMore = false, limit = 5 } = more;
  const body = Buffer.from(JSON.stringify({ object: "list", data, has_more: hasMore }));
  const purpose = { endpoint: "/v1/things", permission: "thing_read", objectType: "thing", nestedLists: [] };
  return checkPage(body, { ...purpose, limit, request }, "req_1");
}

const WINDOW = { from: NOW - 100, until: NOW };
const AFTER: Token = { id: "b", created: NOW - 20 };

describe("a page that answers its request", () => {
  it("is taken with its items in their order", () => {
    const page = check([thing("a", NOW - 1), thing("b", NOW - 1), thing("c", NOW - 100)], requestOf(WINDOW));
    expect(page.items.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(page.hasMore).toBe(false);
  });

  it("may be empty when it is the last", () => {
    expect(check([], requestOf(WINDOW)).items).toEqual([]);
  });

  it("is not believed to be the last when it is full", () => {
    const full = [1, 2, 3, 4, 5].map((age) => thing(`t${age}`, NOW - age));
    expect(check(full, requestOf(WINDOW)).hasMore).toBe(true);
    expect(check(full.slice(1), requestOf(WINDOW)).hasMore).toBe(false);
  });

  it("may hold fewer objects than were asked for and still not be the last", () => {
    expect(check([thing("a", NOW - 1)], requestOf(WINDOW), { hasMore: true }).hasMore).toBe(true);
  });

  it("may end with objects without created where nothing was filtered", () => {
    const page = check([thing("a", NOW), thing("b", null), thing("c", null)], requestOf({}));
    expect(page.items.map(({ created }) => created)).toEqual([NOW, null, null]);
  });

  it("may begin in the second of its token", () => {
    expect(check([thing("c", NOW - 20)], requestOf({ from: NOW - 100, token: AFTER })).items).toHaveLength(1);
  });
});

type Lie = readonly [
  name: string,
  data: readonly unknown[],
  request: PageRequest,
  more: { hasMore?: boolean; limit?: number },
];
const LIES: readonly Lie[] = [
  ["is empty and claims that more follow", [], requestOf(WINDOW), { hasMore: true }],
  [
    "has more objects than were asked for",
    [1, 2, 3].map((age) => thing(`t${age}`, NOW - age)),
    requestOf(WINDOW),
    { limit: 2 },
  ],
  ["has an object without an id", [{ object: "thing", created: NOW - 1 }], requestOf(WINDOW), {}],
  ["has an id that is no string", [{ id: 7, object: "thing", created: NOW - 1 }], requestOf(WINDOW), {}],
  ["has an id that is empty", [thing("", NOW - 1)], requestOf(WINDOW), {}],
  ["has objects of another type", [{ id: "a", object: "other", created: NOW - 1 }], requestOf(WINDOW), {}],
  ["has an object twice", [thing("a", NOW - 1), thing("a", NOW - 1)], requestOf(WINDOW), {}],
  [
    "has an object twice, apart",
    [thing("a", NOW - 1), thing("b", NOW - 1), thing("a", NOW - 1)],
    requestOf(WINDOW),
    {},
  ],
  ["begins with its own token", [thing("b", NOW - 20)], requestOf({ from: NOW - 100, token: AFTER }), {}],
  ["has objects without created although they were filtered by it", [thing("a", null)], requestOf(WINDOW), {}],
  ["has no created at all", [{ id: "a", object: "thing" }], requestOf({}), {}],
  ["has a created that is text", [{ id: "a", object: "thing", created: "2026" }], requestOf({}), {}],
  ["has a created that is no whole second", [{ id: "a", object: "thing", created: NOW - 0.5 }], requestOf(WINDOW), {}],
  ["has a created beyond all numbers", [{ id: "a", object: "thing", created: 2 ** 60 }], requestOf({}), {}],
  ["is in the wrong order", [thing("a", NOW - 2), thing("b", NOW - 1)], requestOf(WINDOW), {}],
  ["is newer than its token", [thing("a", NOW - 19)], requestOf({ from: NOW - 100, token: AFTER }), {}],
  ["is older than was asked for", [thing("a", NOW - 101)], requestOf(WINDOW), {}],
  ["is newer than was asked for", [thing("a", NOW)], requestOf(WINDOW), {}],
];

describe("a page is refused that", () => {
  it.each(LIES)("%s", (_name, data, request, more) => {
    expect(() => check(data, request, more)).toThrow(
      expect.objectContaining({
        code: "SOURCE_RESPONSE_INVALID",
        facts: expect.objectContaining({ requestId: "req_1" }),
      }),
    );
  });

  it("shows again what an earlier page had of the token's second", () => {
    const slice = new Slice({ from: NOW - 100, until: NOW, after: null });
    slice.advance([
      { id: "a", created: NOW - 20 },
      { id: "b", created: NOW - 20 },
    ]);
    expect(() => check([thing("a", NOW - 20)], requestOf({ from: NOW - 100, token: AFTER }, slice))).toThrow(
      /was on an earlier page/,
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
    const purpose = { endpoint: "/v1/things", permission: "thing_read", objectType: "thing", nestedLists: [] };
    const expected = { ...purpose, limit: 5, request: requestOf({}) };
    expect(() => checkPage(Buffer.from(JSON.stringify(body)), expected, null)).toThrow(JsonError);
  });
});

describe("where a second is read from both of its ends", () => {
  const crowd = (from: number, to: number): { id: string; created: number }[] =>
    Array.from({ length: to - from }, (_, index) => ({ id: `t${from + index}`, created: NOW }));

  /** Newest first, t0 to t59 came downwards, t90 to t99 upwards. */
  function slice(): Slice {
    const second = new Slice({ from: NOW, until: NOW + 1, after: null });
    second.advance(crowd(0, 60));
    second.crowd = NOW;
    second.upward = {
      anchor: { id: "t90", created: NOW },
      inFlight: null,
      ids: new Set(crowd(90, 100).map(({ id }) => id)),
    };
    return second;
  }

  const down = (items: readonly Item[], hasMore: boolean, of = slice()) =>
    check(items, requestOf({ from: NOW, token: { id: "t59", created: NOW } }, of), { hasMore, limit: 50 });
  const up = (items: readonly Item[], hasMore: boolean, of = slice()) =>
    check(items, requestOf({ from: NOW, until: NOW + 1, direction: "up", token: { id: "t90", created: NOW } }, of), {
      hasMore,
      limit: 50,
    });
  const things = (from: number, to: number): Item[] => crowd(from, to).map(({ id, created }) => thing(id, created));

  it("pages that meet at the object that was read last are taken", () => {
    expect(down(things(60, 95), true).items).toHaveLength(35);
    expect(up(things(55, 90), true).items).toHaveLength(35);
    expect(down(things(60, 70), true).items).toHaveLength(10);
    expect(up(things(80, 90), true).items).toHaveLength(10);
  });

  it("pages that leave a gap to the other end are refused", () => {
    expect(() => down([...things(60, 80), ...things(91, 95)], true)).toThrow(/leaves a gap/);
    expect(() => up([...things(50, 59), ...things(60, 90)], true)).toThrow(/leaves a gap/);
  });

  it("pages that end before they meet are refused", () => {
    expect(() => down(things(60, 70), false)).toThrow(/ends before it meets/);
    expect(() => up(things(80, 90), false)).toThrow(/ends before it meets/);
  });

  it("a page that shows again what was read upwards is refused", () => {
    expect(() => up([...things(80, 90), ...things(92, 93)], true)).toThrow(/comes again/);
  });

  it("a page that arrives when the second is complete already is no lie, whatever it shows", () => {
    const finished = slice();
    finished.finish();
    expect(down(things(60, 95), true, finished).items).toHaveLength(35);
    expect(up(things(61, 90), true, finished).items).toHaveLength(29);
  });
});
