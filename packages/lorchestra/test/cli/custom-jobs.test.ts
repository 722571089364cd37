import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LorchestraError } from "../../src/errors.js";
import { emptyReport } from "../../src/runs/job/job-report.js";
import { recordedJob } from "../../src/runs/job/recorded-job.js";
import { type AccountRig, accountRig } from "../faults/account-rig.js";

/** A key that no variable holds: only its shape tells. */
const STRANGE = "sk_live_51StrangeStrangeStrange";

/** What the module's jobs use of lorchestra: the sources, which a module in a folder of its own cannot import. */
const GIVEN = { LorchestraError, recordedJob, emptyReport };

describe("a job of a project's own", () => {
  let rig: AccountRig;
  beforeAll(async () => {
    rig = await accountRig({ scenario: "empty" });
    (globalThis as { given?: unknown }).given = GIVEN;
    const key = rig.sandbox.key;
    await writeFile(
      join(rig.directory, "jobs.mjs"),
      `
      const { LorchestraError, recordedJob, emptyReport } = globalThis.given;
      const job = (name, run) => ({ name, description: "A job", provider: "stripe", stream: null, run });
      const recorded = (name, work) => {
        const it = job(name, (context) => recordedJob(it, context, work));
        return it;
      };
      const withReport = (name, fields) => job(name, async (context) => ({ ...emptyReport({ name }, context), ...fields }));
      export const jobs = [
        recorded("throws", async () => {
          throw new LorchestraError("WAREHOUSE_FAILED", "no luck with ${key}", { hint: "try ${STRANGE}" });
        }),
        recorded("tells", async () => ({ notices: [{ code: "COUNTED", message: "with ${key}, by ${STRANGE}" }] })),
        recorded("is_wrong", async () => ({ notices: "three" })),
        job("returns_nothing", async () => undefined),
        withReport("has_no_status", { status: "done" }),
        withReport("counts_in_text", { inserted: "3" }),
        withReport("fails_without_error", { status: "failed" }),
        withReport("has_half_an_error", { status: "failed", error: { message: "${STRANGE}" } }),
        withReport("says_when", { watermark: "yesterday" }),
        withReport("says_since_when", { previous_watermark: "yesterday" }),
        withReport("knows_no_watermark_before", { previous_watermark: undefined }),
        withReport("is_complete", { watermark: "2026-11-30T00:00:00.000Z" }),
        withReport("is_another", { job: "throws", connection_name: "other" }),
      ];
      `,
    );
    const project = `connections:\n  stripe-mensio:\n    provider: stripe\n    api_key_env: STRIPE_API_KEY\n`;
    await writeFile(join(rig.directory, "lorchestra.yaml"), `jobs: [./jobs.mjs]\n${project}`);
  });
  afterAll(async () => {
    delete (globalThis as { given?: unknown }).given;
    await rig[Symbol.asyncDispose]();
  });

  it.each(["verify", "plan"])(
    "that reads no stream is none that %s could do anything for, beside others too",
    async (command) => {
      for (const names of [["throws"], ["stripe_ingest_refunds", "throws"]])
        expect(await rig.run(command, ...names)).toMatchObject({
          code: 2,
          stdout: "",
          stderr: expect.stringContaining("throws reads no stream: there is nothing to"),
        });
      expect((await rig.run("verify", "--all")).stdout).not.toContain("throws");
    },
  );

  it("brings no secret into the event log, whether it throws it or gives it as a notice", async () => {
    expect((await rig.run("run", "throws")).code).toBe(1);
    expect((await rig.run("run", "tells")).code).toBe(0);
    const events = JSON.stringify(
      await rig.rows("SELECT event_type, error_message, payload FROM events_dev.event_log ORDER BY event_id"),
    );
    expect(events).toContain("no luck with [hidden]");
    expect(events).toContain("try [hidden]");
    expect(events).toContain("with [hidden], by [hidden]");
    expect(events).not.toContain(rig.sandbox.key);
    expect(events).not.toContain(STRANGE);
  });

  it.each([
    ["throws", 1],
    ["tells", 0],
  ])("brings no secret into what is printed either, as text, as JSON and with --debug: %s", async (name, exit) => {
    for (const form of [[], ["--debug"], ["--json"], ["--json", "--debug"]]) {
      const { code, stdout, stderr } = await rig.run("run", name, ...form);
      expect(code).toBe(exit);
      expect(stdout + stderr).toContain("[hidden]");
      expect(stdout + stderr).not.toContain(rig.sandbox.key);
      expect(stdout + stderr).not.toContain(STRANGE);
    }
  });

  it.each([
    ["returns_nothing", "is no object"],
    ["is_wrong", "has a wrong `notices`"],
    ["has_no_status", "has a wrong `status`"],
    ["counts_in_text", "has a wrong `inserted`"],
    ["fails_without_error", "has `failed` as its status and no `error`"],
    ["has_half_an_error", "has a wrong `error`"],
    ["says_when", "has a wrong `watermark`"],
    ["says_since_when", "has a wrong `previous_watermark`"],
  ])("%s: what is no report fails the job, as text and as JSON alike", async (name, wrong) => {
    const { code, stdout, stderr } = await rig.run("run", name);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain(`what \`${name}\` returned ${wrong}`);
    const { code: sameCode, document } = await rig.json("run", name);
    expect(sameCode).toBe(5);
    expect(document).toMatchObject({
      status: "failed",
      jobs: [{ job: name, status: "failed", error: { code: "JOB_MODULE_INVALID" } }],
    });
  });

  it("may leave out of its report what came later than the rest", async () => {
    expect((await rig.run("run", "knows_no_watermark_before")).code).toBe(0);
  });

  it("that reads no stream is followed by no verification, however complete it says it is", async () => {
    const { code, stdout } = await rig.runOnTerminal("run", "is_complete");
    expect(code).toBe(0);
    expect(stdout).toContain("is_complete");
    expect(stdout).not.toContain("Next:");
  });

  it("is told under its own name, whatever its report says", async () => {
    const { code, document } = await rig.json("run", "is_another");
    expect(code).toBe(0);
    expect(document).toMatchObject({ jobs: [{ job: "is_another", connection_name: "stripe-mensio" }] });
  });

  it("that returned no report is a failure in the event log too", async () => {
    await rig.run("run", "is_wrong");
    expect(
      await rig.rows(
        "SELECT DISTINCT error_message FROM events_dev.event_log WHERE event_type = 'job.failed' AND error_message LIKE '%is_wrong%'",
      ),
    ).toEqual([["what `is_wrong` returned has a wrong `notices`"]]);
  });
});
