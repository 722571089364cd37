import { readFileSync } from "node:fs";
import { FAULT_KINDS } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { FAULT_ROWS } from "../../../injest/test/stripe/fault-rows.js";
import { exitCodeOfError } from "../../src/cli/exit-code.js";

const pageOf = (name: string): string => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");
const PROMISES = pageOf("reliability.md");
const EVIDENCE = pageOf("evidence.md");
const PACKAGES = new URL("../../../", import.meta.url);
const OWN_TESTS = new URL("../", import.meta.url);

/** `file` › test › row of its table, wherever the page has one. */
const REFERENCES = [...EVIDENCE.matchAll(/`([\w/.-]+\.test\.ts)` › (.+)$/gm)].map(([, file = "", names = ""]) => ({
  file,
  names: names.trim().split(" › "),
}));

/** Rows of the table of faults that the page names, several a line. */
const PLAYED = [...EVIDENCE.matchAll(/(?:^ {2}- | → )played: (.+)$/gm)].flatMap(([, names = ""]) => names.split("; "));

/** The rows of the promises' tables: a fault, and what it ends with where it does not pass. */
const FAULTS = [...PROMISES.matchAll(/^\|(.+)\|(.+)\|(.+)\|$/gm)]
  .map((cells) => cells.slice(1).map((cell) => cell.trim()))
  .filter(([fault]) => fault !== "fault" && !/^-+$/.test(fault ?? ""));

/** What shows each fault: behind an arrow, or in the lines below its name. */
const SHOWN_BY = new Map(
  [
    ...(/^## Faults\n([\s\S]+?)^## /m.exec(EVIDENCE)?.[1] ?? "").matchAll(
      /^- (.+?)(?: → (.+)\n|\n((?: {2}- .+\n)+))/gm,
    ),
  ].map(([, fault = "", one = "", lines = one]) => [fault, lines.trim().split("\n")]),
);

/** A test file and the tables of faults and the like that it imports. */
function textOf(file: string): string {
  const url = new URL(file, file.startsWith("injest/") ? PACKAGES : OWN_TESTS);
  const text = readFileSync(url, "utf8");
  const imported = [...text.matchAll(/from "(\.[\w/.-]+)\.js"/g)].map(([, path]) => new URL(`${path}.ts`, url));
  return [
    text,
    ...imported.filter(({ href }) => href.includes("/test/")).map((each) => readFileSync(each, "utf8")),
  ].join("\n");
}

describe("docs/evidence.md", () => {
  it("names only tests that there are", () => {
    expect(REFERENCES.length + PLAYED.length).toBeGreaterThan(80);
    const missing = REFERENCES.flatMap(({ file, names }) => {
      const text = textOf(file);
      return names
        .filter((name) => !["'", '"', "`"].some((quote) => text.includes(`${quote}${name}${quote}`)))
        .map((name) => `${file}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it("has every fault that the tests play, and no other", () => {
    const names = FAULT_ROWS.map(({ name }) => name.replace(/^near-JSON: .*/, "near-JSON"));
    const unnamed = names.filter((name) => !/^50\d$/.test(name) && !PLAYED.includes(name));
    expect(unnamed).toEqual([]);
    expect(PLAYED.filter((name) => !names.includes(name))).toEqual([]);
    const others = FAULT_KINDS.filter((kind) => !FAULT_ROWS.some(({ fault }) => fault.kind === kind));
    expect(others.toSorted()).toEqual(["cursor-deleted", "key-revoked", "permission-removed", "stale-read"]);
  });
});

describe("docs/reliability.md", () => {
  it("has a test for each fault in docs/evidence.md, which has no other", () => {
    expect(FAULTS.length).toBeGreaterThan(45);
    expect([...SHOWN_BY.keys()]).toEqual(FAULTS.map(([fault]) => fault));
    for (const [fault, lines] of SHOWN_BY)
      for (const line of lines)
        expect([fault, line]).toEqual([
          fault,
          expect.stringMatching(/^(?: *- )?(?:played: .|`[\w/.-]+\.test\.ts` › .)/),
        ]);
  });

  it("has the exit code of each error", () => {
    for (const [fault = "", , ends = ""] of FAULTS) {
      expect([fault, ends]).toEqual([fault, expect.stringMatching(/^\d/)]);
      for (const [, exit = "", code = ""] of ends.matchAll(/(\d+) ([A-Z_]{4,})/g))
        expect([fault, code, exitCodeOfError(code)]).toEqual([fault, code, Number(exit)]);
    }
  });
});
