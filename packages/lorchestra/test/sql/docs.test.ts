import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { FUNCTIONS } from "../../src/sql/functions/functions.js";

describe("docs/sql.md", () => {
  it("lists every function that is covered, once, and no other", async () => {
    const page = await readFile(new URL("../../../../docs/sql.md", import.meta.url), "utf8");
    const [, section = ""] = /## Covered functions\n([\s\S]*?)\n## /.exec(page) ?? [];
    const documented = [...section.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name);
    const covered = Object.keys(FUNCTIONS);
    expect(new Set(documented)).toEqual(new Set(covered));
    expect(documented).toHaveLength(covered.length);
  });
});
