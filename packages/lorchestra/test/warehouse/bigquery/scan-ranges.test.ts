import { expect, test } from "vitest";
import { ROWS_A_SCAN, scanRanges } from "../../../src/warehouse/bigquery/read/scan-ranges.js";

const half = ROWS_A_SCAN / 2;

test("a few rows are read in one query, without a bound", () => {
  expect(scanRanges([])).toEqual([{ from: null, until: null }]);
  expect(scanRanges([{ from: 100, rows: 5 }])).toEqual([{ from: null, until: null }]);
});

test("many are read in whole months, side by side, with as many rows each as a result holds", () => {
  const months = [half, half, 1, 3 * ROWS_A_SCAN, 1, half].map((rows, index) => ({ from: 100 * (index + 1), rows }));
  expect(scanRanges(months)).toEqual([
    { from: null, until: 300 },
    { from: 300, until: 400 },
    { from: 400, until: 500 },
    { from: 500, until: null },
  ]);
});
