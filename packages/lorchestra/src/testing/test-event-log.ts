import assert from "node:assert/strict";
import type { EventLog } from "../events/event-log.js";
import { sampleEvent } from "./sample-event.js";
import type { TestRunner } from "./test-runner.js";

/** What `testEventLog` has to know of the event log it tests. */
export interface EventLogHarness {
  /** Makes a place without events; called once a test. */
  create(): Promise<EventLogPlace>;
}

export interface EventLogPlace {
  /** The log as a run opens it; each call is another run's. */
  open(): EventLog;
  /** While true, what the log delivers to takes nothing. */
  refuse(refuses: boolean): void;
  /** The ids of the events that were delivered, in any order. */
  delivered(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** The contract of `EventLog` as tests. */
export function testEventLog(harness: EventLogHarness, { describe, it }: TestRunner): void {
  const test = (name: string, run: (place: EventLogPlace) => Promise<void>): unknown =>
    it(name, async () => {
      const place = await harness.create();
      try {
        await run(place);
      } finally {
        await place.remove();
      }
    });
  const deliveredIds = async (place: EventLogPlace): Promise<string[]> => [...(await place.delivered())].toSorted();

  describe("an event log", () => {
    test("delivers what is recorded", async (place) => {
      const log = place.open();
      await log.record([sampleEvent("evt-1")]);
      await log.record([sampleEvent("evt-2"), sampleEvent("evt-3")]);
      await log.record([]);
      assert.deepEqual(await deliveredIds(place), ["evt-1", "evt-2", "evt-3"]);
    });

    test("keeps an event once, however often it is recorded", async (place) => {
      const log = place.open();
      await log.record([sampleEvent("evt-1")]);
      await log.record([sampleEvent("evt-1"), sampleEvent("evt-2")]);
      await place.open().record([sampleEvent("evt-2")]);
      assert.deepEqual(await deliveredIds(place), ["evt-1", "evt-2"]);
    });

    test("has nothing to deliver when nothing was refused", async (place) => {
      const log = place.open();
      await log.record([sampleEvent("evt-1")]);
      assert.equal(await log.deliverSpooled(), 0);
    });

    test("keeps what cannot be delivered, and the next run delivers it", async (place) => {
      place.refuse(true);
      const first = place.open();
      await first.record([sampleEvent("evt-1"), sampleEvent("evt-2")]);
      await first.record([sampleEvent("evt-3")]);
      place.refuse(false);
      assert.deepEqual(await deliveredIds(place), []);
      const second = place.open();
      assert.equal(await second.deliverSpooled(), 3);
      assert.equal(await second.deliverSpooled(), 0);
      assert.deepEqual(await deliveredIds(place), ["evt-1", "evt-2", "evt-3"]);
    });

    test("doubles nothing that was recorded again after it was refused", async (place) => {
      place.refuse(true);
      await place.open().record([sampleEvent("evt-1")]);
      place.refuse(false);
      const second = place.open();
      await second.record([sampleEvent("evt-1")]);
      await second.deliverSpooled();
      assert.deepEqual(await deliveredIds(place), ["evt-1"]);
    });
  });
}
