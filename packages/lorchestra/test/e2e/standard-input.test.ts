import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRig, DUCKDB, ROOT, startProcess } from "./rig.js";

const BIN = join(ROOT, "packages/lorchestra/bin/lorchestra.js");

describe("a statement on standard input", () => {
  it.each([
    {
      what: "UTF-8, with a byte order mark",
      bytes: String.raw`\357\273\277SELECT "\303\251" AS x;\r\n`,
      code: 0,
      stdout: "x\n\u00e9\n",
    },
    {
      what: "another encoding, in which it would ask for other names",
      bytes: String.raw`SELECT "\351" AS x`,
      code: 2,
      stdout: "",
    },
  ])("is read as UTF-8, and refused where it is none: $what", async ({ bytes, code, stdout }) => {
    await using rig = await createRig(DUCKDB);
    const script = `printf '${bytes}' | "$NODE" "${BIN}" sql -`;
    const outcome = await startProcess("bash", ["-c", script], {
      env: { ...rig.env, NODE: process.execPath },
      cwd: rig.directory,
    }).outcome;
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout });
    expect(outcome.stderr).toMatch(code === 0 ? /^$/ : /no text in UTF-8\n[^]*code USAGE_INVALID {3}exit 2/);
  });
});
