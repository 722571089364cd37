import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRig, DUCKDB, LARGE, type Rig, until } from "./rig.js";

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

describe("a job of one's own that misbehaves", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig(DUCKDB);
    await rig.configure("jobs: [./mine.mjs]\n");
    await writeFile(
      join(rig.directory, "mine.mjs"),
      `
        import { log } from "node:console";
        const job = (name, run) => ({ name, description: name, provider: "stripe", stream: null, run });
        const REPORT = Object.fromEntries(
          "records_extracted inserted updated unchanged deleted stale quarantined requests retries rate_limited duration_ms"
            .split(" ").map((name) => [name, 0]),
        );
        const done = { ...REPORT, status: "completed", object_type: null, since: null, until: null, watermark: null, sample: [], error: null };
        export const leaves = job("leaves", () => process.exit(0));
        export const leaves_later = job("leaves_later", () => new Promise(() => setTimeout(() => process.exit(0), 1)));
        export const prints = job("prints", async () => (console.log("by the way"), log("and so"), { ...done, notices: [] }));
        export const paints = job("paints", async () => ({ ...done, notices: [{ code: "A", message: "a\\u001b[2Jb\\nc" }] }));
        export const fails = job("fails", async () => ({ ...done, status: "failed", notices: [], error: { code: "A", message: "a\\u001b[2Jb", hint: "c\\u0007", facts: {} } }));
      `,
    );
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it("cannot end the process: it has failed, and the jobs beside it end as they would have", async () => {
    const { code, document } = await rig.json("run", "leaves", "stripe_ingest_refunds");
    expect(code).toBe(3);
    expect(document.jobs.map(({ job, status }) => [job, status])).toEqual([
      ["leaves", "failed"],
      ["stripe_ingest_refunds", "completed"],
    ]);
    expect(document.jobs[0]?.error?.message).toContain("called process.exit");
    expect(await rig.rows("SELECT COUNT(*) AS count FROM events_dev.raw_objects")).toEqual([{ count: 27 }]);
  });

  it("cannot end the process with 0 from a timer either", async () => {
    const { code, stderr } = await rig.run("run", "leaves_later");
    expect(code).toBe(5);
    expect(stderr).toContain("called process.exit");
  });

  it("prints to stderr with console, so that stdout stays one JSON document", async () => {
    const { code, stdout, stderr } = await rig.run("run", "prints", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "by the way\nand so\n" });
    expect(JSON.parse(stdout)).toMatchObject({ status: "completed" });
  });

  it("moves no cursor and paints nothing with what it has to tell", async () => {
    expect((await rig.run("run", "paints")).stdout).toContain("  a\ufffd[2Jb\\nc\n");
    expect((await rig.run("run", "fails")).stderr).toMatch(/a\ufffd\[2Jb\n {2}C\ufffd\./);
  });
});

describe("a job whose library ends the process at a signal, as those that drive a browser do", () => {
  const LIBRARY = `
    export const browses = { name: "browses", description: "browses", provider: "stripe", stream: null, run: () => {} };
    for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => process.exit(0));
    process.on("SIGINT", () => Promise.resolve().then(() => process.exit(0)));
  `;

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("at %s the command ends with %i, and keeps what was read", async (signal, exit) => {
    await using rig = await createRig(DUCKDB, LARGE);
    await rig.configure("jobs: [./mine.mjs]\n");
    await writeFile(join(rig.directory, "mine.mjs"), LIBRARY);
    const running = rig.start(["run", "stripe_ingest_payment_intents", "--json"]);
    await until(running, () => rig.sandbox.requests.count > 20);
    running.process.kill(signal);
    const { code, stdout } = await running.outcome;
    expect(code).toBe(exit);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "interrupted",
      exit_code: exit,
      jobs: [{ status: "interrupted" }],
    });
    const [held] = await rig.rows("SELECT COUNT(*) AS count FROM events_dev.raw_objects");
    expect(Number(held?.["count"])).toBeGreaterThan(500);
  });

  it("ends with 130 also where the module waits for a browser that is gone", async () => {
    await using rig = await createRig(DUCKDB, {});
    await rig.configure("jobs: [./mine.mjs]\n");
    const waiting = `
      await new Promise(() => {
        const browser = setInterval(() => {}, 1000);
        process.once("SIGINT", () => {
          clearInterval(browser);
          process.exit(0);
        });
        process.kill(process.pid, "SIGINT");
      });
    `;
    await writeFile(join(rig.directory, "mine.mjs"), waiting);
    const { code, stderr } = await rig.run("jobs", "list");
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  });
});
