import { expect, it } from "vitest";
import { contradictionIn } from "../../../src/stripe/slices/contradiction.js";
import { Slice } from "../../../src/stripe/slices/slice.js";

it("says what is left of it, also after it was read on, cut or begun anew", () => {
  const slice = new Slice({ from: 10, until: 100, after: null });
  expect(slice.open).toEqual({ from: 10, until: 100, after: null });
  expect(slice.open).toBe(slice.open);

  slice.from = 20;
  expect(slice.open).toEqual({ from: 20, until: 100, after: null });
  slice.until = 90;
  expect(slice.open).toEqual({ from: 20, until: 90, after: null });

  slice.advance([{ id: "a", created: 80 }]);
  expect(slice.open).toEqual({ from: 20, until: 81, after: { id: "a", created: 80, beside: [] } });
  slice.advance([{ id: "b", created: 80 }]);
  expect(slice.open).toEqual({ from: 20, until: 81, after: { id: "b", created: 80, beside: ["a"] } });
  slice.from = 40;
  expect(slice.open.from).toBe(40);

  slice.dropToken();
  expect(slice.open).toEqual({ from: 40, until: 81, after: null });
});

it("remembers the few objects without created that it has read, so that a resumed reading can report them", () => {
  const slice = new Slice({ from: null, until: null, after: null });
  slice.advance([
    { id: "a", created: 80 },
    { id: "b", created: null },
    { id: "c", created: null },
  ]);
  expect(slice.open).toEqual({ from: null, until: 0, after: { id: "c", created: null, beside: ["b"] } });
  expect(slice.finish().map(({ range }) => range)).toEqual([{ from: null, until: 0 }]);

  const resumed = new Slice(slice.open);
  expect(resumed.hasRead({ id: "b", created: null })).toBe(true);
  const [listed] = resumed.finish();
  expect(listed?.range).toEqual({ from: null, until: 0 });
  expect([...(listed?.alsoPresent ?? [])].toSorted()).toEqual(["b", "c"]);
});

it("reports and forgets what its oldest end has brought, second by second", () => {
  const slice = new Slice({ from: 10, until: 100, after: null });
  slice.advance([{ id: "x", created: 50 }]);
  slice.upward = { anchor: { id: "o", created: 5 }, inFlight: null, ids: new Set() };
  expect(slice.askUp()).toMatchObject({ from: 5, until: 51, direction: "up", token: { id: "o" } });
  expect(slice.askUp()).toBeNull();

  // What has appeared between the older object and the slice is not its own.
  expect(slice.advanceUp([{ id: "late", created: 7 }])).toEqual([]);
  expect(slice.open.from).toBe(10);

  const first = [
    { id: "b", created: 20 },
    { id: "a", created: 15 },
  ];
  expect(slice.advanceUp(first)).toEqual([{ range: { from: 10, until: 20 }, alsoPresent: [] }]);
  expect(slice.open).toEqual({ from: 20, until: 51, after: { id: "x", created: 50, beside: [] } });

  // A page of it that waits to be taken keeps open no more than it brought.
  expect(slice.openUpTo(30)).toEqual({ from: 20, until: 31, after: null });
  expect(slice.openUpTo(50)).toEqual(slice.open);
  // One that brought only what has appeared below it brought nothing that was open.
  expect(slice.openUpTo(15)).toEqual(slice.open);

  const second = [
    { id: "y", created: 50 },
    { id: "c", created: 20 },
  ];
  expect(slice.advanceUp(second)).toEqual([{ range: { from: 20, until: 50 }, alsoPresent: ["b"] }]);
  expect(slice.open.from).toBe(50);
  expect(slice.advanceUp([{ id: "z", created: 50 }])).toEqual([]);
  expect(slice.finish()).toEqual([{ range: { from: 50, until: 51 }, alsoPresent: ["x", "y", "z"] }]);
});

it("knows what it has read when a page from its oldest end reaches beyond the second that was read last", () => {
  const slice = new Slice({ from: 10, until: 100, after: null });
  slice.advance([{ id: "x", created: 50 }]);
  slice.advance([{ id: "y", created: 40 }]);
  slice.upward = { anchor: { id: "o", created: 5 }, inFlight: null, ids: new Set() };
  slice.crowd = 50;
  const request = slice.askUp();
  const items = [
    { id: "x", created: 50 },
    { id: "y", created: 40 },
    { id: "z", created: 30 },
  ];
  expect(items.map((item) => slice.hasRead(item))).toEqual([true, true, false]);
  expect(request && contradictionIn(request, items, false)).toBeNull();
});

