import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonError } from "../../src/json/json-error.js";
import { scanList, scanObject } from "../../src/json/scan.js";
import { jsonDocument, jsonList, jsonObject } from "./json-arbitrary.js";

type Parsed = Record<string, unknown>;

describe("scanning a list", () => {
  it("finds the items that JSON.parse finds, each with its exact text", () => {
    fc.assert(
      fc.property(jsonList(jsonObject()), (text) => {
        const parsed = JSON.parse(text) as { data: Parsed[]; has_more: boolean };
        const { items, hasMore } = scanList(Buffer.from(text));
        expect(hasMore).toBe(parsed.has_more);
        expect(items.map((item) => JSON.parse(item.bytes.toString()) as Parsed)).toEqual(parsed.data);
        items.forEach((item, index) => {
          const value = parsed.data[index] ?? {};
          expect(item.id).toBe(ofType(value["id"], "string"));
          expect(item.object).toBe(ofType(value["object"], "string"));
          expect(item.created).toBe(value["created"] === null ? null : ofType(value["created"], "number"));
          expect(item.deleted).toBe(ofType(value["deleted"], "boolean"));
          expect(text).toContain(item.bytes.toString());
          expect(item.isCompact).toBe(item.bytes.toString().replaceAll(STRING, "").search(/\s/) === -1);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("accepts what JSON.parse accepts and refuses what it refuses, also after random damage", () => {
    let refused = 0;
    let accepted = 0;
    fc.assert(
      fc.property(jsonList(jsonObject()), fc.array(damage, { minLength: 1, maxLength: 2 }), (text, damages) => {
        const body = damages.reduce<Buffer>((bytes, apply) => apply(bytes), Buffer.from(text));
        const expected = outcomeOf(body);
        // What is wrong in both ways may be called either.
        expect(expected === "no JSON" ? ["no JSON", "no list"] : [expected]).toContain(outcome(() => scanList(body)));
        if (expected === "a list") accepted++;
        else refused++;
      }),
      // About one in nine is accepted: of 4,000, more than 300 whatever the seed.
      { numRuns: 4000 },
    );
    // Otherwise the property has said nothing.
    expect(Math.min(refused, accepted)).toBeGreaterThan(300);
  });

  it("takes any JSON for an object's member, and none for a list", () => {
    fc.assert(
      fc.property(jsonDocument(), (text) => {
        const { items } = scanList(Buffer.from(`{"data":[{"any":${text}}],"has_more":false}`));
        expect(items[0]?.bytes.toString()).toBe(`{"any":${text}}`);
        expect(outcome(() => scanList(Buffer.from(text)))).toBe(outcomeOf(Buffer.from(text)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["an empty body", ""],
    ["white space", " \n"],
    ["a web page", "<html><body>Bad gateway</body></html>"],
    ["a body that is cut in a string", '{"data":[{"id":"pi_'],
    ["a body that is cut in an escape", '{"data":[{"id":"pi_\\u00'],
    ["a body that is cut after an object", '{"data":[{"id":"pi_1"}'],
    ["a body that is cut before its last brace", '{"data":[],"has_more":false'],
    ["NaN", '{"data":[{"amount":NaN}],"has_more":false}'],
    ["Infinity", '{"data":[{"amount":-Infinity}],"has_more":false}'],
    ["a trailing comma in the list", '{"data":[{},],"has_more":false}'],
    ["a trailing comma in an object", '{"data":[{"a":1,}],"has_more":false}'],
    ["a trailing comma in an array", '{"data":[{"a":[1,]}],"has_more":false}'],
    ["a comma alone", '{"data":[,],"has_more":false}'],
    ["a missing comma", '{"data":[{"a":1 "b":2}],"has_more":false}'],
    ["a missing value", '{"data":[{"a":}],"has_more":false}'],
    ["a key that is no string", '{"data":[{1:1}],"has_more":false}'],
    ["single quotes", "{'data':[],'has_more':false}"],
    ["a comment", '{"data":[],/* */"has_more":false}'],
    ["a line break in a string", '{"data":[{"a":"\n"}],"has_more":false}'],
    ["a tab in a string", '{"data":[{"a":"\t"}],"has_more":false}'],
    ["a NUL in a string", '{"data":[{"a":"\u0000"}],"has_more":false}'],
    ["a NUL after the end", '{"data":[],"has_more":false}\u0000'],
    ["an unknown escape", String.raw`{"data":[{"a":"\x41"}],"has_more":false}`],
    ["an escape that is no number", String.raw`{"data":[{"a":"\u00g0"}],"has_more":false}`],
    ["an escape of three digits", String.raw`{"data":[{"a":"\u000g"}],"has_more":false}`],
    ["a leading zero", '{"data":[{"a":01}],"has_more":false}'],
    ["a leading plus", '{"data":[{"a":+1}],"has_more":false}'],
    ["a leading point", '{"data":[{"a":.5}],"has_more":false}'],
    ["a point at the end", '{"data":[{"a":1.}],"has_more":false}'],
    ["an empty exponent", '{"data":[{"a":1e}],"has_more":false}'],
    ["a minus alone", '{"data":[{"a":-}],"has_more":false}'],
    ["a hexadecimal number", '{"data":[{"a":0x10}],"has_more":false}'],
    ["True", '{"data":[{"a":True}],"has_more":false}'],
    ["nul", '{"data":[{"a":nul}],"has_more":false}'],
    ["undefined", '{"data":[{"a":undefined}],"has_more":false}'],
    ["brackets that do not match", '{"data":[{"a":[1}],"has_more":false}'],
    ["an array that ends as an object", '{"data":[{"a":[}}],"has_more":false}'],
    ["text after the end", '{"data":[],"has_more":false}{}'],
    ["a byte order mark", '\ufeff{"data":[],"has_more":false}'],
    ["a no-break space", '{"data":[],\u00a0"has_more":false}'],
    ["a form feed", '{"data":[],\f"has_more":false}'],
  ])("refuses %s as no JSON", (_, text) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(outcome(() => scanList(Buffer.from(text)))).toBe("no JSON");
  });

  it("refuses every control character in a string, and takes everything else", () => {
    for (let code = 0; code < 0x80; code++) {
      if (code === 0x22 || code === 0x5c) continue;
      const body = Buffer.from(`{"data":[{"a":"${String.fromCharCode(code)}"}],"has_more":false}`);
      expect([code, outcome(() => scanList(body))]).toEqual([code, code < 0x20 ? "no JSON" : "a list"]);
    }
  });

  it.each([
    ["a byte that begins no character", [0xff]],
    ["a character that is cut", [0xe2, 0x82]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a character in too many bytes", [0xc0, 0xaf]],
  ])("refuses %s, although a lenient decoder would let it pass", (_, bytes) => {
    const body = Buffer.concat([
      Buffer.from('{"data":[{"a":"'),
      Buffer.from(bytes),
      Buffer.from('"}],"has_more":true}'),
    ]);
    expect(outcome(() => scanList(body))).toBe("no JSON");
  });

  it.each([
    ["an array", "[]"],
    ["null", "null"],
    ["an error", '{"error":{"type":"api_error"}}'],
    ["`data` that is no array", '{"data":{"id":"pi_1"},"has_more":false}'],
    ["two `data` of which the last is no array", '{"data":[],"data":null,"has_more":false}'],
    ["`has_more` that is no boolean", '{"data":[],"has_more":"true"}'],
    ["a list without `has_more`", '{"data":[]}'],
    ["an item that is no object", '{"data":[{"id":"pi_1"},"pi_2"],"has_more":false}'],
    ["an item that is null", '{"data":[null],"has_more":false}'],
  ])("refuses %s as another shape", (_, text) => {
    expect(outcome(() => scanList(Buffer.from(text)))).toBe("no list");
  });

  it("says where a text breaks and never what stands there", () => {
    const body = Buffer.from('{"data":[{"email":"jane@example.com","name":Jane}],"has_more":false}');
    const error = errorOf(() => scanList(body));
    expect(error).toMatchObject({ kind: "syntax", position: body.indexOf("Jane") });
    expect(`${error.message}${JSON.stringify(error)}`).not.toMatch(/jane/i);
  });

  it("lets the last of two members with the same name count, however it is written", () => {
    const { items, hasMore } = scanList(
      Buffer.from(String.raw`{"has_more":true,"data":[],"data":[{"id":"a","\u0069d":"b\n"}],"has_mor\u0065":false}`),
    );
    expect(hasMore).toBe(false);
    expect(items.map((item) => item.id)).toEqual(["b\n"]);
  });

  it("reads objects of any depth and of many megabytes", () => {
    const deep = `${'[{"a":'.repeat(100_000)}1${"}]".repeat(100_000)}`;
    const long = "x".repeat(10 * 1024 * 1024);
    const { items } = scanList(
      Buffer.from(`{"data":[{"id":"a","deep":${deep}},{"id":"b","long":"${long}"}],"has_more":true}`),
    );
    expect(items.map((item) => item.id)).toEqual(["a", "b"]);
    expect(items[1]?.bytes.length).toBe(long.length + '{"id":"b","long":""}'.length);
    expect(outcome(() => scanList(Buffer.from("[".repeat(1_000_000))))).toBe("no JSON");
  });
});

describe("scanning one object", () => {
  it("reads it with white space around", () => {
    const object = scanObject(Buffer.from('\n {"id": "cus_1", "object": "customer", "deleted": true}\n'));
    expect(object).toMatchObject({ id: "cus_1", object: "customer", deleted: true, created: undefined });
    expect(object.bytes.toString()).toBe('{"id": "cus_1", "object": "customer", "deleted": true}');
    expect(object.isCompact).toBe(false);
  });

  it("does not take white space around the object for white space in it", () => {
    expect(scanObject(Buffer.from('\n{"id":"cus_1"}\n')).isCompact).toBe(true);
  });

  it("finds the nested lists that are asked for, and only on its own level", () => {
    const lines = '{ "data": [{"id":"il_1"}, {"price":{"id":"price_1"},"id":"il_2"}], "has_more": true }';
    const text = `{"id":"in_1","parent":{"lines":{"data":[],"has_more":false}},"lines":${lines},"discounts":null}`;
    const { lists, bytes } = scanObject(Buffer.from(` ${text}`), { lists: ["lines", "discounts", "payments"] });
    expect([...lists.keys()]).toEqual(["lines"]);
    const list = lists.get("lines");
    expect(list).toMatchObject({ hasMore: true, count: 2 });
    expect(bytes.toString("utf8", list?.dataRange.start, list?.dataRange.end)).toBe(
      '[{"id":"il_1"}, {"price":{"id":"price_1"},"id":"il_2"}]',
    );
    expect(scanObject(Buffer.from(text)).lists.size).toBe(0);
  });

  it("reads an empty nested list", () => {
    const { lists } = scanObject(Buffer.from('{"lines":{"has_more":false,"data":[ ]}}'), { lists: ["lines"] });
    expect(lists.get("lines")).toMatchObject({ hasMore: false, count: 0 });
  });

  it("lets the last of two nested lists with the same name count", () => {
    const twice = '{"lines":{"data":[{"id":"a"}],"has_more":true},"lines":null}';
    expect(scanObject(Buffer.from(twice), { lists: ["lines"] }).lists.size).toBe(0);
  });

  it.each([
    '{"lines":{}}',
    '{"lines":{"data":{},"has_more":false}}',
    '{"lines":{"data":[],"data":null,"has_more":false}}',
    '{"lines":{"data":[],"has_more":null}}',
  ])("refuses %s where a nested list is asked for", (text) => {
    expect(errorOf(() => scanObject(Buffer.from(text), { lists: ["lines"] }))).toMatchObject({ kind: "shape" });
  });

  it("refuses text after the object", () => {
    expect(errorOf(() => scanObject(Buffer.from('{"id":"a"} x')))).toMatchObject({ kind: "syntax", position: 11 });
  });
});

const STRING = /"(?:[^"\\]|\\.)*"/g;

function ofType(value: unknown, type: "string" | "number" | "boolean"): unknown {
  return typeof value === type ? value : undefined;
}

type Outcome = "a list" | "no list" | "no JSON";

/** What JSON.parse and a look at the value say. */
function outcomeOf(body: Buffer): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return "no JSON";
  }
  if (!isObject(value) || !Array.isArray(value["data"]) || typeof value["has_more"] !== "boolean") return "no list";
  return value["data"].every(isObject) ? "a list" : "no list";
}

function isObject(value: unknown): value is Parsed {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function outcome(scan: () => unknown): Outcome {
  try {
    scan();
    return "a list";
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return error.kind === "shape" ? "no list" : "no JSON";
  }
}

function errorOf(scan: () => unknown): JsonError {
  try {
    scan();
  } catch (error) {
    if (error instanceof JsonError) return error;
  }
  throw new Error("no JsonError was thrown");
}

const TOKENS = ['"', "{", "}", "[", "]", ",", ":", "\\", "-", ".", "e", "null", "\u0000"];
/** What may well be put into valid JSON without breaking it. */
const HARMLESS = [" ", "\n", "\t", "1", "a", "é"];

/** Cuts a body, or puts a token or a byte in place of some bytes. */
const damage: fc.Arbitrary<(body: Buffer) => Buffer> = fc
  .tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, 0, 0, 0, 1, 2, Infinity),
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...HARMLESS).map((text) => Buffer.from(text)) },
      { weight: 2, arbitrary: fc.constantFrom(...TOKENS).map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.nat(255).map((byte) => Buffer.from([byte])) },
    ),
  )
  .map(([place, removed, added]) => (body: Buffer) => {
    const at = Math.floor(place * body.length);
    return Buffer.concat([body.subarray(0, at), added, body.subarray(at + removed)]);
  });
