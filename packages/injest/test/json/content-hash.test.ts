import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentHash } from "../../src/json/content-hash.js";
import { scanObject } from "../../src/json/scan.js";
import { volatileFields } from "../../src/json/volatile-fields.js";
import { jsonObject, whiteSpace } from "./json-arbitrary.js";

describe("a content hash", () => {
  it("is the SHA-256 of a compact text as it stands", () => {
    expect(hashOf('{"id":"a","amount":1.230000000000}')).toBe(sha256('{"id":"a","amount":1.230000000000}'));
  });

  it("is the same however the text is spaced", () => {
    fc.assert(
      fc.property(jsonObject(), fc.array(whiteSpace(), { minLength: 1, maxLength: 5 }), (text, spaces) => {
        const compact = respaced(text, () => "");
        const other = respaced(text, (index) => spaces[index % spaces.length] ?? "");
        expect(hashOf(text)).toBe(sha256(compact));
        expect(hashOf(other)).toBe(sha256(compact));
      }),
      { numRuns: 1000 },
    );
  });

  it("is that of an object without its volatile members, at any indentation", () => {
    fc.assert(
      fc.property(volatileObject, fc.subarray(PATHS), fc.constantFrom(0, 1, 2, "\t"), (value, paths, indent) => {
        const expected = sha256(JSON.stringify(paths.reduce(without, value)));
        expect(hashOf(JSON.stringify(value, null, indent), paths)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"v":1}', "{}"],
    ['{"v":1,"w":2}', "{}"],
    ['{"v":1,"a":1}', '{"a":1}'],
    ['{"a":1,"v":1}', '{"a":1}'],
    ['{"a":1,"v":1,"w":2}', '{"a":1}'],
    ['{"a":1,"v":1,"b":2}', '{"a":1,"b":2}'],
    ['{"v":1,"a":1,"w":2,"v":3}', '{"a":1}'],
    [String.raw`{"\u0076":1,"a":1}`, '{"a":1}'],
    ['{"v":{"v":[1,{"v":"}"}]},"a":{"v":1}}', '{"a":{"v":1}}'],
  ])("of %s without v and w is that of %s", (text, rest) => {
    expect(hashOf(text, ["v", "w"])).toBe(sha256(rest));
  });

  it("leaves out members of objects and of an array's items by their path", () => {
    const text = '{"a":{"u":1,"v":2},"b":[{"v":1,"x":[]},[{"v":2}],7,{"v":3}],"v":4,"c":{"v":5}}';
    expect(hashOf(text, ["a.u", "b[].v", "c.v.w"])).toBe(
      sha256('{"a":{"v":2},"b":[{"x":[]},[{"v":2}],7,{}],"v":4,"c":{"v":5}}'),
    );
    expect(hashOf(text, ["b[][].v", "a", "a.v"])).toBe(
      sha256('{"b":[{"v":1,"x":[]},[{}],7,{"v":3}],"v":4,"c":{"v":5}}'),
    );
  });

  it("differs when a number, an escape or the order of members is written differently", () => {
    const texts = ['{"a":1,"b":"é"}', '{"a":1.0,"b":"é"}', String.raw`{"a":1,"b":"\u00e9"}`, '{"b":"é","a":1}'];
    expect(new Set(texts.map((text) => hashOf(text))).size).toBe(texts.length);
  });

  it("keeps the white space within strings", () => {
    const text = String.raw`{ "a b" : " c \" , d \\" }`;
    expect(hashOf(text)).toBe(sha256(String.raw`{"a b":" c \" , d \\"}`));
  });

  it("takes texts of any size", () => {
    const long = "x".repeat(300_000);
    expect(hashOf(`{ "a": "${long}" }`)).toBe(sha256(`{"a":"${long}"}`));
    expect(hashOf('{ "a": 1 }')).toBe(sha256('{"a":1}'));
  });
});

describe("paths of volatile fields", () => {
  it.each(["", "a.", ".a", "a..b", "[]", "[].a", "a[]", "a[", "a.b[]"])("refuse %j", (path) => {
    expect(() => volatileFields([path])).toThrow(TypeError);
  });
});

const PATHS = ["v", "a.v", "a.b", "list[].v", "list[].a.v"];

const leaf = fc.oneof(fc.constantFrom(1, null, " [{,:}] ", '"\\'), fc.array(fc.integer(), { maxLength: 2 }));
const inner = fc.dictionary(fc.constantFrom("v", "b", "c"), leaf, { maxKeys: 3 });
const volatileObject = fc.dictionary(
  fc.constantFrom("v", "a", "b", "list", "z"),
  fc.oneof(leaf, inner, fc.array(fc.oneof(leaf, fc.dictionary(fc.constantFrom("v", "a"), inner)), { maxLength: 3 })),
  { maxKeys: 5 },
) as fc.Arbitrary<unknown>;

/** A copy of the value without what the path leads to. */
function without(value: unknown, path: string): unknown {
  const [step = "", ...rest] = path.split(".");
  const name = step.replace("[]", "");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (key !== name) return [[key, member]];
    if (rest.length === 0) return [];
    const below = rest.join(".");
    if (!step.endsWith("[]")) return [[key, without(member, below)]];
    return [[key, Array.isArray(member) ? member.map((item) => without(item, below)) : withoutNothing(member)]];
  });
  return Object.fromEntries(entries);
}

function withoutNothing(value: unknown): unknown {
  return value;
}

/** Puts other white space between the tokens of a JSON text. */
function respaced(text: string, space: (index: number) => string): string {
  let index = 0;
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|[\w.+-]+|[{}[\],:]|\s+/g, (token) =>
    /^\s/.test(token) ? "" : `${token}${token === "}" ? "" : space(index++)}`,
  );
}

function hashOf(text: string, volatile: readonly string[] = []): string {
  return contentHash(scanObject(Buffer.from(text)), volatileFields(volatile));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
