import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellWord } from "../../src/cli/output/shell-word.js";
import { validationQueries } from "../../src/cli/demo/validation-queries.js";

describe("a command that the demo shows", () => {
  it("can be pasted into a shell: each word arrives as the demo gave it", () => {
    const queries = validationQueries("events_dev").map(({ sql }) => sql);
    const words = ["run", "--json", "duckdb:/tmp/a b/x.duckdb", ...queries, 'a \\ "b" `c` $HOME $(d)', ""];
    const command = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
    const arrived = execFileSync("/bin/sh", ["-c", command], { encoding: "utf8" }).split("\0").slice(0, -1);
    expect(arrived).toEqual(words);
  });
});