it("knows what no page beyond its token may have again, unless its token was lost", () => {
  const dated = new Slice({ from: 10, until: 100, after: null });
  const undated = new Slice({ from: null, until: 0, after: { id: "a", created: null, beside: ["b"] } });
  dated.advance([
    { id: "a", created: 80 },
    { id: "b", created: 80 },
  ]);
  for (const slice of [dated, undated]) {
    expect(["a", "b", "c"].map((id) => slice.ledger.repeats(id))).toEqual([true, true, false]);
    slice.dropToken();
    expect(slice.ledger.repeats("a") || slice.ledger.repeats("b")).toBe(false);
  }
});

it("does not report objects without created that are read once more, after their token was lost", () => {
  const slice = new Slice({ from: null, until: 0, after: { id: "b", created: null, beside: ["a"] } });
  slice.dropToken();
  slice.advance([{ id: "c", created: null }]);
  expect(slice.open).toEqual({ from: null, until: 0, after: { id: "c", created: null, beside: null } });
});

it("does not know which objects of a second were read, where an earlier reading had some that it could not remember", () => {
  const slice = new Slice({ from: 10, until: 81, after: { id: "a", created: 80, beside: null } });
  slice.advance([{ id: "b", created: 80 }]);
  expect(slice.open).toEqual({ from: 10, until: 81, after: { id: "b", created: 80, beside: null } });
  expect(slice.advance([{ id: "c", created: 70 }])).toEqual([{ range: { from: 71, until: 80 }, alsoPresent: ["b"] }]);
});

it("does not know what was read of a second of which it was only given a place", () => {
  const slice = new Slice({ from: null, until: 0, after: { id: "a", created: null, beside: null } });
  slice.token = { id: "o", created: 80 };
  expect(slice.open).toEqual({ from: null, until: 81, after: { id: "o", created: 80, beside: null } });
});

it("remembers no more than nine objects of a second", () => {
  const slice = new Slice({ from: 10, until: 100, after: null });
  slice.advance(Array.from({ length: 9 }, (_, index) => ({ id: `a${index}`, created: 80 })));
  expect(slice.open.after?.beside).toHaveLength(8);
  slice.advance([{ id: "a9", created: 80 }]);
  expect(slice.open.after).toEqual({ id: "a9", created: 80, beside: null });
  slice.advance([{ id: "b", created: 70 }]);
  expect(slice.open.after).toEqual({ id: "b", created: 70, beside: [] });
});

it("does not report objects without created of which an earlier reading had some that it could not remember", () => {
  const slice = new Slice({ from: null, until: 0, after: { id: "a", created: null, beside: null } });
  slice.advance([{ id: "b", created: null }]);
  expect(slice.finish()).toEqual([]);
});

it("does not report an object as present that is gone", () => {
  const slice = new Slice({ from: null, until: 100, after: null });
  slice.advance([
    { id: "a", created: 80 },
    { id: "gone", created: 80 },
  ]);
  slice.dropToken();
  expect(slice.advance([{ id: "b", created: 70 }])).toEqual([{ range: { from: 71, until: 81 }, alsoPresent: ["a"] }]);
  slice.advance([
    { id: "c", created: null },
    { id: "gone too", created: null },
  ]);
  slice.dropToken();
  expect(slice.finish().flatMap(({ alsoPresent }) => [...alsoPresent])).toEqual(["b", "c"]);
});

it("gives what is cut off its oldest end", () => {
  const slice = new Slice({ from: null, until: 100, after: null });
  slice.advance([{ id: "x", created: 50 }]);
  const below = slice.cut(50);
  expect([slice.from, slice.open.until]).toEqual([50, 51]);
  expect([below.from, below.open.until]).toEqual([null, 50]);
});

it("counts what its oldest end has brought of the second that was read last, and of no other", () => {
  const slice = new Slice({ from: 10, until: 100, after: null });
  slice.advance([{ id: "x", created: 50 }]);
  slice.upward = { anchor: null, inFlight: null, ids: new Set(["o"]) };
  expect(slice.readOfSecond).toBe(1);
  slice.from = 50;
  expect(slice.readOfSecond).toBe(2);
});
