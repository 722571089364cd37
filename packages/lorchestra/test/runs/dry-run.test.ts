import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobReport } from "../../src/runs/run-report.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { type RigRunOptions, type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
  for (let n = 0; n < 10; n += 1)
    rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60, n, nested: { a: 1, b: 2 } });
});
afterEach(() => rig[Symbol.asyncDispose]());

const ingest = (options?: RigRunOptions): Promise<JobReport> => rig.run((context) => THINGS.run(context), options);
const dryRun = (options?: RigRunOptions): Promise<JobReport> => ingest({ ...options, dryRun: true });

/** Every byte in the rig's directory. */
const bytes = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(rig.directory).map((name) => [name, readFileSync(join(rig.directory, name)).toString("base64")]),
  );

describe("a dry run", () => {
  test("where nothing is yet creates nothing, and says what would be inserted", async () => {
    expect(await dryRun()).toMatchObject({
      status: "completed",
      records_extracted: 10,
      inserted: 10,
      updated: 0,
      deleted: 0,
    });
    expect(readdirSync(rig.directory)).toEqual([]);
  });

  test("counts what the run itself then does, and changes no byte", async () => {
    rig.source.put("th_11", { created: 1_700_002_000 });
    rig.source.put("th_12", {});
    await ingest();
    for (const id of ["th_11", "th_12"]) rig.source.delete(id);
    await ingest();
    // One comes back, the other is gone again before anybody looks.
    rig.source.put("th_11", { created: 1_700_002_000 });
    rig.source.put("th_12", {});
    rig.source.delete("th_12");
    rig.source.put("th_3", { n: "changed" });
    rig.source.put("th_10", { created: 1_700_001_000 });
    rig.source.delete("th_5");
    rig.source.put("th_6", {});
    const before = bytes();
    const promised = await dryRun();
    expect(bytes()).toEqual(before);
    const done = await ingest();
    for (const count of ["records_extracted", "inserted", "updated", "unchanged", "deleted", "stale"] as const) {
      expect([count, promised[count]]).toEqual([count, done[count]]);
    }
    expect(done).toMatchObject({ inserted: 1, updated: 2, unchanged: 2, deleted: 1 });
  });

  test("counts what the warehouse cannot hold apart, as the run would", async () => {
    await ingest();
    for (const id of ["th_1", "th_2"]) rig.source.put(id, { n: "odd" });
    rig.source.put("th_odd", { n: "odd" });
    const holdsNothingOdd = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      canHold: ({ json }) => !json.includes("odd"),
    });
    expect(await dryRun({ wrap: holdsNothingOdd })).toMatchObject({
      inserted: 0,
      updated: 0,
      quarantined: 3,
      sample: [],
    });
  });

  test("counts what the run then does also where an earlier tool left several rows of one object", async () => {
    await ingest();
    const copy = (id: string, columns: string): Promise<void> =>
      rig.tamper(
        `INSERT INTO events_dev.raw_objects SELECT * REPLACE (${columns}) FROM events_dev.raw_objects WHERE external_id = '${id}'`,
      );
    await copy("th_0", "last_seen - INTERVAL 1 HOUR AS last_seen, 'older' AS payload_hash");
    await copy("th_1", "last_seen AS deleted_at");
    await copy("th_2", "last_seen AS last_seen");
    const promised = await dryRun({ full: true });
    const done = await ingest({ full: true });
    const counts = { inserted: 0, updated: 2, unchanged: 8, deleted: 0, stale: 0 };
    expect([promised, done]).toMatchObject([counts, counts]);
  });

  test("finds what the lists lack", async () => {
    await ingest();
    rig.source.delete("th_5", { silently: true });
    expect(await dryRun({ full: true })).toMatchObject({ deleted: 1, unchanged: 9 });
  });

  test("names what differs, and no values", async () => {
    await ingest();
    rig.source.put("th_3", { n: "changed", nested: { a: 1, b: 3 }, url: "volatile" });
    rig.source.delete("th_5");
    const { sample } = await dryRun();
    expect(sample).toContainEqual({ id: "th_3", action: "update", paths: ["n", "nested.b"] });
    expect(sample).toContainEqual({ id: "th_5", action: "delete", paths: [] });
    expect(JSON.stringify(sample)).not.toContain("changed");
  });

  test("shows old and new values when it is asked to", async () => {
    await ingest();
    rig.source.put("th_3", { n: "changed" });
    const { sample } = await dryRun({ showValues: true });
    expect(sample).toEqual([{ id: "th_3", action: "update", paths: ["n"], values: { n: ["3", '"changed"'] } }]);
  });

  test("shows a few of many changes, and counts all", async () => {
    const report = await dryRun();
    expect(report.sample.length).toBe(10);
    for (let n = 10; n < 30; n += 1) rig.source.put(`th_${n}`, {});
    expect((await dryRun()).sample.length).toBe(10);
  });

  test("says that the run itself would be stopped by so many deletions", async () => {
    for (let n = 10; n < 70; n += 1) rig.source.put(`th_${n}`, {});
    await ingest();
    for (let n = 0; n < 50; n += 1) rig.source.delete(`th_${n}`);
    expect(await dryRun()).toMatchObject({ status: "completed", deleted: 50, notices: [] });
    for (let n = 50; n < 60; n += 1) rig.source.delete(`th_${n}`);
    expect(await dryRun()).toMatchObject({ status: "completed", deleted: 60, notices: [{ code: "DELETE_LIMIT" }] });
    expect(await dryRun({ allowDeletes: true })).toMatchObject({ deleted: 60, notices: [] });
  });

  test("counts them all where nothing is left, as long as they are few enough to ask for each", async () => {
    for (let n = 10; n < 70; n += 1) rig.source.put(`th_${n}`, {});
    await ingest();
    for (let n = 0; n < 70; n += 1) rig.source.delete(`th_${n}`, { silently: true });
    expect(await dryRun({ full: true })).toMatchObject({
      status: "completed",
      deleted: 70,
      notices: [{ code: "DELETE_LIMIT" }],
    });
  });

  test("reads on from the checkpoint, and leaves it", async () => {
    await ingest();
    rig.source.put("th_1", { n: "changed" });
    await dryRun();
    expect(await dryRun()).toMatchObject({ updated: 1, records_extracted: 1 });
    expect(await ingest()).toMatchObject({ updated: 1, records_extracted: 1 });
  });

  test("that is interrupted says what was read, also of more than a portion", async () => {
    await using many = runRig({ pageSize: 1_000 });
    for (let n = 0; n < 12_000; n += 1) many.source.put(`th_${n}`, { created: 1_700_000_000 + n });
    const stop = new AbortController();
    many.source.before = ({ kind, ...step }) => {
      if (kind === "page" && "page" in step && step.page === 11) stop.abort(new Error("SIGINT"));
    };
    const report = await many.run((context) => THINGS.run(context), { dryRun: true, signal: stop.signal });
    expect(report).toMatchObject({ status: "interrupted", records_extracted: 10_000 });
  });
});
