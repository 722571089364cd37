import assert from "node:assert/strict";
import type { ReadEvent } from "../../source.js";
import { assertSameObjects, lastCursor, objectsOf, type StreamContext, valuesOf } from "../stream-context.js";

export function testReading({ test }: StreamContext): void {
  test("sends nothing before the first batch is asked for", async ({ world, stream, source }) => {
    const reading = stream.read();
    const retrieving = stream.retrieve(["nobody"]);
    // One request, with which whatever else was sent would have arrived.
    await world.run(source.check());
    assert.equal(world.requests(), 1);
    await world.run(Promise.resolve(reading[Symbol.asyncIterator]().return?.()));
    await world.run(Promise.resolve(retrieving[Symbol.asyncIterator]().return?.()));
    await world.run(source.check());
    assert.equal(world.requests(), 2);
  });

  test("brings every object exactly once, whole", async ({ read, objects }) => {
    const batches = await read();
    assertSameObjects(objectsOf(batches), valuesOf(objects()));
    const changes = batches.flatMap((batch) => batch.changes);
    assert.equal(changes.length, objects().length);
    const created = new Map(objects().map((object) => [object.id, object.created]));
    for (const change of changes) assert.equal(change.op === "upsert" && change.created, created.get(change.id));
  });

  test("takes its times from the source's clock, and never one that is ahead of it", async ({ world, read }) => {
    const startMs = world.now();
    for (const { changes } of await read()) {
      for (const { readAt } of changes) {
        assert.ok(readAt.getTime() <= world.now());
        assert.ok(readAt.getTime() > startMs - 2_000);
      }
    }
  });

  test("reads at a time that is later than all that is stored, even if that lies in the future", async (place) => {
    const newestReadAt = new Date(place.world.now() + 3_600_000);
    const batches = await place.read({ newestReadAt });
    assertSameObjects(objectsOf(batches), valuesOf(place.objects()));
  });

  test("may be read again and again, also by several at once from sources of their own", async (place) => {
    const [one, other] = await place.world.run(
      Promise.all([place.read({}, place.reopen()), place.read({}, place.reopen())]),
    );
    assertSameObjects(objectsOf(one), valuesOf(place.objects()));
    assertSameObjects(objectsOf(other), valuesOf(place.objects()));
  });

  test("tells observers of each request and of all objects", async ({ world, read, objects }) => {
    const events: ReadEvent[] = [];
    await read({ observe: (event) => void events.push(event) });
    assert.ok(events.filter(({ type }) => type === "request").length <= world.requests());
    assert.ok(events.some(({ type }) => type === "request"));
    const progress = events.findLast((event) => event.type === "progress");
    assert.equal(progress?.objects, objects().length);
  });

  test("reads everything again when it is told to, whatever the cursor says", async ({ read, objects }) => {
    const cursor = lastCursor(await read());
    const batches = await read({ cursor, full: true });
    assertSameObjects(objectsOf(batches), valuesOf(objects()));
  });

  test("begins with what is new when it is told to, and brings the rest in the same read", async ({
    read,
    objects,
  }) => {
    const created = objects().map((object) => object.created ?? 0);
    const middle = created.toSorted((a, b) => a - b)[Math.floor(created.length / 2)] ?? 0;
    const batches = await read({ firstSince: new Date(middle * 1000) });
    assertSameObjects(objectsOf(batches), valuesOf(objects()));
    const order = batches.flatMap(({ changes }) => changes.map((change) => change.op === "upsert" && change.created));
    const firstOld = order.findIndex((second) => typeof second === "number" && second < middle);
    assert.ok(order.slice(firstOld).every((second) => typeof second === "number" && second < middle));
  });

  test("says what a read takes before it is made", async ({ world, stream, objects }) => {
    const estimate = await world.run(stream.estimate());
    const before = world.requests();
    assert.ok(estimate.objects.low <= objects().length && objects().length <= estimate.objects.high);
    assert.ok(estimate.probes <= before);
    for (const { low, likely, high } of [
      estimate.objects,
      estimate.requests,
      estimate.durationMs,
      estimate.sizeBytes,
    ]) {
      assert.ok(low >= 0 && low <= likely && likely <= high, `${low} ≤ ${likely} ≤ ${high}`);
    }
  });
}
