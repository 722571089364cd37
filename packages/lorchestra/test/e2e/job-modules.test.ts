import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRig, DUCKDB, type Rig } from "./rig.js";

/** With Node's own import: what an error says of a place depends on whose it is. */
describe("a module of jobs that cannot be imported", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig(DUCKDB);
    await rig.configure("jobs: [./mine.mjs]\n");
    await writeFile(join(rig.directory, "broken.mjs"), "\n\nnull.sk_live_secret;\n");
    await writeFile(join(rig.directory, "no-javascript.mjs"), "export default {\n");
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    ["const x = 1;\nexport default {\n", "(SyntaxError): line 3"],
    ["const x = 1;\nthrow new Error('sk_live_secret');", "(Error): line 2"],
    ["export default JSON.parse('sk_live_secret');", "(SyntaxError): line 1"],
    ["\nimport { nothing } from 'node:fs';", "(SyntaxError): line 2"],
    ["import './broken.mjs';", "(TypeError): line 3 of broken.mjs"],
    ["import './no-javascript.mjs';", "(SyntaxError)"],
    [
      "import 'not-installed-here/sub.js';",
      "(ERR_MODULE_NOT_FOUND): the package not-installed-here is not installed beside it",
    ],
    ["import './absent.js';", "(ERR_MODULE_NOT_FOUND): there is no absent.js"],
  ])("is told with the line, or with what is not there: %s", async (source, place) => {
    await writeFile(join(rig.directory, "mine.mjs"), source);
    const { code, stderr } = await rig.run("jobs", "list");
    expect(code).toBe(5);
    const told = stderr.replaceAll(/\s+/g, " ");
    expect(told).toContain(`mine.mjs: cannot be imported ${place}`);
    expect(told).toContain("code JOB_MODULE_INVALID");
    expect(stderr).not.toContain("secret");
  });
});
