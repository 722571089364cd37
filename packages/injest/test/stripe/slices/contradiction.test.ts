import { describe, expect, it } from "vitest";
import { contradictionIn } from "../../../src/stripe/slices/contradiction.js";
import type { ListedItem } from "../../../src/stripe/slices/listed-item.js";
import { type PageRequest, Slice } from "../../../src/stripe/slices/slice.js";

const NOW = 1_790_000_000;

function requestOf(slice: Slice, part: Partial<PageRequest>): PageRequest {
  return { slice, from: NOW - 100, until: null, direction: "down", token: null, ...part };
}

describe("a page that shows again what an earlier page had of its token's second", () => {
  const [a, b, c] = ["a", "b", "c"].map((id) => ({ id, created: NOW - 20 })) as [ListedItem, ListedItem, ListedItem];

  function readTo(token: ListedItem): Slice {
    const slice = new Slice({ from: NOW - 100, until: NOW, after: null });
    slice.advance([a, token]);
    return slice;
  }

  it("contradicts that one, wherever it shows it", () => {
    expect(contradictionIn(requestOf(readTo(b), { token: b }), [a], false)).toMatch(
      /object 1 of 1 was on an earlier page/,
    );
    expect(contradictionIn(requestOf(readTo(b), { token: b }), [c, a], false)).toMatch(/object 2 of 2/);
    expect(contradictionIn(requestOf(readTo(b), { token: b }), [c], false)).toBeNull();
  });

  it("does not where the token was lost, and that second is read once more", () => {
    const slice = readTo(b);
    slice.dropToken();
    slice.advance([c]);
    expect(contradictionIn(requestOf(slice, { token: c }), [a], false)).toBeNull();
  });
});

describe("where a second is read from both of its ends", () => {
  const things = (from: number, to: number): ListedItem[] =>
    Array.from({ length: to - from }, (_, index) => ({ id: `t${from + index}`, created: NOW }));

  /** Newest first, t0 to t59 came downwards, t90 to t99 upwards. */
  function slice(): Slice {
    const second = new Slice({ from: NOW, until: NOW + 1, after: null });
    second.advance(things(0, 60));
    second.crowd = NOW;
    second.upward = {
      anchor: { id: "t90", created: NOW },
      inFlight: null,
      ids: new Set(things(90, 100).map(({ id }) => id)),
    };
    return second;
  }

  const down = (items: readonly ListedItem[], hasMore: boolean, of = slice()) =>
    contradictionIn(requestOf(of, { from: NOW, token: { id: "t59", created: NOW } }), items, hasMore);
  const up = (items: readonly ListedItem[], hasMore: boolean, of = slice()) => {
    const token = { id: "t90", created: NOW };
    return contradictionIn(requestOf(of, { from: NOW, until: NOW + 1, direction: "up", token }), items, hasMore);
  };

  it("pages that meet at the object that was read last are taken", () => {
    expect(down(things(60, 95), true)).toBeNull();
    expect(up(things(55, 90), true)).toBeNull();
    expect(down(things(60, 70), true)).toBeNull();
    expect(up(things(80, 90), true)).toBeNull();
  });

  it("pages that leave a gap to the other end are refused", () => {
    expect(down([...things(60, 80), ...things(91, 95)], true)).toMatch(/leaves a gap/);
    expect(up([...things(50, 59), ...things(60, 90)], true)).toMatch(/leaves a gap/);
  });

  it("pages that end before they meet are refused", () => {
    expect(down(things(60, 70), false)).toMatch(/ends before it meets/);
    expect(up(things(80, 90), false)).toMatch(/ends before it meets/);
  });

  it("a page that shows again what was read upwards is refused", () => {
    expect(up([...things(80, 90), ...things(92, 93)], true)).toMatch(/comes again/);
  });

  it("a page that arrives when the second is complete already contradicts nothing, whatever it shows", () => {
    const finished = slice();
    finished.finish();
    expect(down(things(60, 95), true, finished)).toBeNull();
    expect(down(things(50, 70), false, finished)).toBeNull();
    expect(up(things(61, 90), true, finished)).toBeNull();
  });
});

describe("a page of a second that is read from both ends", () => {
  const of = (...ids: readonly string[]) => ids.map((id) => ({ id, created: 50 }));
  const GAP = "the page leaves a gap to what was read";
  const END = "the page ends before it meets what was read";

  // Of a b c d e f, newest first, a and b came from the one end, and f and e from the other.
  it.each([
    { from: "down", ids: "cd", hasMore: true, problem: null },
    { from: "down", ids: "cde", hasMore: true, problem: null },
    { from: "down", ids: "cdef", hasMore: false, problem: null },
    { from: "down", ids: "cdf", hasMore: true, problem: `${GAP} upwards` },
    { from: "down", ids: "cd", hasMore: false, problem: `${END} upwards` },
    { from: "up", ids: "cd", hasMore: true, problem: null },
    { from: "up", ids: "bcd", hasMore: true, problem: null },
    { from: "up", ids: "abcd", hasMore: false, problem: null },
    { from: "up", ids: "acd", hasMore: true, problem: GAP },
    { from: "up", ids: "cd", hasMore: false, problem: END },
    { from: "up", ids: "cbd", hasMore: true, problem: "objects that were read are among others" },
    { from: "up", ids: "cde", hasMore: true, problem: "an object that was read upwards comes again" },
  ])("may meet what is known at its very end only: $from $ids $hasMore", ({ from, ids, hasMore, problem }) => {
    const slice = new Slice({ from: 50, until: 51, after: null });
    slice.crowd = 50;
    slice.advance(of("a", "b"));
    slice.upward = { anchor: { id: "f", created: 50 }, inFlight: null, ids: new Set(["f"]) };
    slice.advanceUp(of("e"));
    const request = from === "up" ? slice.askUp() : slice.ask();
    expect(request && contradictionIn(request, of(...ids.split("")), hasMore)).toBe(problem);
  });
});
