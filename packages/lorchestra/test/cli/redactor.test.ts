import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/cli/redactor.js";

const keys = fc.stringMatching(/^[!-~]{8,40}$/);

describe("the redactor", () => {
  it("hides a key wherever it stands in a base64 text", () => {
    fc.assert(
      fc.property(keys, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (key, before, after) => {
        const redactor = createRedactor();
        redactor.add(key);
        for (const encoding of ["base64", "base64url"] as const) {
          const hidden = redactor.hide(Buffer.from(before + key + after).toString(encoding));
          expect(hidden).toContain("[hidden]");
          expect(Buffer.from(hidden.split("[hidden]")[0] ?? "", encoding).toString()).not.toContain(key.slice(0, 4));
        }
      }),
    );
  });

  it("hides a key plain, URL-encoded and in JSON", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const redactor = createRedactor();
        redactor.add(key);
        for (const text of [`a ${key} b`, `?key=${encodeURIComponent(key)}`, JSON.stringify({ key })])
          expect(redactor.hide(text)).toContain("[hidden]");
      }),
    );
  });

  it("hides a key in hex, of either case, within other text", () => {
    fc.assert(
      fc.property(keys, fc.string({ maxLength: 9 }), (key, around) => {
        const redactor = createRedactor();
        redactor.add(key);
        const hex = Buffer.from(around + key + around).toString("hex");
        const keyInHex = Buffer.from(key).toString("hex");
        expect(redactor.hide(`req_${hex}`)).not.toContain(keyInHex);
        expect(redactor.hide(`req_${hex.toUpperCase()}`)).not.toContain(keyInHex.toUpperCase());
      }),
    );
  });

  it("hides, in messages, also what only looks like a key; and leaves data alone", () => {
    const redactor = createRedactor();
    expect(redactor.hideStrictly("rk_live_51AbCdEf was refused")).toBe("[hidden] was refused");
    expect(redactor.hideStrictly("MY_rk_live_51AbCdEf")).toBe("MY_[hidden]");
    for (const before of ["\n", "\0", '"'])
      expect(redactor.hideStrictly(JSON.stringify(`x${before}sk_live_51AbCdEf`))).not.toContain("51AbCdEf");
    expect(redactor.hideStrictly("task_live_since_monday")).toBe("task_live_since_monday");
    expect(redactor.hideStrictly("put a key (rk_live_…) into .env")).toBe("put a key (rk_live_…) into .env");
    expect(redactor.hide("rk_live_51AbCdEf")).toBe("rk_live_51AbCdEf");
  });

  it("does not take a short word for a key", () => {
    const redactor = createRedactor();
    redactor.add("a");
    expect(redactor.hide("a banana")).toBe("a banana");
  });
});
