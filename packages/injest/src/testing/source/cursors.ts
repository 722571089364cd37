import assert from "node:assert/strict";
import type { Batch, Cursor } from "../../source.js";
import { isIn } from "../mirror.js";
import { assertSameObjects, failure, lastCursor, objectsOf, type StreamContext, valuesOf } from "../stream-context.js";

export function testCursors({ test }: StreamContext): void {
  test("resume a read at any batch: nothing is lost, and no range is read twice", async (place) => {
    const complete = await place.read();
    for (let count = 1; count < complete.length; count += Math.max(1, Math.floor(complete.length / 12))) {
      const first = await place.readSome(count);
      const isUnderWay = place.stream.summarize(lastCursor(first)).watermark === null;
      const rest = await place.read({ cursor: lastCursor(first) }, place.reopen());
      assertSameObjects(objectsOf([...first, ...rest]), valuesOf(place.objects()));
      // What comes after a complete read may show anything once more.
      if (isUnderWay) assertNotReadAgain(first, rest);
    }
  });

  test("of a read that was resumed can be resumed from in turn", async (place) => {
    const taken: Batch<unknown>[] = [];
    let cursor: Cursor | undefined;
    for (let interruption = 0; interruption < 200; interruption += 1) {
      const batches = await place.readSome(2, cursor === undefined ? {} : { cursor });
      taken.push(...batches);
      if (batches.length < 2) break;
      cursor = lastCursor(batches);
    }
    assertSameObjects(objectsOf(taken), valuesOf(place.objects()));
  });

  test("are put into words", async ({ world, stream, read, readSome }) => {
    const [first] = await readSome(1);
    assert.ok(first);
    const underWay = stream.summarize(first.cursor);
    assert.equal(underWay.watermark, null);
    assert.ok(underWay.openRanges > 0);
    const done = stream.summarize(lastCursor(await read()));
    assert.equal(done.openRanges, 0);
    assert.ok(done.watermark !== null && done.watermark.getTime() <= world.now());
    assert.notEqual(done.apiVersion, "");
  });

  test("that are none are refused", async ({ world, stream, read }) => {
    const made = lastCursor(await read());
    const others: Cursor[] = [{}, [], "cursor", 7, true, [made], { ...(made as object), v: 999 }];
    for (const cursor of others) {
      await failure("SOURCE_CURSOR_INVALID", async () => stream.summarize(cursor));
      await failure("SOURCE_CURSOR_INVALID", () =>
        world.run(Promise.resolve(stream.read({ cursor })[Symbol.asyncIterator]().next())),
      );
    }
  });

  test("of an interrupted read are good after a break: no request follows it", async ({ world, source, readSome }) => {
    let sent = 0;
    await readSome(1, { observe: ({ type }) => void (sent += type === "request" ? 1 : 0) });
    const sentBefore = sent;
    // While these are answered, the next requests of a read that goes on would leave.
    for (let time = 0; time < 3; time += 1) await world.run(source.check());
    assert.equal(sent, sentBefore);
  });
}

/** What lay in a range that was listed to its end does not come again. */
function assertNotReadAgain(first: readonly Batch<unknown>[], rest: readonly Batch<unknown>[]): void {
  const done = first.flatMap(({ listed }) => listed.map(({ range }) => range));
  for (const change of rest.flatMap(({ changes }) => changes)) {
    if (change.op !== "upsert") continue;
    const isAgain = change.created !== null && done.some((range) => isIn(change.created, range));
    assert.ok(!isAgain, `${change.id} was read again`);
  }
}
