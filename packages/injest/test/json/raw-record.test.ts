import { describe, expect, it } from "vitest";
import { contentHash } from "../../src/json/content-hash.js";
import { rawRecord } from "../../src/json/raw-record.js";
import { scanObject } from "../../src/json/scan.js";
import { volatileFields } from "../../src/json/volatile-fields.js";

const none = volatileFields([]);

describe("a raw record", () => {
  it.each([
    ["plain ASCII", '{"id":"pi_1","amount":100}'],
    ["emoji and accents", '{"id":"pi_1","name":"Zoé 😀"}'],
    ["lone surrogates and NUL, escaped", String.raw`{"id":"\ud800","name":"\u0000\udfff"}`],
    ["numbers that JavaScript would write differently", '{"a":1.230000000000,"b":9007199254740993,"c":1E2,"d":-0}'],
    ["members that come twice", '{"id":"pi_1","a":1,"a":2}'],
  ])("gives %s byte for byte as it was sent", (_, text) => {
    const record = rawRecord(scanObject(Buffer.from(` ${text}\n`)), none);
    expect(record.json).toBe(text);
    expect(Buffer.from(text).equals(record.bytes)).toBe(true);
    expect(record.sizeBytes).toBe(Buffer.byteLength(text));
    expect(record.parse()).toEqual(JSON.parse(text));
  });

  it("parses anew at each call, so that nobody can change it for another", () => {
    const record = rawRecord<{ id: string }>(scanObject(Buffer.from('{"id":"pi_1"}')), none);
    record.parse().id = "changed";
    expect(record.parse()).toEqual({ id: "pi_1" });
  });

  it("takes `__proto__` for a name like any other", () => {
    const text = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
    const value = rawRecord<Record<string, unknown>>(scanObject(Buffer.from(text)), none).parse();
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("has the content hash of its text without volatile fields", () => {
    const text = scanObject(Buffer.from('{ "id": "in_1", "hosted_invoice_url": "https://example.com/1" }'));
    const volatile = volatileFields(["hosted_invoice_url"]);
    const record = rawRecord(text, volatile);
    expect(record.contentHash).toBe(contentHash(text, volatile));
    expect(record.contentHash).toBe(contentHash(scanObject(Buffer.from('{"id":"in_1"}')), volatile));
    expect(record.contentHash).toBe(record.contentHash);
  });
});
