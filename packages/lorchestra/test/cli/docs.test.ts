import { readFile } from "node:fs/promises";
import type { NoticeCode } from "injest";
import { SOURCE_ERRORS } from "injest/errors";
import { describe, expect, it } from "vitest";
import { EXIT_CODES, exitCodeOfError } from "../../src/cli/exit-code.js";
import { CONNECTION_FIELDS, PROJECT_FIELDS } from "../../src/config/fields.js";
import { LORCHESTRA_ERRORS } from "../../src/errors.js";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";

const read = (name: string): Promise<string> => readFile(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");

/** The first two cells of each row of the tables in a page. */
function rowsOf(page: string): Map<string, string> {
  return new Map(
    [...page.matchAll(/^\| *`?([\w]+)`? *\| *`?([^|`]*?)`? *\|/gm)].map(([, first = "", second = ""]) => [
      first,
      second,
    ]),
  );
}

describe("docs/errors.md", () => {
  it("has every error code of both packages, with its exit code, and no other", async () => {
    const rows = rowsOf(await read("errors.md"));
    const documented = Object.fromEntries([...rows].filter(([code]) => /^[A-Z_]+$/.test(code)));
    const codes = Object.keys({ ...SOURCE_ERRORS, ...LORCHESTRA_ERRORS });
    expect(documented).toEqual(Object.fromEntries(codes.map((code) => [code, String(exitCodeOfError(code))])));
  });

  it("has every exit code, in the words of `lorchestra help exit-codes`", async () => {
    const rows = rowsOf(await read("errors.md"));
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(rows.get(String(code))).toBe(meaning);
  });
});

describe("docs/json.md", () => {
  it("says what each notice means", async () => {
    // A code that is missing here does not compile.
    const codes: Readonly<Record<NoticeCode | "DELETE_LIMIT" | "EVENTS_REFUSED" | "EVENTS_WAITING", true>> = {
      API_VERSION_CHANGED: true,
      DELETE_LIMIT: true,
      EVENTS_REFUSED: true,
      EVENTS_WAITING: true,
      FEED_EXPIRED: true,
      FEED_FORBIDDEN: true,
      POSITION_AHEAD: true,
      RESUMED: true,
      STREAM_NOT_ENABLED: true,
    };
    const [, section = ""] = /## Notices\n([\s\S]*?)\n## /.exec(await read("json.md")) ?? [];
    const documented = [...section.matchAll(/^\| ([A-Z_]+) /gm)].map(([, code]) => code);
    expect(new Set(documented)).toEqual(new Set(Object.keys(codes)));
    expect(documented).toHaveLength(Object.keys(codes).length);
  });
});

describe("docs/configuration.md", () => {
  it("has every setting of the file", async () => {
    const rows = rowsOf(await read("configuration.md"));
    const options = Object.values(WAREHOUSES).map((warehouse) => warehouse.options);
    for (const name of Object.keys(Object.assign({}, PROJECT_FIELDS, CONNECTION_FIELDS, ...options)))
      expect([...rows.keys()]).toContain(name);
  });
});
