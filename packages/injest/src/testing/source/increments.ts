import assert from "node:assert/strict";
import { Mirror } from "../mirror.js";
import { assertSameObjects, lastCursor, type StreamContext, type StreamPlace, valuesOf } from "../stream-context.js";

const DAY_MS = 86_400_000;

export function testIncrements({ test }: StreamContext): void {
  test("bring what was created, changed and deleted since", async (place) => {
    const mirror = await mirrored(place);
    place.world.advance(DAY_MS);
    const { changed, deleted, created } = live(place);
    place.world.advance(DAY_MS);
    const run = await place.world.run(mirror.run(place.reopen()));
    assertSameObjects(mirror.objects, valuesOf(place.objects()));
    assert.ok(run.upserts.has(created) && run.upserts.has(changed));
    assert.deepEqual(run.deletes, [deleted]);
    assert.equal(mirror.rows.get(deleted)?.isDeleted, true);
  });

  test("may be interrupted at any batch, and done again", async (place) => {
    const mirror = await mirrored(place);
    place.world.advance(DAY_MS);
    live(place);
    place.world.advance(DAY_MS);
    const cursor = mirror.cursor;
    assert.ok(cursor !== undefined);
    for (let count = 1; count <= 3; count += 1) {
      const batches = await place.readSome(count, { cursor });
      if (batches.length < count) break;
      mirror.cursor = lastCursor(batches);
      await place.world.run(mirror.run(place.reopen()));
      assertSameObjects(mirror.objects, valuesOf(place.objects()));
    }
  });

  test("bring nothing twice and delete nothing when nothing happens", async (place) => {
    const mirror = await mirrored(place);
    for (let day = 0; day < 3; day += 1) {
      place.world.advance(DAY_MS);
      const run = await place.world.run(mirror.run(place.reopen()));
      assert.deepEqual(run.deletes, []);
      for (const times of run.upserts.values()) assert.equal(times, 1);
    }
    assertSameObjects(mirror.objects, valuesOf(place.objects()));
  });

  test("bring what was created and deleted in between only as what it is now", async (place) => {
    const mirror = await mirrored(place);
    place.world.advance(DAY_MS);
    const id = place.create();
    place.world.advance(1000);
    place.delete(id);
    place.world.advance(DAY_MS);
    await place.world.run(mirror.run(place.reopen()));
    assert.notEqual(mirror.rows.get(id)?.isDeleted, false);
    assertSameObjects(mirror.objects, valuesOf(place.objects()));
  });

  test("after a long time bring everything that happened, and name each object that is gone", async (place) => {
    const mirror = await mirrored(place);
    place.world.advance(DAY_MS);
    live(place);
    place.world.advance(100 * DAY_MS);
    live(place);
    place.world.advance(1000);
    await place.world.run(mirror.run(place.reopen()));
    assertSameObjects(mirror.objects, valuesOf(place.objects()));
  });
}

async function mirrored({ world, stream, objects }: StreamPlace): Promise<Mirror> {
  const mirror = new Mirror();
  await world.run(mirror.run(stream));
  assertSameObjects(mirror.objects, valuesOf(objects()));
  return mirror;
}

/** Something of everything happens. */
function live(place: StreamPlace): { changed: string; deleted: string; created: string } {
  const ids = place.objects().map(({ id }) => id);
  const [changed, deleted] = [ids[Math.floor(ids.length / 3)], ids[Math.floor(ids.length / 2)]];
  assert.ok(changed !== undefined && deleted !== undefined);
  place.change(changed);
  place.delete(deleted);
  return { changed, deleted, created: place.create() };
}
