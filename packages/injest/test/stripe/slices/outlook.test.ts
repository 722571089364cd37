import { beforeEach, describe, expect, it } from "vitest";
import { Outlook } from "../../../src/stripe/slices/outlook.js";
import { SeenPages } from "../../../src/stripe/slices/seen-pages.js";
import { Slice } from "../../../src/stripe/slices/slice.js";

describe("of a slice of which nothing is known", () => {
  let slice: Slice;
  let outlook: Outlook;

  beforeEach(() => {
    slice = new Slice({ from: 0, until: 10_000, after: null });
    outlook = new Outlook(new SeenPages(0), 0, 100);
  });

  it("a page is probably left, and nothing beyond the one on its way", () => {
    expect([outlook.left(slice), outlook.toCome(slice)]).toEqual([100, 100]);
    slice.ask();
    expect([outlook.left(slice), outlook.toCome(slice)]).toEqual([0, 100]);
  });

  it("no middle is known", () => {
    expect(outlook.middle(slice)).toBeNull();
  });
});

describe("of a slice with an object every ten seconds", () => {
  const sliceOf = (seconds: number): Slice => new Slice({ from: 0, until: seconds, after: null }, 0.1);
  const outlook = new Outlook(new SeenPages(0), 0, 100);

  it("as many are left as its seconds hold, less a page on its way", () => {
    const slice = sliceOf(10_000);
    expect(outlook.left(slice)).toBeCloseTo(1_000);
    slice.ask();
    expect([outlook.left(slice), outlook.toCome(slice)]).toEqual([900, 1_000]);
  });

  it("a page on its way may have room for more than is left", () => {
    const slice = sliceOf(500);
    slice.ask();
    expect([outlook.left(slice), outlook.toCome(slice)]).toEqual([-50, 50]);
  });

  it("the middle halves what follows the page on its way", () => {
    const slice = sliceOf(10_000);
    expect(outlook.middle(slice)?.second).toBe(5_000);
    slice.ask();
    // A hundred objects are on their way, and 450 of the others stay.
    expect(outlook.middle(slice)).toEqual({ second: 4_500, density: 0.1 });
  });

  it("where that is little more than the page, the middle halves both together", () => {
    const slice = sliceOf(1_200);
    slice.ask();
    expect(outlook.middle(slice)?.second).toBe(600);
  });

  it("there is no middle where it is a second long", () => {
    expect(outlook.middle(sliceOf(1))).toBeNull();
  });
});
