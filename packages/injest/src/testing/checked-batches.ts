import assert from "node:assert/strict";
import type { Batch, Change, ReadOptions, Stream } from "../source.js";

/**
 * Reads a stream, and throws an `AssertionError` for any batch that breaks the contract of `Batch`: for its consumer there
 * is no difference otherwise.
 */
export async function* checkedBatches<R>(stream: Stream<R>, options: ReadOptions = {}): AsyncGenerator<Batch<R>> {
  const read = new Map<string, string>();
  let isListing = false;
  for await (const batch of stream.read(options)) {
    for (const change of batch.changes) {
      checkChange(change, options.newestReadAt);
      const state = change.op === "upsert" ? change.record.contentHash : "deleted";
      assert.notEqual(read.get(change.id), state, `${change.id} came twice, and had not changed`);
      read.set(change.id, state);
    }
    const ids = batch.changes.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "an object came twice in a batch");
    for (const { range, alsoPresent } of batch.listed) {
      for (const bound of [range.from, range.until]) assert.ok(bound === null || Number.isSafeInteger(bound));
      if (range.from !== null && range.until !== null) assert.ok(range.from < range.until, "an empty range was listed");
      for (const id of alsoPresent) assert.equal(typeof id, "string");
    }
    const wasListing = isListing;
    isListing = batch.cursor !== null && stream.summarize(batch.cursor).watermark === null;
    // What changed since the listing began comes after it, though the listing may have shown it as it is now.
    if (wasListing && !isListing) read.clear();
    const text = JSON.stringify(batch.cursor);
    assert.deepEqual(JSON.parse(text), batch.cursor, "a cursor is JSON");
    assert.ok(Buffer.byteLength(text) < 64 * 1024, "a cursor is smaller than 64 KB");
    yield batch;
  }
}

export function checkChange(change: Change<unknown>, newestReadAt: Date | undefined): void {
  assert.ok(typeof change.id === "string" && change.id !== "", "a change names its object");
  assert.ok(!Number.isNaN(change.readAt.getTime()), "a change has a time");
  if (newestReadAt) assert.ok(change.readAt > newestReadAt, `${change.id} was read no later than what is stored`);
  assert.ok(change.requestId === null || typeof change.requestId === "string");
  if (change.op === "delete") return;
  const { record, created, apiVersion, listedHash } = change;
  assert.equal((JSON.parse(record.json) as { id?: unknown }).id, change.id);
  assert.deepEqual(record.parse(), JSON.parse(record.json));
  assert.notEqual(record.parse(), record.parse(), "each parse gives an object of its own");
  assert.ok(Buffer.from(record.json).equals(record.bytes), "a record's bytes are its text");
  assert.equal(record.sizeBytes, record.bytes.length);
  assert.match(record.contentHash, HASH);
  if (listedHash !== undefined) assert.match(listedHash, HASH);
  assert.ok(created === null || Number.isSafeInteger(created), "created is in whole seconds");
  assert.notEqual(apiVersion, "");
}

const HASH = /^[0-9a-f]{64}$/;
