import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memberOf, readRawJson, type RawObject, withMember } from "../src/json/raw-json.js";
import { writeRawJson } from "../src/json/write-json.js";

const ODD = [
  "1.230000000000",
  "9007199254740993",
  "-0",
  "1E400",
  '"\\ud83d"',
  '"\\u0000"',
  '"😀"',
  '{"__proto__":{"a":1},"a":1,"a":2}',
  "[]",
  "{}",
  `${"[".repeat(400)}${"]".repeat(400)}`,
  `"${"x".repeat(3_000_000)}\\""`,
];

describe("raw JSON", () => {
  it("keeps digits, escapes, key order and double keys", () => {
    for (const text of ODD) expect(writeRawJson(readRawJson(text), "compact")).toBe(text);
  });

  it("keeps the value of any JSON, in either layout", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(3), (text, depth) => {
        const raw = readRawJson(text);
        for (const layout of ["compact", "indented"] as const) {
          expect(JSON.parse(writeRawJson(raw, layout, depth))).toEqual(JSON.parse(text));
        }
      }),
    );
  });

  it("indents as JSON.stringify does with two spaces", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        // Written by JSON.stringify first, so that -0 and key order are the same on both sides.
        const text = JSON.stringify(value);
        expect(writeRawJson(readRawJson(text), "indented")).toBe(JSON.stringify(JSON.parse(text), null, 2));
      }),
    );
  });

  it("refuses what is not JSON", () => {
    for (const text of ["", "{", '{"a":}', "[1,]", "nul", "01", "'a'", '"\\x"', '{"a":1}}', "NaN", '"a\nb"']) {
      expect(() => readRawJson(text), text).toThrow(SyntaxError);
    }
  });

  it("finds the last of double keys, as JSON.parse does, and replaces it in its place", () => {
    const raw = readRawJson('{"a":1,"b":2,"a":3}') as RawObject;
    expect(memberOf(raw, "a")).toEqual({ kind: "scalar", text: "3" });
    expect(writeRawJson(withMember(raw, "b", readRawJson("2.50")), "compact")).toBe('{"a":1,"b":2.50,"a":3}');
  });
});
