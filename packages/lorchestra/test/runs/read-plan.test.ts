import { expect, test } from "vitest";
import { planRead } from "../../src/runs/read/read-plan.js";
import { scopeOf, streamOf } from "../../src/runs/stream-scope.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { runRig, THINGS } from "./run-rig.js";

test("a row that is deleted does not save the source from being asked: its object may be back, with the same lists", async () => {
  await using rig = runRig();
  for (const id of ["th_live", "th_gone", "th_short"]) rig.source.put(id, {});
  await rig.run((context) => THINGS.run(context));
  await rig.tamper("UPDATE events_dev.raw_objects SET listed_hash = 'f00d' WHERE external_id <> 'th_short'");
  await rig.tamper("UPDATE events_dev.raw_objects SET deleted_at = last_seen WHERE external_id = 'th_gone'");
  const known = await rig.run(async (context) => {
    const stream = streamOf(context.source, "ingest_things", "things");
    const { options } = await planRead(context, stream, scopeOf(context, stream));
    return await options.listedHashes?.(["th_live", "th_gone", "th_short", "th_unknown"]);
  });
  expect(known).toEqual(new Map([["th_live", "f00d"]]));
});

test.each([
  ["billed", 3],
  ["cheap", 5],
] as const)(
  "rows are looked up to save requests as often as it is worth it: where that is %s, %d of 5 times",
  async (cost, times) => {
    await using rig = runRig();
    const lookUps: string[] = [];
    const wrap = (warehouse: Warehouse): Warehouse => ({
      ...warehouse,
      capabilities: { ...warehouse.capabilities, rowLookups: cost },
      readRows: async (_, [id = ""]) => {
        lookUps.push(id);
        return [];
      },
    });
    const { listedHashes } = await rig.run(
      async (context) => {
        const stream = streamOf(context.source, "ingest_things", "things");
        return (await planRead(context, stream, scopeOf(context, stream))).options;
      },
      { wrap },
    );
    for (const id of ["a", "b", "c", "d", "e"]) expect(await listedHashes?.([id])).toEqual(new Map());
    expect(lookUps).toHaveLength(times);
  },
);

test("a few stored objects that may prove whose the key is are of everywhere, live ones, and an interruption ends the question", async () => {
  await using rig = runRig({ pageSize: 1_000 });
  for (let n = 0; n < 40; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n });
  await rig.run((context) => THINGS.run(context));
  await rig.tamper("UPDATE events_dev.raw_objects SET deleted_at = last_seen WHERE external_id >= 'th_3'");
  const { signal } = new AbortController();
  let given: AbortSignal | undefined;
  let order: string[] = [];
  const wrap = (warehouse: Warehouse): Warehouse => ({
    ...warehouse,
    liveIds: async function* (scope, ranges, ended) {
      given = ended;
      order = [];
      for await (const id of warehouse.liveIds(scope, ranges)) {
        order.push(id);
        yield id;
      }
    },
  });
  const plan = (allowDeletes: boolean) =>
    rig.run(
      async (context) => {
        const stream = streamOf(context.source, "ingest_things", "things");
        return await (await planRead(context, stream, scopeOf(context, stream))).options.storedIds?.();
      },
      { wrap, signal, allowDeletes },
    );
  const ids = await plan(false);
  expect(ids).toEqual([0, 5, 10, 15, 20].map((index) => order[index]));
  expect(order).toHaveLength(23);
  expect(given).toBe(signal);
  expect(await plan(true)).toBeUndefined();
});
