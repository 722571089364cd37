import { expect, test } from "vitest";
import { distinctCount } from "../../src/runs/ingest/distinct-count.js";

test("counts an id once however often it comes", () => {
  const count = distinctCount();
  for (const id of ["a", "b", "a", "a", "c"]) count.add(id);
  expect(count.size).toBe(3);
});

test("goes on counting beyond the ids that it remembers, and still knows those", () => {
  const count = distinctCount();
  for (let id = 0; id < 100_000; id += 1) count.add(`id_${id}`);
  count.add("id_0");
  count.add("id_65535");
  expect(count.size).toBe(100_000);
  count.add("id_65536");
  expect(count.size).toBe(100_001);
});
