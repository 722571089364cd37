import assert from "node:assert/strict";
import type { EventRow } from "../../events/event-row.js";
import { at } from "../changes.js";
import { readTable, THINGS, type WarehouseContext, asText } from "../warehouse-context.js";
import { sampleEvent } from "../sample-event.js";

export function testAppendEvents({ test }: WarehouseContext): void {
  test("keeps every column of an event", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const payload = { records_extracted: 3, inserted: 2, text: "it's ü🦆 \u0000", none: null, list: [1, { x: true }] };
    const event = sampleEvent("evt-1", {
      status: "failed",
      error_message: `it's "broken"\n\\ \`x\``,
      payload,
      created_at: at(1.234),
    });
    await warehouse.appendEvents([event]);
    const [row] = await readTable(warehouse, place, "event_log");
    assert.deepEqual(
      { ...row, payload: JSON.parse(asText(row?.["payload"])) as unknown },
      { ...event, created_at: at(1.234).toISOString() },
    );
  });

  test("keeps an event once by its id, however often it is appended", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const [first, second, third] = ["evt-1", "evt-2", "evt-3"].map((id) => sampleEvent(id)) as [
      EventRow,
      EventRow,
      EventRow,
    ];
    await warehouse.appendEvents([first, second]);
    await warehouse.appendEvents([first, second]);
    await warehouse.appendEvents([second, third, third]);
    await warehouse.appendEvents([]);
    const rows = await readTable(warehouse, place, "event_log");
    assert.deepEqual(
      rows.map((row) => row["event_id"]),
      ["evt-1", "evt-2", "evt-3"],
    );
  });

  test("keeps events that jobs append at once", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    await Promise.all(
      [1, 2, 3, 4].map((job) => warehouse.appendEvents([sampleEvent(`evt-${job}`), sampleEvent("shared")])),
    );
    assert.equal((await readTable(warehouse, place, "event_log")).length, 5);
  });

  test("names the jobs of a stream that began and never ended", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    assert.deepEqual(await warehouse.unfinishedJobs(THINGS), []);
    const job = (id: string, run: string, type: EventRow["event_type"], facts: Partial<EventRow> = {}): EventRow =>
      sampleEvent(id, { event_type: type, correlation_id: run, source_system: "lorchestra", ...facts });
    const killed = job("evt-killed", "run-killed", "job.started", { payload: { job: "things", list: [1, null] } });
    await warehouse.appendEvents([
      killed,
      job("evt-1", "run-done", "job.started"),
      job("evt-2", "run-done", "job.completed"),
      job("evt-3", "run-failed", "job.started"),
      job("evt-4", "run-failed", "job.failed", { status: "failed", error_message: "no" }),
      job("evt-5", "run-killed", "job.started", { target_object_type: "gadget" }),
      job("evt-6", "run-killed", "job.completed", { connection_name: "stripe-other" }),
      // Of an earlier tool, which writes to the same table.
      job("evt-7", "run-theirs", "job.started", { source_system: "stripe" }),
      job("evt-8", "run-killed", "job.completed", { source_system: "stripe" }),
    ]);
    assert.deepEqual(await warehouse.unfinishedJobs(THINGS), [killed]);
    assert.equal((await warehouse.unfinishedJobs({ ...THINGS, objectType: "gadget" })).length, 1);
  });
}
