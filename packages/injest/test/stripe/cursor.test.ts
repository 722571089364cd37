import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cursor } from "../../src/source.js";
import { readCursor, type StripeCursor, summarizeCursor, writeCursor } from "../../src/stripe/cursor.js";
import { mergeRanges } from "../../src/stripe/list/merge-ranges.js";
import type { OpenRange } from "../../src/stripe/list/open-range.js";

const seconds = fc.integer({ min: 0, max: 2_000_000_000 });
const texts = fc.string({ unit: "grapheme", maxLength: 40 });
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });

const ranges: fc.Arbitrary<OpenRange> = fc.record({
  from: orNull(seconds),
  until: orNull(seconds),
  after: orNull(fc.record({ id: texts, created: orNull(seconds), beside: orNull(fc.array(texts, { maxLength: 3 })) })),
});

const cursors: fc.Arbitrary<StripeCursor> = fc.record({
  apiVersion: texts,
  account: orNull(texts),
  live: orNull(fc.boolean()),
  keyPrint: texts,
  watermark: orNull(seconds),
  open: fc.array(ranges, { maxLength: 6 }),
  feed: fc.record({
    from: seconds,
    floor: seconds,
    seen: fc.array(texts, { maxLength: 5 }),
    isForbidden: fc.boolean(),
  }),
  listedUntil: seconds,
  sweep: fc.record({ rest: orNull(ranges), at: seconds }),
  counted: orNull(seconds),
  objects: seconds,
  oldest: orNull(seconds),
});

const stored = (cursor: StripeCursor): unknown => JSON.parse(JSON.stringify(writeCursor(cursor)));
const invalid = expect.objectContaining({ code: "SOURCE_CURSOR_INVALID", remedy: "fix-data" });

