import { expect, it } from "vitest";
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
