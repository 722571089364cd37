import assert from "node:assert/strict";
import { assertSameObjects, objectsOf, type StreamContext, valuesOf } from "../stream-context.js";
import type { Batch } from "../../source.js";

export function testAborting({ test }: StreamContext): void {
  test("before a read begins lets nothing be sent", async ({ world, stream }) => {
    const reason = new Error("not today");
    const reading = stream.read({ signal: AbortSignal.abort(reason) });
    await assert.rejects(world.run(Promise.resolve(reading[Symbol.asyncIterator]().next())), reason);
    assert.equal(world.requests(), 0);
  });

  test("between batches ends the iteration with the signal's reason", async ({ world, stream }) => {
    const abort = new AbortController();
    const reason = new Error("that is enough");
    const work = async (): Promise<void> => {
      for await (const _ of stream.read({ signal: abort.signal })) abort.abort(reason);
    };
    await assert.rejects(world.run(work()), reason);
  });

  test("at any request ends with its reason, and what came before it is good", async ({
    world,
    stream,
    read,
    objects,
  }) => {
    for (const requests of [1, 2, 3]) {
      const abort = new AbortController();
      const reason = new Error(`after ${requests}`);
      const batches: Batch<unknown>[] = [];
      let sent = 0;
      const work = async (): Promise<void> => {
        const observe = ({ type }: { type: string }): void => {
          if (type === "request" && (sent += 1) === requests) abort.abort(reason);
        };
        for await (const batch of stream.read({ signal: abort.signal, observe })) batches.push(batch);
      };
      await assert.rejects(world.run(work()), reason);
      const cursor = batches.at(-1)?.cursor;
      const rest = await read(cursor === undefined ? {} : { cursor });
      assertSameObjects(objectsOf([...batches, ...rest]), valuesOf(objects()));
    }
  });

  test("of a retrieval ends it with the signal's reason", async ({ world, stream, objects }) => {
    const reason = new Error("never mind");
    const ids = objects().map(({ id }) => id);
    const abort = new AbortController();
    const work = async (): Promise<void> => {
      for await (const _ of stream.retrieve(ids, { signal: abort.signal })) abort.abort(reason);
    };
    await assert.rejects(world.run(work()), reason);
  });

  test("of the source ends reads under way with an error", async ({ world, source, stream }) => {
    const work = async (): Promise<void> => {
      for await (const _ of stream.read()) await source.close();
    };
    await assert.rejects(world.run(work()));
  });
}
