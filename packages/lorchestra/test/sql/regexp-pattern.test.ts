import { describe, expect, it } from "vitest";
import { fitsEmpty, groupsIn, mayLeaveOutItsGroup } from "../../src/sql/regexp-pattern.js";

describe("a pattern", () => {
  it.each([
    "",
    "a*",
    "a?",
    "a{0,3}",
    "[^,]*",
    "(.*?)(?:_|$)",
    "(a|)",
    "a||b",
    "(?:a*b?)+",
    "((a)*)",
    "^$",
    String.raw`\b`,
    String.raw`\Q\Ea*`,
    "(?i)a*",
    "(?P<name>x)?",
    "[[:alpha:]]*",
    String.raw`\p{L}*`,
    String.raw`\pL*`,
    String.raw`\x41?\x{1F600}?\101*`,
    String.raw`(\\b)?`,
    "(|)(|)".repeat(800),
    "(".repeat(2_400) + ")".repeat(2_400),
  ])("that an empty text fits: %s", (pattern) => {
    expect(fitsEmpty(pattern)).toBe(true);
  });

  it.each([
    "a",
    "a+",
    "a{1,3}",
    "a{2}b*",
    "[*?]",
    "[]*]",
    "(a|b)",
    "(?:a*b)+",
    "a*(b)c*",
    String.raw`\*`,
    String.raw`\d+`,
    String.raw`\Qa*\E`,
    String.raw`\Qab\E*`,
    String.raw`\\b*`,
    String.raw`[\]]([a-z]*)[a-z]`,
    String.raw`\p{L}`,
    "(?i:a)",
    "(?P<name>x*)y",
    "[[:alpha:]_]",
    "`(.+?)`",
    "(.)b",
  ])("that takes a character: %s", (pattern) => {
    expect(fitsEmpty(pattern)).toBe(false);
  });

  it.each<[pattern: string, groups: number, mayBeLeftOut: boolean]>([
    ["a(b)c", 1, false],
    ["a(b)?", 1, true],
    ["a(?:(b)c)*", 1, true],
    ["a|(b)", 1, true],
    ["(a)+", 1, false],
    ["a?b*", 0, false],
    [String.raw`\(a\)?(b)`, 1, false],
    ["[(|)?](b)", 1, false],
    ["(?P<a>b)(c)", 2, false],
    [String.raw`\[[^\]]*\] (\w+) [a-z]+`, 1, false],
    [String.raw`[\]](a)[b]`, 1, false],
    [String.raw`[\[](a)?[\]]`, 1, true],
    [String.raw`C:\\Q(.*)`, 1, false],
    [String.raw`\Q\\(a)\E(b)`, 1, false],
  ])("%s has %i groups, and may leave them out: %s", (pattern, groups, mayBeLeftOut) => {
    expect(groupsIn(pattern)).toBe(groups);
    expect(mayLeaveOutItsGroup(pattern)).toBe(mayBeLeftOut);
  });
});
