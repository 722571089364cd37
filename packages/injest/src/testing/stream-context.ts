import assert from "node:assert/strict";
import { SourceError, type SourceErrorCode } from "../errors.js";
import type { Batch, ReadOptions, Source, Stream } from "../source.js";
import { checkedBatches } from "./checked-batches.js";
import type { SourceHarness, SourceWorld, TrueObject } from "./source-harness.js";
import type { TestRunner } from "./test-runner.js";

/** What each part of the suite works with. */
export interface StreamContext {
  readonly group: (name: string, define: () => void) => void;
  /** Registers a test that gets a world of its own, which ends afterwards. */
  readonly test: (name: string, run: (place: StreamPlace) => Promise<void>) => void;
}

/** A stream in its world. */
export interface StreamPlace {
  readonly world: SourceWorld;
  /** Of a source that was opened with the world. */
  readonly stream: Stream<unknown>;
  readonly source: Source;
  /** The same stream, opened anew, as another process would. */
  reopen(): Stream<unknown>;
  /** Reads to the end, and holds each batch against the contract. */
  read(options?: ReadOptions, stream?: Stream<unknown>): Promise<Batch<unknown>[]>;
  /** Reads so many batches, and then stops as a consumer does that needs no more. */
  readSome(count: number, options?: ReadOptions): Promise<Batch<unknown>[]>;
  objects(): readonly TrueObject[];
  create(): string;
  change(id: string): void;
  delete(id: string): void;
}

export function createContext(harness: SourceHarness, streamName: string, runner: TestRunner): StreamContext {
  return {
    group: (name, define) => void runner.describe(`${streamName}: ${name}`, define),
    test: (name, run) =>
      void runner.it(name, async () => {
        const world = await harness.create();
        const sources: Source[] = [];
        const open = (): Source => {
          const source = world.open();
          sources.push(source);
          return source;
        };
        try {
          await run(placeOf(world, streamName, open));
        } finally {
          for (const source of sources) await source.close();
          await world.remove();
        }
      }),
  };
}

function placeOf(world: SourceWorld, name: string, open: () => Source): StreamPlace {
  const streamOf = (source: Source): Stream<unknown> => {
    const stream = source.streams[name];
    assert.ok(stream, `the source has no stream ${name}`);
    return stream;
  };
  const source = open();
  const stream = streamOf(source);
  return {
    world,
    source,
    stream,
    reopen: () => streamOf(open()),
    read: (options = {}, from = stream) => world.run(collect(checkedBatches(from, options))),
    readSome: (count, options = {}) =>
      world.run(
        (async () => {
          const batches: Batch<unknown>[] = [];
          for await (const batch of checkedBatches(stream, options)) {
            batches.push(batch);
            if (batches.length === count) break;
          }
          return batches;
        })(),
      ),
    objects: () => world.objects(name),
    create: () => world.create(name),
    change: (id) => world.change(name, id),
    delete: (id) => world.delete(name, id),
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The objects that batches brought, as JSON values by id; later ones replace earlier ones, deletes take them away. */
export function objectsOf(batches: readonly Batch<unknown>[]): Map<string, unknown> {
  const objects = new Map<string, unknown>();
  for (const { changes } of batches) {
    for (const change of changes) {
      if (change.op === "delete") objects.delete(change.id);
      else objects.set(change.id, change.record.parse());
    }
  }
  return objects;
}

export function valuesOf(objects: readonly TrueObject[]): Map<string, unknown> {
  return new Map(objects.map(({ id, json }) => [id, JSON.parse(json) as unknown]));
}

/** Compares ids first: a missing object is easier to read than two long maps. */
export function assertSameObjects(actual: ReadonlyMap<string, unknown>, expected: ReadonlyMap<string, unknown>): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...expected.keys()].toSorted());
  for (const [id, value] of expected) assert.deepEqual(actual.get(id), value);
}

/** The last cursor of batches, as it is after it was stored. */
export function lastCursor(batches: readonly Batch<unknown>[]): NonNullable<ReadOptions["cursor"]> {
  const cursor = batches.at(-1)?.cursor;
  assert.ok(cursor !== undefined && cursor !== null, "a read ends with a cursor");
  return JSON.parse(JSON.stringify(cursor)) as NonNullable<ReadOptions["cursor"]>;
}

/** The error that an operation throws, which must be a `SourceError` of this code. */
export async function failure(code: SourceErrorCode, operation: () => Promise<unknown>): Promise<SourceError> {
  try {
    await operation();
  } catch (error) {
    assert.ok(error instanceof SourceError, `expected a SourceError, got ${String(error)}`);
    assert.equal(error.code, code, `expected ${code}, got ${error.code}: ${error.message}`);
    assert.ok(error.hint.length > 0, "an error needs a hint");
    return error;
  }
  return assert.fail(`expected ${code}, but nothing was thrown`);
}
