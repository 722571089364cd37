import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LoadResult } from "../../../src/warehouse/warehouse.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace, type BigQueryPlace } from "../bigquery-places.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();
const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));

interface Report {
  readonly result?: LoadResult;
  readonly error?: { readonly code: string; readonly message: string; readonly facts: Record<string, unknown> };
}

interface Run {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** Null for a process that was killed. */
  readonly report: Promise<Report | null>;
}

describe.skipIf(bigQuery === null)("runs in processes of their own, on BigQuery", () => {
  if (bigQuery === null) return;
  let place: BigQueryPlace;
  let temporary: string;
  const started: Run[] = [];

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), "lorchestra-crash-"));
    place = await newPlace(bigQuery, "crashes");
    await using warehouse = await place.open();
    await warehouse.prepare();
  });

  afterEach(async () => {
    for (const run of started.splice(0)) run.process.kill("SIGKILL");
    await place.remove();
    await rm(temporary, { recursive: true, force: true });
  });

  function start(
    runId: string,
    options: { failpoint?: string; value?: number; waits?: boolean; objects?: number } = {},
  ): Run {
    const { failpoint = "", value = 1, waits = false, objects = 20 } = options;
    const spec = JSON.stringify({ address: place.address, runId, objects, value, waits });
    const child = spawn(process.execPath, [CHILD, spec], {
      env: { ...process.env, TMPDIR: temporary, LORCHESTRA_FAILPOINT: failpoint },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const report = text(child.stdout).then((output) => {
      const line = output.split("\n").find((each) => each.startsWith("{"));
      return line === undefined ? null : (JSON.parse(line) as Report);
    });
    const run = { process: child, report };
    started.push(run);
    return run;
  }

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

  it("lets one of two runs write, and tells the other within 5 s who it is", async () => {
    const first = start("run-first", { waits: true });
    await staged(first);
    const startedAt = performance.now();
    const second = await start("run-second").report;
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(second?.error).toMatchObject({
      code: "ALREADY_RUNNING",
      facts: { run_id: "run-first", pid: first.process.pid },
    });
    first.process.stdin.write("\n");
    expect((await first.report)?.result).toMatchObject({ inserted: 20 });
    expect(await stored()).toEqual([["20", "run-first", "run-first"]]);
  });

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

  async function staged(run: Run): Promise<void> {
    await new Promise<void>((resolve) => {
      run.process.stdout.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("staged")) resolve();
      });
    });
  }
});