describe("a cursor", () => {
  it("comes back from storage as it was", () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        expect(readCursor(stored(cursor) as never)).toEqual(cursor);
      }),
    );
  });

  it("of an earlier version, which kept by how much Stripe's clock was ahead of the machine's own, goes by the earlier of the two", () => {
    const own = fc.integer({ min: 1, max: 14 * 86_400 });
    const other = fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 14 * 86_400 + 1 }));
    const kept = (cursor: StripeCursor, ahead: number): StripeCursor =>
      readCursor({ ...(writeCursor(cursor) as Record<string, Cursor>), ahead_of_own: ahead });
    fc.assert(
      fc.property(cursors, own, other, (cursor, ahead, tooMuch) => {
        const { from, floor } = cursor.feed;
        expect(kept(cursor, ahead)).toEqual({
          ...cursor,
          feed: { ...cursor.feed, from: from - ahead, floor: floor - ahead, seen: [] },
          listedUntil: cursor.listedUntil - ahead,
          watermark: cursor.watermark === null ? null : cursor.watermark - ahead,
        });
        expect(kept(cursor, tooMuch)).toEqual(cursor);
      }),
    );
  });

  it("tells people where a stream stands", () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        const { watermark, openRanges, apiVersion } = summarizeCursor(readCursor(stored(cursor) as never));
        expect(watermark?.getTime() ?? null).toBe(cursor.watermark === null ? null : cursor.watermark * 1000);
        expect([openRanges, apiVersion]).toEqual([cursor.open.length, cursor.apiVersion]);
      }),
    );
  });

  it("that is any other JSON is refused", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => readCursor(value as never)).toThrow(invalid);
      }),
      { numRuns: 500 },
    );
  });

  it("of which anything is missing, or is of another kind, is refused", () => {
    const others = fc.constantFrom<unknown>("text", -0.5, 1e300, true, [], {}, [{}], [[]], null, undefined);
    fc.assert(
      fc.property(cursors, others, fc.nat(), (cursor, other, place) => {
        const value = stored(cursor);
        const places = placesOf(value);
        const [holder, name] = places[place % places.length] ?? [{}, ""];
        const before = holder[name];
        if (other === undefined) delete holder[name];
        else holder[name] = other;
        if (isSame(before, other) || isPlausible(before, other)) return;
        const isRefused = outcome(() => readCursor(value as never)) === "SOURCE_CURSOR_INVALID";
        // What cannot be told from a real one has to come back as it was given.
        if (!isRefused) expect(stored(readCursor(value as never))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("of another version is refused", () => {
    fc.assert(
      fc.property(cursors, fc.oneof(fc.constant(0), fc.integer({ min: 2 }), fc.constant("1")), (cursor, v) => {
        expect(() => readCursor({ ...(stored(cursor) as object), v })).toThrow(invalid);
      }),
    );
  });
});

/** All objects and arrays in a value, with the names of their members. */
function placesOf(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [
    [holder, name] as [Record<string, unknown>, string],
    ...placesOf(holder[name]),
  ]);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Null stands for a value that may be absent. */
function isPlausible(before: unknown, other: unknown): boolean {
  return typeof before === typeof other && before !== null && other !== null && !Array.isArray(before);
}

function outcome(work: () => unknown): string {
  try {
    work();
    return "taken";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe("open ranges that are merged", () => {
  const small = fc.integer({ min: 1, max: 30 });
  /** Ranges as a reading leaves them: not empty, a token in their newest second. */
  const left = fc
    .record({ from: orNull(small), length: small, isTop: fc.boolean(), hasToken: fc.boolean() })
    .map(({ from, length, isTop, hasToken }): OpenRange => {
      const until = (from ?? 0) + length;
      const after = hasToken ? { id: `t${until - 1}`, created: until - 1, beside: [] } : null;
      return { from, until: isTop && !hasToken ? null : until, after };
    });
  const places = Array.from({ length: 70 }, (_, second) => second);

  const holds = ({ from, until, after }: OpenRange, second: number): boolean =>
    second >= (from ?? -1) && second < (until ?? Infinity) && (after === null || second < (after.created ?? 0));

  it("leave nothing out, hold nothing more, and do not overlap", () => {
    fc.assert(
      fc.property(fc.array(left, { maxLength: 8 }), (given) => {
        const merged = mergeRanges(given);
        for (const second of places) {
          const isOpen = given.some((range) => holds(range, second));
          const holders = merged.filter((range) => holds(range, second));
          if (isOpen) expect(holders).toHaveLength(1);
          // Without its token a range begins a second earlier, which is read again.
          const isEdge = given.some(({ after }) => after?.created === second);
          if (!isOpen && !isEdge) expect(holders).toHaveLength(0);
        }
      }),
    );
  });

  it("are the same whatever their order, and when they are merged again", () => {
    fc.assert(
      fc.property(fc.array(left, { maxLength: 8 }), fc.nat(), (given, turn) => {
        const merged = mergeRanges(given);
        const turned = [...given.slice(turn % (given.length + 1)), ...given.slice(0, turn % (given.length + 1))];
        const covered = (of: readonly OpenRange[]): number[] =>
          places.filter((second) => of.some((range) => holds(range, second)));
        expect(covered(mergeRanges(turned))).toEqual(covered(merged));
        expect(mergeRanges(merged)).toEqual(merged);
      }),
    );
  });

  it("keep a place among the objects without created only where nothing older than them is left", () => {
    const undated = { from: null, until: 0, after: { id: "u", created: null, beside: null } };
    const dated = { from: null, until: 20, after: { id: "t19", created: 19, beside: [] } };
    expect(mergeRanges([undated])).toEqual([undated]);
    for (const given of [
      [undated, dated],
      [dated, undated],
    ]) {
      const [range, ...others] = mergeRanges(given);
      expect(others).toEqual([]);
      expect(range).toMatchObject({ from: null, until: 20 });
      expect(range?.after?.id).not.toBe("u");
    }
    expect(mergeRanges([undated, { from: 5, until: 8, after: null }])).toHaveLength(2);
  });
});
