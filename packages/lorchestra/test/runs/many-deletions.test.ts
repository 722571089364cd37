import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Load, Warehouse } from "../../src/warehouse/warehouse.js";
import { dryRun } from "../../src/runs/ingest/dry-run.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";
import { verifyThings } from "./verify-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig({ pageSize: 1_000 });
});
afterEach(() => rig[Symbol.asyncDispose]());

/** A warehouse with so many rows, of a source that then lists the last ones only. */
async function emptied(kept: number, of: number): Promise<void> {
  for (let n = 0; n < of; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60, n });
  await rig.run((context) => THINGS.run(context));
  for (let n = 0; n < of - kept; n += 1) rig.source.delete(`th_${n}`, { silently: true });
}

/** Counts the readings of the table's ids. */
function countingReadings(): { readonly count: number; wrap(warehouse: Warehouse): Warehouse } {
  let count = 0;
  const counting = (load: Load): Load =>
    Object.create(load, {
      unlisted: {
        value: (...args: Parameters<Load["unlisted"]>) => {
          count += 1;
          return load.unlisted(...args);
        },
      },
    }) as Load;
  return {
    get count() {
      return count;
    },
    wrap: (warehouse) =>
      Object.create(warehouse, {
        beginLoad: {
          value: async (...args: Parameters<Warehouse["beginLoad"]>) => counting(await warehouse.beginLoad(...args)),
        },
      }) as Warehouse,
  };
}

describe("a run whose source lists nothing of what the warehouse has", () => {
  test("ends after a few hundred of its rows, whatever their number", async () => {
    await emptied(0, 8_000);
    const report = await rig.run((context) => THINGS.run(context), { full: true });
    expect(report).toMatchObject({ status: "failed", deleted: 0, error: { code: "DELETE_LIMIT" } });
    expect(report.error?.message).toContain(
      "lacks 8000 rows, may lose 800, and all of 500 that were asked for are gone",
    );
    expect(rig.source.calls.retrieved).toHaveLength(500);
    // From everywhere: what was deleted often lies together.
    expect(rig.source.calls.retrieved.filter((id) => Number(id.slice(3)) < 4_000)).toHaveLength(250);
  });

  test("looks for them once, not once for each few hundred, where they may be deleted", async () => {
    await emptied(0, 3_000);
    const readings = countingReadings();
    const options = { full: true, allowDeletes: true, wrap: (warehouse: Warehouse) => readings.wrap(warehouse) };
    const report = await rig.run((context) => THINGS.run(context), options);
    expect(report).toMatchObject({ status: "completed", deleted: 3_000 });
    // And once to see that no more are there, for each commit that closes a range.
    expect(readings.count).toBeLessThanOrEqual(2 * 2);
  });
});

describe("a run whose source does not list many of the rows that the warehouse has", () => {
  test("goes on where some of those that it asks for are there", async () => {
    await emptied(6_000, 8_000);
    // There, although no list shows it: all but each tenth.
    rig.source.before = (step) => {
      if (step.kind === "retrieve" && !step.id.endsWith("0")) rig.source.put(step.id, { n: 0 }, { silently: true });
    };
    const report = await rig.run((context) => THINGS.run(context), { full: true });
    expect(report).toMatchObject({ status: "completed", deleted: 200 });
  });

  test("goes on where as many are gone as may be", async () => {
    await emptied(7_200, 8_000);
    const report = await rig.run((context) => THINGS.run(context), { full: true });
    expect(report).toMatchObject({ status: "completed", deleted: 800 });
  });
});

const DRY = { name: THINGS.name, stream: "things" };

describe("what only reads, of a source that lists nothing of what the warehouse has", () => {
  test("a dry run ends as the run would, after a few hundred of its rows", async () => {
    await emptied(0, 1_200);
    const report = await rig.run((context) => dryRun(DRY, context), { access: "read", full: true });
    expect(report).toMatchObject({ status: "failed", error: { code: "DELETE_LIMIT" } });
    expect(rig.source.calls.retrieved).toHaveLength(500);
  });

  test("a dry run counts them all where they may be deleted", async () => {
    await emptied(0, 1_200);
    const options = { access: "read", full: true, allowDeletes: true } as const;
    const report = await rig.run((context) => dryRun(DRY, context), options);
    expect(report).toMatchObject({ status: "completed", deleted: 1_200 });
  });

  test("verify does not call a million rows deleted that it asked another account for", async () => {
    await emptied(0, 1_200);
    rig.clock.advance(60_000);
    expect(await verifyThings(rig)).toMatchObject({ status: "failed", error: { code: "DELETE_LIMIT" } });
    expect(rig.source.calls.retrieved).toHaveLength(500);
  });

  test("verify tells of each where one of all is listed", async () => {
    await emptied(1, 1_200);
    rig.clock.advance(60_000);
    expect(await verifyThings(rig)).toMatchObject({ status: "different" });
    expect(rig.source.calls.retrieved).toHaveLength(1_199);
  });
});
