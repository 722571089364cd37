import { describe, expect, it, vi } from "vitest";
import { upsert } from "../../../src/testing/changes.js";
import { collect, commitChanges, failure, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace } from "../bigquery-places.js";
import { isHarmless, startFaultProxy } from "./fault-proxy.js";

vi.setConfig({ testTimeout: 120_000 });

const bigQuery = await testBigQuery();
const origin = bigQuery?.origin ?? null;

describe.skipIf(bigQuery === null || origin === null)("a dry run on BigQuery", () => {
  if (bigQuery === null || origin === null) return;

  it("sends SELECT jobs, reads of tables and looks at metadata, and nothing else", async () => {
    await using proxy = await startFaultProxy(origin);
    const place = await newPlace({ ...bigQuery, environment: { BIGQUERY_EMULATOR_HOST: proxy.host } }, "readonly");
    try {
      {
        await using warehouse = await place.open();
        await warehouse.prepare();
        await commitChanges(warehouse, [upsert("a"), upsert("b")], { checkpoint: { cursor: 1, runId: "run-1" } });
      }
      const writes = proxy.seen.length;
      await using reader = await place.open({ access: "read" });
      expect(await reader.exists()).toBe(true);
      expect(await reader.readCheckpoint(THINGS)).toMatchObject({ cursor: 1 });
      expect(await reader.newestReadAt(THINGS)).not.toBeNull();
      expect(await reader.countLive(THINGS)).toBe(2);
      expect(await reader.readRows(THINGS, ["a"], { payload: true })).toHaveLength(1);
      expect(await collect(reader.liveIds(THINGS, [{ from: null, until: null }]))).toHaveLength(2);
      expect(await reader.unfinishedJobs(THINGS)).toEqual([]);
      const { rows } = await reader.query(`SELECT COUNT(*) AS n FROM ${place.tableName("raw_objects")}`);
      expect(await collect(rows)).toEqual([[2]]);
      for (const statement of [
        "DELETE FROM raw_objects WHERE TRUE",
        "CREATE TABLE x (a STRING)",
        "SELECT 1; SELECT 2",
      ]) {
        await failure("SQL_UNSUPPORTED", () => reader.query(statement));
      }
      await failure("WAREHOUSE_READ_ONLY", () => reader.prepare());
      await failure("WAREHOUSE_READ_ONLY", () => reader.beginLoad(THINGS, loadOptions()));
      await failure("WAREHOUSE_READ_ONLY", () => reader.appendEvents([]));

      const reads = proxy.seen.slice(writes);
      expect(reads.length).toBeGreaterThan(10);
      for (const seen of reads) expect(isHarmless(seen), `${seen.method} ${seen.path} ${seen.text}`).toBe(true);
    } finally {
      await place.remove();
    }
  });
});
