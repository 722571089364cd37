import { describe, expect, it } from "vitest";
import { scale } from "stripe-sandbox";
import { createRig, type Rig, until, WAREHOUSES } from "./rig.js";

const JOB = "stripe_ingest_payment_intents";
const REFUSED_WITHIN_MS: Readonly<Record<string, number>> = { duckdb: 2_000, bigquery: 5_000 };

/** An account that answers two requests, and while its latency is not none no other until it is released. */
function holdingAccount() {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  const sleep = async (): Promise<void> => {
    asked += 1;
    if (asked > 2) await released;
  };
  return { options: { scenario: scale({ count: 1_500 }), latency: 1, clock: { sleep } }, release } as const;
}

/** Starts a run that holds the stream, and waits for Stripe as long as a test takes. */
async function holdStream(rig: Rig) {
  const holder = rig.start(["run", JOB, "--json"]);
  await until(holder, () => rig.sandbox.requests.count > 1);
  return holder;
}

describe.each(WAREHOUSES)("two runs of one stream, with $name", (warehouse) => {
  it("the second ends soon with 6 and names the first; once that is killed, the next is not held up", async () => {
    await using rig = await createRig(warehouse, holdingAccount().options);
    const holder = await holdStream(rig);
    // The quickest of three: other work on this machine is no fault of the command's.
    const refused = [await rig.run("run", JOB), await rig.run("run", JOB), await rig.run("run", JOB)];
    for (const { code, stderr } of refused) {
      expect(code).toBe(6);
      expect(stderr).toContain(String(holder.process.pid));
      expect(stderr).toMatch(/code ALREADY_RUNNING {3}exit 6/);
    }
    expect(Math.min(...refused.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(REFUSED_WITHIN_MS[warehouse.name] ?? 0);
    holder.process.kill("SIGKILL");
    expect((await holder.outcome).signal).toBe("SIGKILL");
    rig.sandbox.settings.latency = "none";
    const { code, document } = await rig.json("run", JOB);
    expect({ code, inserted: document.jobs[0]?.inserted }).toEqual({ code: 0, inserted: 1_500 });
    expect(
      await rig.rows(`SELECT event_type, COUNT(*) AS count FROM ${rig.dataset}.event_log
WHERE event_type LIKE 'job.%' GROUP BY event_type ORDER BY event_type`),
    ).toEqual([
      { event_type: "job.completed", count: 1 },
      { event_type: "job.failed", count: 1 },
      { event_type: "job.started", count: 2 },
    ]);
  });
});

describe.each(WAREHOUSES.filter(({ name }) => name === "bigquery"))("a process that was paused, with $name", (row) => {
  it("writes nothing once its lease has passed and another run has taken it", async () => {
    const { options, release } = holdingAccount();
    await using rig = await createRig(row, options);
    const paused = await holdStream(rig);
    paused.process.kill("SIGSTOP");
    // A minute passes, by BigQuery's clock.
    const query = `UPDATE ${rig.dataset}.leases SET expires_at = TIMESTAMP '2020-01-01 00:00:00+00' WHERE TRUE`;
    const origin = `http://${rig.env["BIGQUERY_EMULATOR_HOST"]}`;
    const answer = await fetch(`${origin}/bigquery/v2/projects/local/queries`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, useLegacySql: false }),
    });
    expect(answer.status).toBe(200);
    rig.sandbox.settings.latency = "none";
    const { code, document } = await rig.json("run", JOB);
    expect(code).toBe(0);

    release();
    paused.process.kill("SIGCONT");
    const { stdout } = await paused.outcome;
    expect(JSON.parse(stdout)).toMatchObject({ status: "failed", jobs: [{ error: { code: "LEASE_LOST" } }] });
    for (const table of ["raw_objects", "checkpoints"]) {
      expect(await rig.rows(`SELECT DISTINCT run_id FROM ${rig.dataset}.${table}`)).toEqual([
        { run_id: document.run_id },
      ]);
    }
  });
});
