import { describe, expect, it } from "vitest";
import { dayOf, dayRanges, daysSql } from "../../../src/warehouse/bigquery/creation-ranges.js";

const day = (...date: [year: number, month: number, day: number]) =>
  Date.UTC(date[0], date[1] - 1, date[2]) / 86_400_000;

describe("days of creation", () => {
  it("belong to an instant in UTC", () => {
    expect(dayOf(Date.UTC(2026, 0, 1) / 1000)).toBe(day(2026, 1, 1));
    expect(dayOf(Date.UTC(2026, 0, 1) / 1000 - 1)).toBe(day(2025, 12, 31));
  });

  it("join where they touch, whatever their order", () => {
    expect(dayRanges([day(2026, 1, 1), day(2025, 12, 31), day(2024, 3, 5), day(2025, 12, 31)])).toEqual([
      { from: day(2024, 3, 5), until: day(2024, 3, 6) },
      { from: day(2025, 12, 31), until: day(2026, 1, 2) },
    ]);
  });

  it("become forty ranges at most, by closing the smallest gaps, and lose no day", () => {
    const days = Array.from({ length: 100 }, (_, index) => index * 2 + (index > 50 ? 100 : 0));
    const ranges = dayRanges(days);
    expect(ranges.length).toBe(40);
    for (const each of days) expect(ranges.some(({ from, until }) => from <= each && each < until)).toBe(true);
    expect(ranges.some(({ from, until }) => from <= 102 && 202 < until)).toBe(false);
  });

  it("become a filter of constants that rows of unknown creation pass", () => {
    expect(daysSql("T.object_created", dayRanges([day(2026, 1, 1)]))).toBe(
      "(T.object_created IS NULL OR (T.object_created >= TIMESTAMP '2026-01-01 00:00:00.000+00' AND T.object_created < TIMESTAMP '2026-01-02 00:00:00.000+00'))",
    );
    expect(daysSql("c", [])).toBe("(c IS NULL)");
  });
});
