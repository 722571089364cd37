import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortRanges } from "../../src/stripe/list/short-ranges.js";
import type { OpenRange } from "../../src/stripe/list/open-range.js";

const MOST_BYTES = 48 * 1024;

const idOf = (n: number): string => `pi_3MtwBwLkdIwHu7ix${String(n).padStart(8, "0")}`;

/** Ranges a hundred seconds apart at least, each with a place in it. */
const manyRanges = fc
  .tuple(fc.integer({ min: 2, max: 3_000 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 900 }))
  .map(([count, beside, unevenness]): OpenRange[] =>
    Array.from({ length: count }, (_, index) => {
      const from = 1_500_000_000 + index * 100 + ((index * unevenness) % 50);
      const after = {
        id: idOf(index),
        created: from + 30,
        beside: Array.from({ length: beside }, (__, other) => idOf(index * 10 + other)),
      };
      return { from: index === 0 ? null : from, until: from + 31, after };
    }),
  );

describe("the open ranges of a cursor", () => {
  it("take up no more than their share of its 64 KB, and leave nothing out", () => {
    fc.assert(
      fc.property(manyRanges, (ranges) => {
        const short = shortRanges(ranges);
        expect(Buffer.byteLength(JSON.stringify(short.map(writtenAs)))).toBeLessThan(MOST_BYTES);
        for (const range of ranges) {
          const holder = short.find(({ from, until }) => isAtLeast(range.from, from) && isAtLeast(until, range.until));
          expect(holder).toBeDefined();
          // Its place is only where a range began that ends with it.
          if (holder?.after) expect(holder.after.created).toBeGreaterThanOrEqual(range.after?.created ?? Infinity);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are as they were as long as they are few", () => {
    fc.assert(
      fc.property(manyRanges, (ranges) => {
        const few = ranges.slice(0, 100);
        expect(shortRanges(few)).toBe(few);
      }),
      { numRuns: 20 },
    );
  });

  it("close the smallest gaps first, so that least is read twice", () => {
    const clusters = Array.from({ length: 100 }, (_, cluster) => 1_000_000_000 + cluster * 1_000_000);
    const ranges = clusters.flatMap((start) =>
      Array.from({ length: 20 }, (_, index): OpenRange => ({
        from: start + index * 10,
        until: start + index * 10 + 5,
        after: null,
      })),
    );
    const short = shortRanges(ranges);
    expect(short.length).toBeLessThan(ranges.length);
    for (const { from, until } of short) expect((until ?? 0) - (from ?? 0)).toBeLessThan(1_000);
  });
});

/** As a cursor has it. */
function writtenAs({ from, until, after }: OpenRange): unknown {
  if (after === null) return [from, until];
  return [from, until, after.id, after.created, ...(after.beside === null ? [] : [after.beside])];
}

function isAtLeast(one: number | null, other: number | null): boolean {
  return (one ?? -Infinity) >= (other ?? -Infinity);
}
