import { beforeEach, describe, expect, it } from "vitest";
import { Crowds } from "../../../src/stripe/slices/crowds.js";
import { SeenPages } from "../../../src/stripe/slices/seen-pages.js";
import type { ListedItem } from "../../../src/stripe/slices/listed-item.js";
import { Slice } from "../../../src/stripe/slices/slice.js";

const CROWD = 10_000;
const BELOW = 4_000;

function many(count: number, created: number, name: string): ListedItem[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${name}${index}`, created }));
}

/** One object every so many seconds, newest first. */
function spread(count: number, newest: number, apartSeconds: number, name: string): ListedItem[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${name}${index}`,
    created: newest - index * apartSeconds,
  }));
}

describe("a second that a page ended in", () => {
  let seen: SeenPages;
  let crowds: Crowds;
  let slice: Slice;

  /** A page that ends with 60 objects of the crowded second, of a slice whose oldest end lies below it. */
  function setApart(above: readonly ListedItem[]): Slice | null {
    const items = [...above, ...many(60, CROWD, "crowd")];
    slice.advance(items);
    return crowds.setApart(slice, [slice], { items, density: null, room: 100, pagesBefore: 10 });
  }

  beforeEach(() => {
    seen = new SeenPages(0);
    crowds = new Crowds(seen);
    slice = new Slice({ from: BELOW, until: 100_000, after: null });
    const lower = new Slice({ from: null, until: BELOW, after: null });
    seen.learn(lower.ask(), spread(100, BELOW - 1, 10, "lower"));
  });

  it("is read from both ends at once with the few objects that seem to lie below it", () => {
    expect(setApart(spread(40, CROWD + 40_000, 1_000, "above"))).toBeNull();
    expect(crowds.nextOfAny([slice])).toMatchObject({ direction: "down" });
    expect(crowds.nextOfAny([slice])).toMatchObject({ direction: "up", from: BELOW - 1, token: { id: "lower0" } });

    const up = [...many(70, CROWD, "oldest"), ...spread(30, CROWD - 100, 100, "gap")];
    slice.upward!.inFlight = null;
    slice.advanceUp(up);
    expect(crowds.correct(slice, up)).toBeNull();
    expect(slice.open).toMatchObject({ from: CROWD, until: CROWD + 1 });
  });

  it("goes on with them where hardly more seem to be left than a page has brought", () => {
    setApart(spread(40, CROWD + 40_000, 1_000, "above"));
    crowds.nextOfAny([slice]);
    crowds.nextOfAny([slice]);
    slice.upward!.inFlight = null;
    const up = spread(100, CROWD - 600, 50, "gap");
    slice.advanceUp(up);
    expect(crowds.correct(slice, up)).toBeNull();
    expect(slice.isCrowded).toBe(true);
    expect(crowds.nextOfAny([slice])).toMatchObject({ direction: "up", token: { id: "gap0" } });
  });

  it("is cut off from them where the object that its chain begins at is gone", () => {
    setApart(spread(40, CROWD + 40_000, 1_000, "above"));
    slice.upward = { anchor: null, inFlight: null, ids: new Set() };
    expect(crowds.correct(slice)?.open).toEqual({ from: BELOW, until: CROWD, after: null });
  });

  it("is cut off from what lies below it where that seems to be more than a page", () => {
    expect(setApart(spread(40, CROWD + 400, 10, "above"))?.open).toEqual({ from: BELOW, until: CROWD, after: null });
    expect(slice.open.from).toBe(CROWD);
  });

  it.each([
    { shows: "more objects", up: spread(100, BELOW + 500, 5, "gap") },
    { shows: "another crowded second", up: [...many(60, CROWD - 1, "other"), ...spread(40, CROWD - 100, 100, "gap")] },
  ])("is cut off from it as soon as a page shows $shows", ({ up }) => {
    expect(setApart(spread(40, CROWD + 40_000, 1_000, "above"))).toBeNull();
    crowds.nextOfAny([slice]);
    crowds.nextOfAny([slice]);
    expect(crowds.correct(slice)).toBeNull();

    slice.upward!.inFlight = null;
    slice.advanceUp(up);
    const newest = up[0]?.created ?? 0;
    const rest = crowds.correct(slice, up);
    expect(rest?.open).toEqual({ from: newest, until: CROWD, after: null });
    expect(slice.open.from).toBe(CROWD);
    // What the page had of its newest second is not brought again, and nothing has to meet it.
    expect(rest?.hasRead(up[0]!)).toBe(true);
    expect(rest?.meetingChain).toBeNull();
  });

  it("goes on as any slice once it is read and much is left", () => {
    setApart(spread(40, CROWD + 40_000, 1_000, "above"));
    crowds.nextOfAny([slice]);
    crowds.nextOfAny([slice]);
    slice.advance([...many(40, CROWD, "more"), ...spread(60, CROWD - 1, 1, "below")]);
    slice.upward!.inFlight = null;
    const up = spread(100, BELOW + 500, 5, "gap");
    slice.advanceUp(up);
    expect(crowds.correct(slice, up)).toBeNull();
    expect(slice.isCrowded).toBe(false);
    expect(slice.meetingChain).toBeNull();
    expect(slice.hasRead(up[0]!)).toBe(true);
  });
});

describe("of several crowded seconds", () => {
  const crowdOf = (objects: number, second: number): Slice => {
    const slice = new Slice({ from: second, until: second + 1, after: null });
    slice.advance(many(objects, second, `of${second}_`));
    return slice;
  };

  it("the one of which least was read comes first, and the others only when nothing else does", () => {
    const crowds = new Crowds(new SeenPages(0));
    const slices = [crowdOf(600, 30), crowdOf(400, 20), crowdOf(500, 10)];
    expect(crowds.nextOfLeastRead(slices)?.slice).toBe(slices[1]);
    expect(crowds.nextOfLeastRead(slices)).toBeNull();
    expect([crowds.nextOfAny(slices), crowds.nextOfAny(slices)].map((request) => request?.slice)).toEqual([
      slices[0],
      slices[2],
    ]);
  });

  it("none waits where there are many", () => {
    const crowds = new Crowds(new SeenPages(0));
    const slices = Array.from({ length: 9 }, (_, index) => crowdOf(300 + 100 * index, 100 - index));
    const asked = slices.map(() => crowds.nextOfLeastRead(slices)?.slice);
    expect(asked).toEqual(slices);
  });

  it("one that a page has only just met comes before what is not crowded", () => {
    const crowds = new Crowds(new SeenPages(0));
    const slice = new Slice({ from: 5, until: 100, after: null });
    slice.advance([...spread(91, 99, 0, "above"), ...many(9, 50, "met")]);
    expect(crowds.nextOfLeastRead([slice])).toBeNull();
    slice.advance(many(1, 50, "more"));
    expect(crowds.nextOfLeastRead([slice])?.slice).toBe(slice);
  });
});
