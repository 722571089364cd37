import { readdir } from "node:fs/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { testBigQuery } from "../bigquery-emulator.js";
import type { BigQueryPlace } from "../bigquery-places.js";
import { type ChildPlace, eachChildPlace, staged } from "./child-place.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("runs in processes of their own, on BigQuery", () => {
  if (bigQuery === null) return;
  const made = eachChildPlace(bigQuery);
  let place: BigQueryPlace;
  let temporary: string;
  let start: ChildPlace["start"];
  beforeEach(() => {
    ({ place, temporary, start } = made());
  });

  const stored = () => place.select(`SELECT COUNT(*), MIN(run_id), MAX(run_id) FROM ${place.tableName("raw_objects")}`);
  const checkpoints = () => place.select(`SELECT run_id FROM ${place.tableName("checkpoints")}`);
  const events = () => place.select(`SELECT event_id FROM ${place.tableName("event_log")} ORDER BY 1`);
  const staging = async () => (await place.tables()).filter((name) => name.startsWith("staging_"));
  const spools = async () => (await readdir(temporary)).filter((name) => name.startsWith("lorchestra-bigquery-"));

  it.each(["before-load", "after-load", "before-checkpoint"])(
    "loses nothing and doubles nothing when killed at %s",
    async (failpoint) => {
      expect(await start("run-killed", { failpoint }).report).toBeNull();
      expect(await stored()).toEqual([["0", null, null]]);
      expect(await checkpoints()).toEqual([]);
      expect(await spools()).toHaveLength(1);

      const next = await start("run-next").report;
      expect(next?.result).toMatchObject({ staged: 20, inserted: 20, unchanged: 0 });
      await expectAllIsWell("run-next");
    },
  );

  it("finds everything in place when killed after the commit, before its answer was read", async () => {
    expect(await start("run-killed", { failpoint: "after-merge" }).report).toBeNull();
    expect(await stored()).toEqual([["20", "run-killed", "run-killed"]]);
    expect(await checkpoints()).toEqual([["run-killed"]]);

    const next = await start("run-next").report;
    expect(next?.result).toMatchObject({ staged: 20, inserted: 0, updated: 0, unchanged: 20 });
    await expectAllIsWell("run-killed");
  });

  it("keeps a commit whose events were not written", async () => {
    expect(await start("run-killed", { failpoint: "before-events" }).report).toBeNull();
    expect(await stored()).toEqual([["20", "run-killed", "run-killed"]]);
    expect(await events()).toEqual([]);

    const next = await start("run-next").report;
    expect(next?.result).toMatchObject({ unchanged: 20 });
    await expectAllIsWell("run-killed");
  });

  async function expectAllIsWell(writtenBy: string): Promise<void> {
    expect(await stored()).toEqual([["20", writtenBy, writtenBy]]);
    expect(await checkpoints()).toEqual([["run-next"]]);
    expect(await events()).toEqual([["run-next-completed"]]);
    expect(await staging()).toEqual([]);
    expect(await spools()).toEqual([]);
  }

  it("lets a process that was paused past its lease write nothing", async () => {
    const paused = start("run-paused", { waits: true });
    await staged(paused);
    paused.process.kill("SIGSTOP");
    // A minute passes.
    await place.select(
      `UPDATE ${place.tableName("leases")} SET expires_at = TIMESTAMP '2020-01-01 00:00:00+00' WHERE TRUE`,
    );
    expect((await start("run-next", { value: 2 }).report)?.result).toMatchObject({ inserted: 20 });
    paused.process.kill("SIGCONT");
    paused.process.stdin.write("\n");
    expect((await paused.report)?.error).toMatchObject({ code: "LEASE_LOST" });
    expect(await stored()).toEqual([["20", "run-next", "run-next"]]);
    expect(await checkpoints()).toEqual([["run-next"]]);
  });
});
