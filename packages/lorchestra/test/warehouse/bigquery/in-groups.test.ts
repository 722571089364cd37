import { expect, it } from "vitest";
import { inGroups } from "../../../src/warehouse/bigquery/api/in-groups.js";

const grouped = (sizes: readonly number[], most: Parameters<typeof inGroups>[2]) =>
  inGroups(sizes, (size) => size, most);

it("keeps items in their order, in groups as large as they may be", () => {
  expect(grouped([4, 6, 1, 9, 1], { size: 10 })).toEqual([[4, 6], [1, 9], [1]]);
  expect(grouped([1, 1, 1, 1, 1], { size: 10, items: 2 })).toEqual([[1, 1], [1, 1], [1]]);
  expect(grouped([], { size: 10 })).toEqual([]);
});

it("lets an item that is larger than a group may be stand alone", () => {
  expect(grouped([1, 11, 1], { size: 10 })).toEqual([[1], [11], [1]]);
});
