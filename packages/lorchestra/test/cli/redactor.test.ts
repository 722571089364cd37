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

  describe("of a key of Stripe's", () => {
    const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const account = "M2JTkLkdIwHu7ix";
    const random = fc
      .array(fc.constantFrom(...ALPHANUMERIC.split("")), { minLength: 24, maxLength: 90 })
      .map((letters) => letters.join(""))
      .filter((text) => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && !text.startsWith("51"));
    const known = (key: string) => {
      const redactor = createRedactor();
      redactor.add(key);
      return redactor;
    };

    it("hides any dozen characters in a row of what is secret of it, wherever they stand, and nothing around them", () => {
      fc.assert(
        fc.property(
          random,
          fc.constantFrom("sk_live_", `rk_test_51${account}`),
          fc.nat(),
          fc.nat(),
          (secret, prefix, start, more) => {
            const length = 12 + (more % (secret.length - 11));
            const part = secret.slice(start % (secret.length - length + 1)).slice(0, length);
            for (const [before, after] of [
              ["req_", "."],
              ["", ""],
            ])
              expect(known(prefix + secret).hide(`${before}${part}${after} and ${part}`)).toBe(
                `${before}[hidden]${after} and [hidden]`,
              );
          },
        ),
      );
    });

    it("leaves alone what is in every id of the account, shorter parts, and all else", () => {
      const secret = "9aZ8bY7cX6dW5eV4fU3gT2hS";
      const redactor = known(`sk_live_51${account}${secret}`);
      const text = `acct_1${account} in_1PgafT${account.slice(-10)}9aZuidqL6I ${secret.slice(3, 14)} 9aZ8bY_7cX6dW5`;
      expect(redactor.hide(text)).toBe(text);
      const madeUp = known("sk_test_lorchestra_sandbox_key");
      expect(madeUp.hide("see lorchestra_sandbox")).toBe("see lorchestra_sandbox");
    });
  });

  it("does not take a short word for a key", () => {
    const redactor = createRedactor();
    redactor.add("a");
    expect(redactor.hide("a banana")).toBe("a banana");
  });
});
