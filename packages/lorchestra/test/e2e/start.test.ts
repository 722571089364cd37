import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRig, DUCKDB, JOBS, type Outcome, ROOT, startProcess } from "./rig.js";

const BIN = join(ROOT, "packages/lorchestra/bin/lorchestra.js");

/** Prints the address of each module that is loaded. */
const TELL_MODULES = `data:text/javascript,${encodeURIComponent(
  `import { register } from "node:module";
   register("data:text/javascript," + encodeURIComponent(
     "export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }"));`,
)}`;

describe("starting", () => {
  it.each(["--help", "run --help", "verify --help", "help exit-codes", "version"])(
    "with %s imports no SDK, no HTTP client and no parser",
    async (words) => {
      const { stderr } = await startProcess(process.execPath, ["--import", TELL_MODULES, BIN, ...words.split(" ")], {
        env: { PATH: process.env["PATH"] ?? "" },
        cwd: ROOT,
      }).outcome;
      expect(stderr).toMatch(/bundle\/run-process-/);
      expect(stderr).not.toMatch(/undici|node-api|node-bindings|@google-cloud|yaml|stripe-sandbox/);
    },
  );
});

describe("without credentials for Google", () => {
  it("says so once, in an error, whatever answers in the place of Google's own machines", async () => {
    const server = createServer((_, response) => response.writeHead(400).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await using rig = await createRig(DUCKDB);
    try {
      const { code, stderr } = await rig.start(["sql", "SELECT 1", "--warehouse", "bigquery://project-a/data"], {
        env: {
          HOME: rig.directory,
          GCE_METADATA_HOST: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        },
      }).outcome;
      expect(code).toBe(4);
      expect(stderr).toContain("code WAREHOUSE_REFUSED");
      expect(stderr).not.toContain("Warning");
    } finally {
      server.close();
    }
  });
});

describe("a defect", () => {
  it("in a job, even one that nothing awaits, is one sentence and exit 1; its stack only with --debug", async () => {
    await using rig = await createRig(DUCKDB);
    const job = (run: string): string =>
      `export const broken = { name: "broken", description: "-", provider: "stripe", stream: null, run: ${run} };`;
    await rig.configure("jobs: [./broken.js]\n");
    const bodies = [
      "async () => { throw new TypeError('inside'); }",
      "() => new Promise(() => setTimeout(() => { throw new TypeError('inside'); }, 1))",
      "() => new Promise(() => void Promise.reject(new TypeError('inside')))",
    ];
    for (const body of bodies) {
      await writeFile(join(rig.directory, "broken.js"), job(body));
      const plain = await rig.run("run", "broken");
      expect(plain.code).toBe(1);
      expect(plain.stderr).toMatch(/an unexpected TypeError ended the (job|command)/);
      expect(plain.stderr).toMatch(/code INTERNAL {3}exit 1/);
      expect(plain.stderr).not.toContain("inside");
      expect((await rig.run("run", "broken", "--debug")).stderr).toMatch(/TypeError: inside\n +at /);
      const { document } = await rig.document("run", "broken");
      expect(JSON.stringify(document)).toContain("INTERNAL");
    }
  });

  it.each([
    ["a module", "await new Promise(() => {});"],
    [
      "a job",
      'export const idle = { name: "idle", description: "-", provider: "stripe", stream: null, run: () => new Promise(() => {}) };',
    ],
  ])("is %s that waits for what never comes: it is told, and ends with 1", async (_, text) => {
    await using rig = await createRig(DUCKDB);
    await rig.configure("jobs: [./idle.js]\n");
    await writeFile(join(rig.directory, "idle.js"), text);
    const { code, stderr } = await rig.run("run", "idle");
    expect(code).toBe(1);
    expect(stderr).toMatch(/came to no end.*code INTERNAL {3}exit 1/s);
    const told = await rig.document("run", "idle");
    expect(told).toMatchObject({ code: 1, document: { exit_code: 1, error: { code: "INTERNAL" } } });
  });
});

describe("in a folder that was deleted", () => {
  it("makes nothing anywhere else, and says why; what needs no folder goes on", async () => {
    await using rig = await createRig(DUCKDB);
    const inDeleted = async (...argv: string[]): Promise<Outcome> => {
      const script = 'mkdir gone && cd gone && rmdir "$PWD" && exec "$0" "$@"';
      const options = { env: rig.env, cwd: rig.directory };
      return await startProcess("sh", ["-c", script, process.execPath, BIN, ...argv], options).outcome;
    };
    const refused = await inDeleted("init");
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 5, stdout: "" });
    expect(refused.stderr).toContain("the working directory does not exist any more");
    expect((await inDeleted("version")).code).toBe(0);
    // A path that is relative cannot be followed from there, an absolute one can.
    expect((await inDeleted("jobs", "list", "--config", "../lorchestra.yaml")).code).toBe(5);
    const named = await inDeleted("check", "--config", join(rig.directory, "lorchestra.yaml"));
    expect(named).toMatchObject({ code: 0, stderr: "" });
    expect(named.stdout).toContain("✓ warehouse");
  });
});

describe("output", () => {
  it("is quiet when asked, but for errors", async () => {
    await using rig = await createRig(DUCKDB);
    expect(await rig.run("run", ...JOBS, "--quiet")).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const failed = await rig.run("run", "nonsense", "--quiet");
    expect(failed.stdout).toBe("");
    expect(failed.stderr).toContain("JOB_UNKNOWN");
  });
});
