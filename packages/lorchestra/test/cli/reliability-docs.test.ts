import { readFileSync } from "node:fs";
import { FAULT_KINDS } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { FAULT_ROWS } from "../../../injest/test/stripe/fault-rows.js";
import { exitCodeOfError } from "../../src/cli/exit-code.js";

const PAGE = readFileSync(new URL("../../../../docs/reliability.md", import.meta.url), "utf8");
const PACKAGES = new URL("../../../", import.meta.url);

/** `file › test › row of its table`, wherever the page has one. */
const REFERENCES = [...PAGE.matchAll(/`([\w/.-]+\.test\.ts)` › (.+?)(?=<br>| *\||$)/gm)].map(
  ([, file = "", names = ""]) => ({
    file,
    names: names.trim().split(" › "),
  }),
);

/** The table's rows: what a fault ends with, and what shows it. */
const FAULTS = [...PAGE.matchAll(/^\|(.+)\|(.+)\|(.+)\|(.+)\|$/gm)]
  .map((cells) => cells.slice(1).map((cell) => cell.trim()))
  .filter(([fault, , , tests]) => fault !== "fault" && !/^-+$/.test(fault ?? "") && tests !== undefined);

/** A test file and the tables of faults and the like that it imports. */
function textOf(file: string): string {
  const url = new URL(file, PACKAGES);
  const text = readFileSync(url, "utf8");
  const imported = [...text.matchAll(/from "(\.[\w/.-]+)\.js"/g)].map(([, path]) => new URL(`${path}.ts`, url));
  return [
    text,
    ...imported.filter(({ href }) => href.includes("/test/")).map((each) => readFileSync(each, "utf8")),
  ].join("\n");
}

describe("docs/reliability.md", () => {
  it("names only tests that there are", () => {
    expect(REFERENCES.length).toBeGreaterThan(60);
    const missing = REFERENCES.flatMap(({ file, names }) => {
      const text = textOf(file);
      return names
        .filter((name) => !["'", '"', "`"].some((quote) => text.includes(`${quote}${name}${quote}`)))
        .map((name) => `${file}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it("shows each fault by a test, with the exit code of each error", () => {
    expect(FAULTS.length).toBeGreaterThan(35);
    for (const [fault = "", , ends = "", tests = ""] of FAULTS) {
      expect([fault, tests]).toEqual([fault, expect.stringMatching(/^`[\w/.-]+\.test\.ts` › /)]);
      expect([fault, ends]).toEqual([fault, expect.stringMatching(/^\d/)]);
      for (const [, exit = "", code = ""] of ends.matchAll(/(\d+) ([A-Z_]{4,})/g))
        expect([fault, code, exitCodeOfError(code)]).toEqual([fault, code, Number(exit)]);
    }
  });

  it("has every fault that the tests play", () => {
    const named = new Set(REFERENCES.flatMap(({ names }) => names));
    const isNamed = (name: string): boolean =>
      named.has(name) || named.has(name.replace(/^near-JSON: .*/, "near-JSON: ${form}"));
    const unnamed = FAULT_ROWS.map(({ name }) => name).filter((name) => !/^50\d$/.test(name) && !isNamed(name));
    expect(unnamed).toEqual([]);
    const others = FAULT_KINDS.filter((kind) => !FAULT_ROWS.some(({ fault }) => fault.kind === kind));
    expect(others.toSorted()).toEqual(["cursor-deleted", "key-revoked", "permission-removed", "stale-read"]);
  });
});
