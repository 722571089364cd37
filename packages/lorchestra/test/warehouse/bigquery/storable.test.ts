import { describe, expect, it } from "vitest";
import { MAX_PAYLOAD_BYTES, whyNotStorable } from "../../../src/warehouse/bigquery/commit/storable.js";

const why = (json: string) => whyNotStorable(json, json.length);
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("what a JSON column of BigQuery keeps", () => {
  it.each([
    ['{"a": [1, -2.5, 1e3, true, false, null, "x"], "b": {}}'],
    ['{"n": 1.230000000000}'],
    ['{"n": 9007199254740993, "max": 18446744073709551615, "min": -9223372036854775808}'],
    ['{"n": 123456789012345680000000000000}'],
    ['{"n": 0.1, "m": 1E-7, "z": -0.0, "big": 1.7976931348623157e308}'],
    ['{"s": "\\ud83e\\udd86 🦆 \\u0000 \\" \\\\ \\/ \\b\\f\\n\\r\\t"}'],
    ['{"__proto__": 1, "constructor": 2, "a": {"a": 1}}'],
    ['{\n  "a": [ ],\r\n\t"b": "" }\n'],
    [nested(500)],
  ])("keeps %s", (json) => {
    expect(why(json)).toBeNull();
  });

  it.each([
    ["numbers with more digits than a double", '{"n": 0.12345678901234567890123}', "a number that would lose digits"],
    ["integers of more than 64 bits", '{"n": 123456789012345678901234567890}', "a number that would lose digits"],
    ["numbers beyond a double", '{"n": 1e999}', "a number that would lose digits"],
    ["lone surrogates", '{"s": "a\\ud800b"}', "a lone surrogate in a string"],
    ["raw lone surrogates", '{"s": "\ud800"}', "a lone surrogate in a string"],
    ["lone surrogates in names", '{"\\udfff": 1}', "a lone surrogate in a string"],
    ["two members of one name", '{"a": 1, "a": 2}', "two members of one name"],
    ["two members that only look different", '{"a": 1, "\\u0061": 2}', "two members of one name"],
    ["more than 500 levels", nested(501), "nested deeper than 500 levels"],
    ["NaN", '{"n": NaN}', "no valid JSON"],
    ["a leading zero", "[01]", "no valid JSON"],
    ["a trailing comma", "[1,]", "no valid JSON"],
    ["a missing comma", '{"a": 1 "b": 2}', "no valid JSON"],
    ["a raw line break in a string", '"a\nb"', "no valid JSON"],
    ["an escape that does not exist", '"\\x41"', "no valid JSON"],
    ["an end amid a string", '{"a": "b', "no valid JSON"],
    ["something after the value", "{} {}", "no valid JSON"],
    ["nothing", "", "no valid JSON"],
  ])("refuses %s", (_, json, reason) => {
    expect(why(json)).toBe(reason);
  });

  it("refuses what is too large for a row, without looking at it", () => {
    expect(whyNotStorable("{}", MAX_PAYLOAD_BYTES + 1)).toBe(`larger than ${MAX_PAYLOAD_BYTES} bytes`);
  });

  it("takes a text of 10 MB in its stride", () => {
    expect(why(`{"s": "${"x\\n".repeat(3_500_000)}"}`)).toBeNull();
  });
});
