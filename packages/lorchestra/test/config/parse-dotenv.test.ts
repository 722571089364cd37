import { describe, expect, it } from "vitest";
import { parseDotenv } from "../../src/config/parse-dotenv.js";

const parse = (text: string) => parseDotenv(text, ".env");

describe("parseDotenv", () => {
  it("begins behind the mark of UTF-8 that some editors put first", () => {
    expect(parse("\uFEFFA=1")).toEqual({ values: { A: "1" }, problems: [] });
  });

  it("reads plain, exported, quoted and commented lines", () => {
    const text = [
      "# keys",
      "A=1",
      "  export B = two words  # why",
      'C="line\\nbreak \\"quoted\\" \\\\ # kept" # dropped',
      "D='raw \\n # kept'",
      "E=",
      "F=a#b",
      "G.H=dotted",
      "",
    ].join("\r\n");
    expect(parse(text)).toEqual({
      values: {
        A: "1",
        B: "two words",
        C: 'line\nbreak "quoted" \\ # kept',
        D: "raw \\n # kept",
        E: "",
        F: "a#b",
        "G.H": "dotted",
      },
      problems: [],
    });
  });

  it("reads a quoted value that spans lines and goes on counting lines after it", () => {
    expect(parse('A="one\ntwo"\nbroken\nB=2')).toEqual({
      values: { A: "one\ntwo", B: "2" },
      problems: [expect.objectContaining({ line: 3 })],
    });
  });

  it("lets a line without an equals sign swallow nothing", () => {
    const { values, problems } = parse("STRIPE_API_KEY sk_live_abcdef\nB=2");
    expect(values).toEqual({ B: "2" });
    expect(problems).toEqual([expect.objectContaining({ source: ".env", line: 1, column: 1 })]);
  });

  it("shows no value in a problem", () => {
    const { problems } = parse('A="sk_live_never_closed\nB hunter2\n');
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toMatch(/sk_live|hunter2/);
  });

  it("takes the last of several assignments, and __proto__ for a name like others", () => {
    expect(parse("A=1\nA=2\n__proto__=x").values).toEqual(
      Object.fromEntries([
        ["A", "2"],
        ["__proto__", "x"],
      ]),
    );
  });

  it("stays quick on a large file full of unclosed quotes", () => {
    const startedAt = performance.now();
    parse("A=\"x 'y\n".repeat(20_001));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
