import assert from "node:assert/strict";
import { upsert } from "../changes.js";
import { commitChanges, failure, loadOptions, THINGS, type WarehouseContext } from "../warehouse-context.js";

export function testLeases({ harness, test }: WarehouseContext): void {
  const deadlineMs = harness.refusalDeadlineMs ?? 2_000;

  test("refuses a second load of a stream at once, names the holder, and does not say to wait for it", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions(THINGS, "run-first"));
    await load.append([upsert("a")]);
    const startedAt = performance.now();
    const error = await failure("ALREADY_RUNNING", () =>
      warehouse.beginLoad(THINGS, loadOptions(THINGS, "run-second")),
    );
    assert.ok(performance.now() - startedAt < deadlineMs);
    assert.equal(error.facts["run_id"], "run-first");
    assert.match(error.hint, /another job of this run has the stream/);
    assert.equal((await load.commit(null)).inserted, 1);
  });

  test("refuses the same stream to another run elsewhere, and names the holder", async (place) => {
    await using warehouse = await place.open({ runId: "run-first" });
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions(THINGS, "run-first"));
    await load.append([upsert("a")]);
    const startedAt = performance.now();
    // A warehouse that is one file refuses to be opened twice; one with leases refuses the load.
    const error = await failure("ALREADY_RUNNING", async () => {
      await using elsewhere = await place.open({ runId: "run-second" });
      await using second = await elsewhere.beginLoad(THINGS, loadOptions(THINGS, "run-second"));
      await second.commit(null);
    });
    assert.ok(performance.now() - startedAt < deadlineMs);
    assert.equal(error.facts["run_id"], "run-first");
    assert.match(error.hint, /^wait/);
    assert.equal((await load.commit(null)).inserted, 1);
  });

  test("gives the stream to the next run once a load is disposed of", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")], { runId: "run-1" });
    await commitChanges(warehouse, [upsert("b")], { runId: "run-2" });
    await warehouse[Symbol.asyncDispose]();
    await using later = await place.open({ runId: "run-3" });
    await commitChanges(later, [upsert("c")], { runId: "run-3" });
    assert.equal(await later.countLive(THINGS), 3);
  });

  test("lets other streams load meanwhile", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    const gadgets = { ...THINGS, stream: "gadgets", objectType: "gadget" };
    const other = { ...THINGS, connectionName: "stripe-other" };
    assert.equal((await commitChanges(warehouse, [upsert("a")], { scope: gadgets })).inserted, 1);
    assert.equal((await commitChanges(warehouse, [upsert("a")], { scope: other })).inserted, 1);
    await load.append([upsert("a")]);
    assert.equal((await load.commit(null)).inserted, 1);
  });

  test("can be disposed of twice", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const load = await warehouse.beginLoad(THINGS, loadOptions());
    await load[Symbol.asyncDispose]();
    await load[Symbol.asyncDispose]();
    await warehouse[Symbol.asyncDispose]();
    await warehouse[Symbol.asyncDispose]();
  });
}
