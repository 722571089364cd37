import assert from "node:assert/strict";
import { isIn } from "../mirror.js";
import { lastCursor, type StreamContext } from "../stream-context.js";

export function testListing({ test }: StreamContext): void {
  test("hold nothing but what came with them or is named as present", async ({ read, objects }) => {
    for (const batch of await read()) {
      const came = new Set(batch.changes.map(({ id }) => id));
      for (const { range, alsoPresent } of batch.listed) {
        for (const { id, created } of objects().filter((object) => isIn(object.created, range))) {
          assert.ok(came.has(id) || alsoPresent.includes(id), `${id} (${created}) was not listed`);
        }
      }
    }
  });

  test("cover all objects once a read is complete, so that a deletion shows", async ({ read, objects }) => {
    const ranges = (await read()).flatMap(({ listed }) => listed.map(({ range }) => range));
    for (const { id, created } of objects()) {
      assert.ok(
        ranges.some((range) => isIn(created, range)),
        `${id} is in no listed range`,
      );
    }
    assert.ok(
      ranges.some(({ from }) => from === null),
      "no range goes down to the oldest object",
    );
  });

  test("cover all objects also when a read was interrupted and resumed", async ({
    readSome,
    read,
    reopen,
    objects,
  }) => {
    const first = await readSome(1);
    const rest = await read({ cursor: lastCursor(first) }, reopen());
    const ranges = [...first, ...rest].flatMap(({ listed }) => listed.map(({ range }) => range));
    for (const { id, created } of objects()) {
      assert.ok(
        ranges.some((range) => isIn(created, range)),
        `${id} is in no listed range`,
      );
    }
  });

  test("leave out the present, as what is being created now may not be visible yet", async ({ world, read }) => {
    const startMs = world.now();
    for (const { range } of (await read()).flatMap(({ listed }) => listed)) {
      const isPast = range.until !== null && range.until * 1000 <= startMs + 1000;
      // Only what says it is still to be created, and was visible all the same.
      const isToCome = range.from !== null && range.from * 1000 > world.now();
      assert.ok(isPast || isToCome);
    }
  });
}
