import { afterEach, beforeEach, expect, test } from "vitest";
import { headStart } from "../../src/runs/read/head-start.js";
import { ingestJob } from "../../src/jobs/ingest-job.js";
import type { JobReport } from "../../src/runs/run-report.js";
import { arraySource } from "./array-source.js";
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

test("where another stream of the connection is stored it ends: it has not asked whose the key is", async () => {
  const other = arraySource({ now: () => rig.clock.wallMs(), streamName: "others", objectType: "other" });
  other.put("ot_1", { created: 1_700_000_000 });
  const job = ingestJob({ name: "ingest_others", description: "Others", provider: "stripe", stream: "others" });
  await rig.run((context) => job.run(context), { source: other });
  expect(await runWithHeadStart()).toMatchObject({ status: "completed", inserted: 25, requests: 3 });
  expect(rig.source.calls.lists).toBeGreaterThan(3);
});

test("what makes it fail is the job's failure", async () => {
  rig.source.before = () => {
    throw new Error("the source fails");
  };
  expect(await runWithHeadStart()).toMatchObject({ status: "failed", error: { code: "INTERNAL" } });
});

test("of another stream is not taken", async () => {
  const report = await rig.run(async (context) => {
    const other = arraySource({ now: () => 0, streamName: "others", objectType: "other" });
    other.put("ot_1", { created: 1_700_000_000 });
    const stream = other.streams["others"];
    if (stream === undefined) throw new Error("no stream");
    return THINGS.run({ ...context, headStart: headStart(stream, context.signal) });
  });
  expect(report).toMatchObject({ status: "completed", inserted: 25 });
});

test("is taken once, and reads no further when nobody takes it", async () => {
  const stream = rig.source.streams["things"];
  if (stream === undefined) throw new Error("no stream");
  const taken = headStart(stream, new AbortController().signal);
  const reading = taken.take(stream, () => undefined);
  expect(taken.take(stream, () => undefined)).toBeNull();
  await taken.drop();
  const batches: unknown[] = [];
  for await (const batch of reading?.batches ?? []) batches.push(batch);
  expect(batches.length).toBe(3);

  const lists = rig.source.calls.lists;
  const dropped = headStart(stream, new AbortController().signal);
  await dropped.drop();
  expect(dropped.take(stream, () => undefined)).toBeNull();
  expect(rig.source.calls.lists - lists).toBeLessThanOrEqual(1);
});
