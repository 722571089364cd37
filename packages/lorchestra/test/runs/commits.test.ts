import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Warehouse, WarehouseCapabilities } from "../../src/warehouse/warehouse.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";

type CommitAfter = WarehouseCapabilities["commitAfter"];

const NEVER: CommitAfter = { rows: Infinity, sizeBytes: Infinity, elapsedMs: Infinity };

describe("a run commits", () => {
  let rig: RunRig;
  beforeEach(() => {
    rig = runRig({ pageSize: 2 });
    for (let n = 0; n < 8; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60 });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  /** Loads the eight objects, four pages, and says in how many commits. */
  async function commitsOf(after: Partial<CommitAfter>): Promise<number> {
    const wrap = (warehouse: Warehouse): Warehouse =>
      Object.create(warehouse, {
        capabilities: { value: { ...warehouse.capabilities, commitAfter: { ...NEVER, ...after } } },
      }) as Warehouse;
    expect(await rig.run((context) => THINGS.run(context), { wrap })).toMatchObject({
      status: "completed",
      records_extracted: 8,
      inserted: 8,
    });
    const [upsert] = await rig.rows(
      "SELECT json_extract_string(payload, '$.commits') AS commits FROM events_dev.event_log WHERE event_type = 'upsert.completed'",
    );
    return Number(upsert?.["commits"]);
  }

  test("once where nothing makes one due before the end", async () => {
    expect(await commitsOf({})).toBe(1);
  });

  test("after so many rows, and looks for no row that it has brought itself", async () => {
    expect(await commitsOf({ rows: 4 })).toBe(2);
    expect(rig.source.calls.retrieved).toEqual([]);
  });

  test("after so many bytes", async () => {
    expect(await commitsOf({ sizeBytes: 1 })).toBe(4);
    expect(rig.source.calls.retrieved).toEqual([]);
  });

  test("after so long since the last commit", async () => {
    rig.source.before = (step) => {
      if (step.kind === "page" && step.page === 1) rig.clock.advance(10_000);
    };
    expect(await commitsOf({ elapsedMs: 5_000 })).toBe(2);
  });
});
