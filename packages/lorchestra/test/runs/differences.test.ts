import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differencesOf } from "../../src/runs/compare/differences.js";

const paths = (stored: string, read: string, volatile: string[] = []): string[] =>
  differencesOf(stored, read, volatile).map(({ path }) => path);

describe("differencesOf", () => {
  test("is empty for equal values, and for these only", () => {
    const small = fc.object({
      key: fc.constantFrom("a", "b"),
      values: [fc.constantFrom(0, 1, "0", null, true)],
      maxDepth: 2,
    });
    fc.assert(
      fc.property(small, small, fc.nat(3), (one, other, indent) => {
        const isEqual = isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
        expect(paths(JSON.stringify(one), JSON.stringify(other, null, indent)).length === 0).toBe(isEqual);
      }),
    );
  });

  test("finds nothing where only order, white space or a number's form differ", () => {
    expect(paths('{"a":1.10,"b":[{"c":null}]}', '{ "b": [ {"c":null} ],\n "a": 11e-1 }')).toEqual([]);
  });

  test("names each field that differs, with the texts of both sides", () => {
    expect(differencesOf('{"a":{"b":1},"gone":true}', '{"a":{"b":"1"},"new":[1]}', [])).toEqual([
      { path: "a.b", stored: "1", read: '"1"' },
      { path: "new", stored: null, read: "[1]" },
      { path: "gone", stored: "true", read: null },
    ]);
  });

  test("names the whole record where what is stored is no JSON", () => {
    for (const stored of ["", '{"a":1', "{'a':1}", "{} {}"])
      expect(differencesOf(stored, '{"a":1}', ["a"])).toEqual([{ path: "", stored: null, read: '{"a":1}' }]);
  });

  test("goes into lists of one length by index, and names lists of different length as a whole", () => {
    expect(paths('{"l":[{"a":1},{"a":2}]}', '{"l":[{"a":1},{"a":3}]}')).toEqual(["l.1.a"]);
    expect(paths('{"l":[1]}', '{"l":[1,2]}')).toEqual(["l"]);
  });

  test("leaves volatile fields out, at the top and in the items of lists, and nothing else", () => {
    const volatile = ["url", "lines.data[].link"];
    const stored = '{"url":"a","lines":{"data":[{"link":"a","n":1}]},"link":"a"}';
    const read = '{"url":"b","lines":{"data":[{"link":"b","n":1}]},"link":"b"}';
    expect(paths(stored, read, volatile)).toEqual(["link"]);
  });

  test("tells a value of another type from one of the same look", () => {
    expect(paths('{"a":"true"}', '{"a":true}')).toEqual(["a"]);
    expect(paths('{"a":0}', '{"a":null}')).toEqual(["a"]);
    expect(paths('{"a":{}}', '{"a":[]}')).toEqual(["a"]);
  });
});
