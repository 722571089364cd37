import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { LorchestraError } from "../../src/errors.js";
import { loadJobModules } from "../../src/jobs/load-job-modules.js";

const directory = mkdtempSync(join(tmpdir(), "job-modules-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let modules = 0;
function moduleOf(source: string): string {
  const path = join(directory, `module-${(modules += 1)}.mjs`);
  writeFileSync(path, source);
  return path;
}

const JOB = `{ name: "mine", description: "Mine", provider: "stripe", stream: null, run: async () => ({}) }`;

async function problemWith(source: string): Promise<string> {
  const error: unknown = await loadJobModules([moduleOf(source)], () => null).catch((thrown: unknown) => thrown);
  const { message, hint } = error as LorchestraError;
  expect(error).toMatchObject({ code: "JOB_MODULE_INVALID" });
  expect(hint).toContain(message.includes("cannot be imported") ? "mend the module" : "run(context)");
  return message;
}

describe("a module of jobs", () => {
  test("gives its default and its named exports, and the members of exported arrays", async () => {
    const path = moduleOf(`
      export default ${JOB};
      export const others = [${JOB.replace("mine", "second")}, ${JOB.replace("mine", "third")}];
    `);
    expect((await loadJobModules([path], () => null)).map(({ name }) => name).sort()).toEqual([
      "mine",
      "second",
      "third",
    ]);
  });

  test("may export one job under two names", async () => {
    const path = moduleOf(`const job = ${JOB}; export { job as default, job };`);
    expect(await loadJobModules([path], () => null)).toHaveLength(1);
  });

  test.each([
    [`export const job = 5;`, "export `job` is number, not a job"],
    [`export const job = { ...${JOB}, name: "My Job" };`, "has no `name` of lower-case letters"],
    [`export const job = { ...${JOB}, description: "" };`, "(`mine`) has no `description`"],
    [`export const job = { ...${JOB}, provider: undefined };`, "(`mine`) has no `provider`"],
    [`export const job = { ...${JOB}, stream: undefined };`, "(`mine`) has no `stream`"],
    [`export const job = { ...${JOB}, run: 1 };`, "(`mine`) has no `run` function"],
    [`export const a = ${JOB}; export const b = ${JOB};`, "has the name of another job, `mine`"],
    [`const x = 1;`, "exports nothing"],
    [`export default {`, "cannot be imported ("],
    [`throw new Error("sk_live_secret");`, "cannot be imported (Error)"],
  ])("is refused, with what is wrong: %s", async (source, problem) => {
    const message = await problemWith(source);
    expect(message).toContain(problem);
    expect(message).not.toContain("sk_live_secret");
  });

  test("that does not exist is named, together with the problems of the others", async () => {
    const error = loadJobModules([join(directory, "absent.mjs"), moduleOf("export const job = null;")], () => null);
    await expect(error).rejects.toThrow(/absent\.mjs: there is no such file.*`job` is null/);
    await expect(loadJobModules([join(directory, "absent.mjs")], () => null)).rejects.toMatchObject({
      hint: expect.stringContaining("its name under jobs:"),
    });
  });
});
