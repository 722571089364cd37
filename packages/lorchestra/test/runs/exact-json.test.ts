import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonNode, parseExactly } from "../../src/runs/compare/exact-json.js";

/** The value that JSON.parse would give, from the nodes. */
function valueOf(node: JsonNode): unknown {
  if (node.kind === "fields")
    return Object.fromEntries([...node.fields].map(([name, value]) => [name, valueOf(value)]));
  if (node.kind === "list") return node.items.map(valueOf);
  return node.kind === "string" ? node.value : JSON.parse(node.text);
}

const numberOf = (text: string): string => {
  const node = parseExactly(text);
  return "value" in node ? node.value : "";
};

describe("parseExactly", () => {
  test("sees in any JSON text what JSON.parse sees, whatever its white space", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t", "\r\n "), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(valueOf(parseExactly(text))).toEqual(JSON.parse(text));
        expect(parseExactly(text).text).toBe(text);
      }),
    );
  });

  test("keeps integers apart that a double would make equal", () => {
    expect(numberOf("9007199254740993")).not.toBe(numberOf("9007199254740992"));
    expect(numberOf("0.1000000000000000055")).not.toBe(numberOf("0.1"));
  });

  test.each([
    ["1.230000", "1.23"],
    ["100", "1e2"],
    ["-0.5E+1", "-5"],
    ["0", "-0.000e7"],
  ])("takes %s and %s for one number", (one, other) => {
    expect(numberOf(one)).toBe(numberOf(other));
  });

  test("decodes escapes, and keeps lone surrogates and NUL", () => {
    expect(parseExactly('"\\ud83d\\u0000\\"\\\\"')).toMatchObject({ value: '\ud83d\u0000"\\' });
  });

  test.each(["", "{", '{"a":1,}', "[1 2]", "NaN", "01", "1.", '"a', '{"a" 1}', "nul", "{} {}", '"\n"'])(
    "refuses %j, as JSON.parse does",
    (text) => {
      expect(() => JSON.parse(text)).toThrow(SyntaxError);
      expect(() => parseExactly(text)).toThrow(SyntaxError);
    },
  );

  test("takes a text of ten million characters and a nesting of four hundred", () => {
    const long = JSON.stringify({ text: 'a"'.repeat(5_000_000) });
    expect(parseExactly(long).text).toHaveLength(long.length);
    const deep = "[".repeat(400) + "]".repeat(400);
    expect(parseExactly(deep).text).toBe(deep);
  });
});
