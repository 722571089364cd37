import { describe, expect, it } from "vitest";
import { monthOf, monthRanges, monthsSql } from "../../../src/warehouse/bigquery/creation-ranges.js";

const month = (year: number, monthOfYear: number) => year * 12 + monthOfYear - 1;

describe("months of creation", () => {
  it("belong to an instant in UTC", () => {
    expect(monthOf(Date.UTC(2026, 0, 1) / 1000)).toBe(month(2026, 1));
    expect(monthOf(Date.UTC(2026, 0, 1) / 1000 - 1)).toBe(month(2025, 12));
  });

  it("join where they touch, whatever their order", () => {
    expect(monthRanges([month(2026, 1), month(2025, 12), month(2024, 3), month(2025, 12)])).toEqual([
      { from: month(2024, 3), until: month(2024, 4) },
      { from: month(2025, 12), until: month(2026, 2) },
    ]);
  });

  it("become forty ranges at most, by closing the smallest gaps, and lose no month", () => {
    const months = Array.from({ length: 100 }, (_, index) => index * 2 + (index > 50 ? 100 : 0));
    const ranges = monthRanges(months);
    expect(ranges.length).toBe(40);
    for (const each of months) expect(ranges.some(({ from, until }) => from <= each && each < until)).toBe(true);
    expect(ranges.some(({ from, until }) => from <= 102 && 202 < until)).toBe(false);
  });

  it("become a filter of constants that rows of unknown creation pass", () => {
    expect(monthsSql("T.object_created", monthRanges([month(2026, 1)]))).toBe(
      "(T.object_created IS NULL OR (T.object_created >= TIMESTAMP '2026-01-01 00:00:00.000+00' AND T.object_created < TIMESTAMP '2026-02-01 00:00:00.000+00'))",
    );
    expect(monthsSql("c", [])).toBe("(c IS NULL)");
  });
});
