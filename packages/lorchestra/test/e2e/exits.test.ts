import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRig, DUCKDB, JOBS, ROOT, startProcess, WAREHOUSES } from "./rig.js";

// 6, when another run holds the stream: overlap.test.ts. 130 and 143: interruption.test.ts.
describe.each(WAREHOUSES)("exit codes, with $name", (warehouse) => {
  it("7 when verify finds a difference, and 0 once it is repaired", async () => {
    await using rig = await createRig(warehouse);
    await rig.run("run", ...JOBS);
    const [first] = rig.sandbox.truth("refund");
    rig.sandbox.events.silently(() => rig.sandbox.refunds.update(first?.id ?? "", { metadata: { note: "lost" } }));
    // Older than the watermark for verify: nothing announced it, so no run would bring it before the sweep does.
    const verified = await rig.document("verify", "stripe_ingest_refunds");
    expect(verified.code).toBe(7);
    expect(verified.document).toMatchObject({ status: "different", jobs: [{ standings: { stale: 1 } }] });
    expect((await rig.run("verify", "stripe_ingest_refunds", "--repair")).code).toBe(0);
    expect((await rig.run("verify", "stripe_ingest_refunds")).code).toBe(0);
  });

  it("8 when Stripe is unreachable, and nothing is lost", async () => {
    await using rig = await createRig(warehouse);
    await rig.run("run", "stripe_ingest_refunds");
    await rig.sandbox.refuse();
    await rig.configure("    request_timeout_s: 1\n");
    const { code, document } = await rig.json("run", "stripe_ingest_refunds");
    expect(code).toBe(8);
    expect(document.jobs[0]?.error?.code).toBe("SOURCE_UNREACHABLE");
    await rig.sandbox.listen();
    expect((await rig.run("run", "stripe_ingest_refunds")).code).toBe(0);
  });
});

describe("exit codes", () => {
  it("1 when the warehouse's file is no database", async () => {
    await using rig = await createRig(DUCKDB);
    await writeFile(join(rig.directory, "lorchestra.duckdb"), "this is no database".repeat(1_000));
    const { code, stderr } = await rig.run("run", "stripe_ingest_refunds");
    expect(code).toBe(1);
    expect(stderr).toMatch(/code WAREHOUSE_CORRUPT {3}exit 1/);
  });

  it("3 when a row goes into quarantine or a job fails beside others that complete", async () => {
    await using rig = await createRig(DUCKDB);
    const key = rig.sandbox.addKey(["customer_read", "accounts_kyc_basic_read"]);
    await writeFile(join(rig.directory, ".env"), `STRIPE_API_KEY=${key}\n`);
    const { code, document } = await rig.json("run", "stripe_ingest_customers", "stripe_ingest_refunds");
    expect(code).toBe(3);
    expect(document.status).toBe("partial");
  });

  it("2 and 5 for the command line and the configuration, as JSON too", async () => {
    await using rig = await createRig(DUCKDB);
    expect((await rig.json("run", "stripe_ingest_refunds", "--since", "soon")).document).toMatchObject({
      exit_code: 2,
      error: { code: "USAGE_INVALID" },
    });
    await writeFile(join(rig.directory, "lorchestra.yaml"), "warehouse: duckbd:x\n");
    expect((await rig.json("run", "stripe_ingest_refunds")).document).toMatchObject({
      exit_code: 5,
      error: { code: "CONFIG_INVALID", problems: [{ line: 1, column: 12 }] },
    });
  });
});

describe("output that cannot be written", () => {
  it.each(["sql 'SELECT 1'", "run stripe_ingest_refunds --json", "help"])(
    "ends with 1 and a reason: %s",
    async (words) => {
      await using rig = await createRig(DUCKDB);
      const bin = join(ROOT, "packages/lorchestra/bin/lorchestra.js");
      const { code, stderr } = await startProcess("bash", ["-c", `"$NODE" "${bin}" ${words} > /dev/full`], {
        env: { ...rig.env, NODE: process.execPath },
        cwd: rig.directory,
      }).outcome;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^✗ the output could not be written \(ENOSPC\)\n[^]*code OUTPUT_FAILED {3}exit 1\n$/);
    },
  );
});

describe("pipes", () => {
  it("may be closed by their reader without a word", async () => {
    await using rig = await createRig(DUCKDB);
    await rig.run("run", "stripe_ingest_payment_intents");
    const bin = join(ROOT, "packages/lorchestra/bin/lorchestra.js");
    const command = `set -o pipefail; "$NODE" "${bin}" sql "SELECT TO_JSON_STRING(payload) AS payload FROM events_dev.raw_objects" | head -n 1 | wc -l`;
    const { code, stdout, stderr } = await startProcess("bash", ["-c", command], {
      env: { ...rig.env, NODE: process.execPath },
      cwd: rig.directory,
    }).outcome;
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "1", stderr: "" });
  });

  it("take any number of rows, however often they have to be waited for, and nothing but rows is said", async () => {
    await using rig = await createRig(DUCKDB);
    const bin = join(ROOT, "packages/lorchestra/bin/lorchestra.js");
    const sql = "SELECT n, REPEAT('x', 20000) AS wide FROM UNNEST(GENERATE_ARRAY(1, 3000)) AS n";
    const command = `set -o pipefail; "$NODE" "${bin}" sql --csv "${sql}" | wc -l`;
    const { code, stdout, stderr } = await startProcess("bash", ["-c", command], {
      env: { ...rig.env, NODE: process.execPath },
      cwd: rig.directory,
    }).outcome;
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "3001", stderr: "" });
  });

  it("do not change what a run does, nor how it ends", async () => {
    await using rig = await createRig(DUCKDB);
    const bin = join(ROOT, "packages/lorchestra/bin/lorchestra.js");
    const command = `set -o pipefail; "$NODE" "${bin}" run ${JOBS.join(" ")} | true`;
    const { code, stderr } = await startProcess("bash", ["-c", command], {
      env: { ...rig.env, NODE: process.execPath },
      cwd: rig.directory,
    }).outcome;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await rig.rows("SELECT COUNT(*) AS count FROM events_dev.raw_objects")).toEqual([{ count: 3_101 }]);
  });
});
