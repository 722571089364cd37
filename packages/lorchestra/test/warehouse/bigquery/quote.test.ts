import { describe, expect, it } from "vitest";
import {
  column,
  identifier,
  json,
  literal,
  nullableLiteral,
  timestamp,
} from "../../../src/warehouse/bigquery/api/quote.js";

describe("literals of GoogleSQL", () => {
  it("escapes what would end a string, and every control character", () => {
    expect(literal('it\'s \\ "x" `y`\n\u0000')).toBe("'it\\'s \\\\ \\u0022x\\u0022 \\u0060y\\u0060\\u000a\\u0000'");
    expect(literal("ü🦆")).toBe("'ü🦆'");
    expect(literal("a\ud800b")).toBe("'a\ufffdb'");
    expect(nullableLiteral(null)).toBe("CAST(NULL AS STRING)");
  });

  it("writes JSON as a raw string that nothing can end", () => {
    expect(json({ a: "it's \\ \n" })).toBe(`PARSE_JSON(r'{"a":"it\\u0027s \\\\ \\n"}')`);
    expect(json("\ud800")).toBe(`PARSE_JSON(r'"\ufffd"')`);
  });

  it("writes instants to the millisecond, in UTC", () => {
    expect(timestamp(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)))).toBe("TIMESTAMP '2026-01-02 03:04:05.006+00'");
  });

  it("takes a column of any name that cannot end it", () => {
    expect(column("it's % of")).toBe("`it's % of`");
    for (const name of ["a`b", "a\\b", "a\nb"]) expect(() => column(name)).toThrow("not a column");
  });

  it("takes no name that holds anything but a name", () => {
    expect(identifier("my-project", "d", "t")).toBe("`my-project.d.t`");
    expect(() => identifier("d`; DROP TABLE x")).toThrow("not an identifier");
  });
});
