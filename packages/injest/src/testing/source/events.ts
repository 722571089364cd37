import assert from "node:assert/strict";
import type { SourceEvent } from "../../source.js";
import { collect, failure, lastCursor, type StreamContext, type StreamPlace } from "../stream-context.js";

const HOUR_MS = 3_600_000;

export function testEvents({ test }: StreamContext): void {
  test("name what was created, changed and deleted since then, and nothing of before", async (place) => {
    const { world } = place;
    const [before, changed, deleted] = place.objects().map(({ id }) => id);
    assert.ok(before !== undefined && changed !== undefined && deleted !== undefined);
    place.change(before);
    world.advance(HOUR_MS);
    const sinceMs = world.now();
    world.advance(1000);
    place.change(changed);
    place.delete(deleted);
    const created = place.create();
    world.advance(HOUR_MS);
    const events = await eventsOf(place, { since: new Date(sinceMs) });
    assert.deepEqual(namedBy(events), [changed, created, deleted].toSorted());
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length, "an event came twice");
    for (const { id, type, created: at } of events) {
      assert.ok(id !== "" && type !== "");
      assert.ok(at.getTime() >= sinceMs && at.getTime() <= world.now());
    }
  });

  test("that a read from a cursor would act on are those that no read before it has met", async (place) => {
    const { world } = place;
    const cursor = lastCursor(await place.read());
    world.advance(HOUR_MS);
    const id = place.objects().at(-1)?.id ?? "";
    place.change(id);
    world.advance(HOUR_MS);
    const since = new Date(0);
    assert.deepEqual(namedBy(await eventsOf(place, { since, unreadBy: cursor })), [id]);
    const next = lastCursor(await place.read({ cursor }));
    assert.deepEqual(namedBy(await eventsOf(place, { since, unreadBy: next })), []);
  });

  test("of a stream that there is not, or unread by a cursor that is none, are refused", async ({ world, source }) => {
    const since = new Date(world.now());
    await failure("SOURCE_OPTION_INVALID", () =>
      world.run(collect(source.events({ since, stream: "no such stream" }))),
    );
    await failure("SOURCE_CURSOR_INVALID", () => world.run(collect(source.events({ since, unreadBy: {} }))));
  });
}

function eventsOf(
  { world, source, stream }: StreamPlace,
  options: { since: Date; unreadBy?: ReturnType<typeof lastCursor> },
): Promise<SourceEvent[]> {
  return world.run(collect(source.events({ ...options, stream: stream.name })));
}

function namedBy(events: readonly SourceEvent[]): string[] {
  return [...new Set(events.map(({ objectId }) => objectId))].toSorted();
}
