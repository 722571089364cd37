import assert from "node:assert/strict";
import { checkChange } from "../checked-batches.js";
import { collect, type StreamContext } from "../stream-context.js";

export function testRetrieving({ test }: StreamContext): void {
  test("brings objects whole, with the hash that a list gives them", async ({ world, stream, read, objects }) => {
    const listed = new Map(
      (await read()).flatMap(({ changes }) =>
        changes.map((change) => [change.id, change.op === "upsert" ? change.record.contentHash : null]),
      ),
    );
    const some = objects().filter((_, index) => index % 7 === 0);
    const newestReadAt = new Date(world.now() + 60_000);
    const changes = await world.run(
      collect(
        stream.retrieve(
          some.map(({ id }) => id),
          { newestReadAt },
        ),
      ),
    );
    assert.equal(changes.length, some.length);
    for (const change of changes) {
      checkChange(change, newestReadAt);
      assert.ok(change.op === "upsert");
      const object = some.find(({ id }) => id === change.id);
      assert.ok(object);
      assert.deepEqual(change.record.parse(), JSON.parse(object.json));
      assert.equal(change.created, object.created);
      assert.equal(change.record.contentHash, listed.get(change.id));
    }
  });

  test("tells what does not exist any more, and what never did", async (place) => {
    const gone = place.objects()[3]?.id;
    assert.ok(gone !== undefined);
    place.delete(gone);
    const changes = await place.world.run(collect(place.stream.retrieve([gone, "nobody_knows"])));
    assert.deepEqual(
      changes.map(({ op, id }) => `${op} ${id}`).toSorted(),
      [`delete ${gone}`, "delete nobody_knows"].toSorted(),
    );
  });

  test("asks once for an id that is named twice, and for nothing when none is", async ({ world, stream, objects }) => {
    const id = objects()[0]?.id ?? "";
    const changes = await world.run(collect(stream.retrieve([id, id])));
    assert.deepEqual(
      changes.map((change) => change.id),
      [id],
    );
    const sent = world.requests();
    assert.deepEqual(await world.run(collect(stream.retrieve([]))), []);
    assert.equal(world.requests(), sent);
  });
}
