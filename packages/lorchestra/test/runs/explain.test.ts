import { afterEach, beforeEach, expect, test } from "vitest";
import { explainObject } from "../../src/runs/explain.js";
import type { ExplainReport } from "../../src/runs/explain-report.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(async () => {
  rig = runRig();
  rig.source.put("th_1", { lines: { object: "list", data: [{ n: 1 }, { n: 2 }], has_more: false }, n: 1 });
  await rig.run((context) => THINGS.run(context));
  rig.clock.advance(60_000);
});
afterEach(() => rig[Symbol.asyncDispose]());

const explain = (id: string): Promise<ExplainReport> =>
  rig.run((context) => explainObject(id, [context]), { access: "read" });

test("a row is explained by its run, its request and its API version, and stands as verify would say", async () => {
  expect(await explain("th_1")).toMatchObject({
    id: "th_1",
    errors: [],
    objects: [
      {
        connection_name: "stripe-mensio",
        object_type: "thing",
        idem_key: "stripe:stripe-mensio:thing:th_1",
        run_id: "run-1",
        api_version: "2026-10-28.endive",
        request_id: expect.stringMatching(/^req_/),
        deleted_at: null,
        events_since: [],
        standing: "equal",
        differences: [],
        lists: [{ path: "lines", items: 2, of: 2 }],
      },
    ],
  });
});

test("of several rows the live one is explained, whichever comes first", async () => {
  const row = "FROM events_dev.raw_objects WHERE external_id = 'th_1'";
  await rig.tamper(`INSERT INTO events_dev.raw_objects SELECT * REPLACE ('run-live' AS run_id) ${row}`);
  await rig.tamper(`UPDATE events_dev.raw_objects SET deleted_at = last_seen WHERE run_id = 'run-1'`);
  expect((await explain("th_1")).objects).toMatchObject([{ standing: "equal", deleted_at: null, run_id: "run-live" }]);
});

test("what has happened to an object since is told by the source's own events", async () => {
  rig.source.put("th_1", { n: 2 });
  const { objects } = await explain("th_1");
  expect(objects[0]).toMatchObject({
    standing: "behind",
    differences: ["n"],
    events_since: [{ type: "thing.updated" }],
  });
});

test("an object without a row is explained by what the source has", async () => {
  rig.source.put("th_2", {}, { silently: true });
  expect((await explain("th_2")).objects).toMatchObject([{ idem_key: null, run_id: null, standing: "behind" }]);
});

test("an id that neither side knows has no explanation", async () => {
  expect(await explain("th_none")).toEqual({ id: "th_none", searched: ["things"], objects: [], errors: [] });
});

test("a deleted object is gone on both sides, and its row still says where it came from", async () => {
  rig.source.delete("th_1");
  await rig.run((context) => THINGS.run(context));
  expect((await explain("th_1")).objects).toMatchObject([
    { standing: "gone", deleted_at: expect.any(String), run_id: "run-1" },
  ]);
});
