import { afterEach, beforeEach, expect, test } from "vitest";
import { headStart } from "../../src/runs/head-start.js";
import type { JobReport } from "../../src/runs/run-report.js";
import { type RigRunOptions, type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig({ pageSize: 10 });
  for (let n = 0; n < 25; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n });
});
afterEach(() => rig[Symbol.asyncDispose]());

const rows = async (): Promise<unknown[]> =>
  (await rig.rows("SELECT external_id FROM events_dev.raw_objects WHERE deleted_at IS NULL")).map(
    (row) => row["external_id"],
  );

/** A run whose read was begun before anything was known of the warehouse. */
function runWithHeadStart(options: RigRunOptions = {}): Promise<JobReport> {
  return rig.run(async (context) => {
    const stream = context.source.streams["things"];
    if (stream === undefined) throw new Error("no stream");
    const begun = headStart(stream, context.signal);
    // The first page is there before the job begins.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return THINGS.run({ ...context, headStart: begun });
  }, options);
}

test("where nothing is stored the read goes on, with what it told so far", async () => {
  const seen: string[] = [];
  const report = await runWithHeadStart({ observe: ({ type }) => seen.push(type) });
  expect(report).toMatchObject({ status: "completed", inserted: 25, requests: 3 });
  expect(rig.source.calls.lists).toBe(3);
  expect(seen).toEqual(["request", "request", "request"]);
  expect(await rows()).toHaveLength(25);
});

test("where something is stored it ends, and the run reads what it has to", async () => {
  await rig.run((context) => THINGS.run(context));
  rig.source.put("th_3", { changed: true });
  rig.source.delete("th_4");
  const report = await runWithHeadStart();
  expect(report).toMatchObject({ status: "completed", inserted: 0, updated: 1, deleted: 1 });
  expect(await rows()).toHaveLength(24);
  const windowed = await runWithHeadStart({ since: new Date(1_700_000_020_000) });
  expect(windowed).toMatchObject({ status: "completed", records_extracted: 5 });
});

test("what makes it fail is the job's failure", async () => {
  rig.source.before = () => {
    throw new Error("the source fails");
  };
  expect(await runWithHeadStart()).toMatchObject({ status: "failed", error: { code: "INTERNAL" } });
});
