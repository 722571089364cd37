import assert from "node:assert/strict";
import type { ReadOptions } from "../../source.js";
import {
  assertSameObjects,
  lastCursor,
  objectsOf,
  type StreamContext,
  type StreamPlace,
  valuesOf,
} from "../stream-context.js";

export function testWindows({ test }: StreamContext): void {
  test("bring what was created since the first instant and before the second", async (place) => {
    const seconds = place.objects().flatMap(({ created }) => (created === null ? [] : [created]));
    const sorted = seconds.toSorted((a, b) => a - b);
    const early = sorted[Math.floor(sorted.length / 4)] ?? 0;
    const late = sorted[Math.floor((sorted.length * 3) / 4)] ?? 0;
    for (const [since, until] of [
      [early, late],
      [early, early + 1],
      [early + 0.5, late + 0.5],
      [early + 0.001, late + 0.001],
      [early, undefined],
      [undefined, late],
    ] as const) {
      await assertWindow(place, since, until);
    }
  });

  test("that are empty bring nothing", async (place) => {
    const second = place.objects().at(0)?.created ?? 0;
    await assertWindow(place, second, second);
    await assertWindow(place, second + 10, second);
    await assertWindow(place, undefined, 1);
  });

  test("do without a checkpoint, and leave none behind", async (place) => {
    const cursor = lastCursor(await place.read());
    const second = place.objects().at(0)?.created ?? 0;
    const window = { since: new Date(second * 1000) };
    const batches = await place.read({ cursor, window });
    assert.ok(objectsOf(batches).size > 0);
    for (const batch of batches) assert.notDeepEqual(batch.cursor, cursor);
  });
}

async function assertWindow(place: StreamPlace, since?: number, until?: number): Promise<void> {
  const window: NonNullable<ReadOptions["window"]> = {
    ...(since !== undefined && { since: new Date(since * 1000) }),
    ...(until !== undefined && { until: new Date(until * 1000) }),
  };
  const expected = place
    .objects()
    .filter(({ created }) => created !== null && created >= (since ?? -Infinity) && created < (until ?? Infinity));
  const batches = await place.read({ window });
  assertSameObjects(objectsOf(batches), valuesOf(expected));
}
