import { AssertionError } from "node:assert";
import { expect, it } from "vitest";
import type { Batch, Change, Source, Stream } from "../../src/source.js";
import { testSource } from "../../src/testing/index.js";
import { conformanceWorld } from "../stripe/conformance-world.js";

type Customers = Stream<unknown>;

/** What a source does wrong, and the test of the suite that finds it. */
const BROKEN: readonly { does: string; found: string; breaks: (source: Source) => Partial<Source> }[] = [
  {
    does: "sends the first requests of a read before anybody asks for a batch",
    found: "sends nothing before the first batch is asked for",
    breaks: inStream((stream) => ({ read: (options) => begun(stream.read(options)) })),
  },
  {
    does: "sends the first requests of a retrieval before anybody asks for an object",
    found: "sends nothing before the first batch is asked for",
    breaks: inStream((stream) => ({ retrieve: (ids, options) => begun(stream.retrieve(ids, options)) })),
  },
  {
    does: "reads on when its consumer has left",
    found: "of an interrupted read are good after a break: no request follows it",
    breaks: inStream((stream) => ({ read: (options) => readingOn(stream.read(options)) })),
  },
  {
    does: "gives a cursor that is ahead of what it has brought",
    found: "resume a read at any batch: nothing is lost, and no range is read twice",
    breaks: inStream((stream) => ({ read: (options) => withNextCursors(stream.read(options)) })),
  },
  {
    does: "estimates what makes no interval",
    found: "says what a read takes before it is made",
    breaks: inStream((stream) => ({
      estimate: async (options) => ({
        ...(await stream.estimate(options)),
        durationMs: { low: 2, likely: 1, high: 3 },
      }),
    })),
  },
  {
    does: "leaves changes without the id of a request",
    found: "brings every object exactly once, whole",
    breaks: inStream((stream) => ({
      read: (options) => changed(stream.read(options), (change) => ({ ...change, requestId: undefined as never })),
    })),
  },
  {
    does: "tells of no events",
    found: "name what was created, changed and deleted since then, and nothing of before",
    breaks: () => ({ events: async function* () {} }),
  },
  {
    does: "tells of events that were before",
    found: "name what was created, changed and deleted since then, and nothing of before",
    breaks: (source) => ({ events: (options) => source.events({ ...options, since: new Date(0) }) }),
  },
  {
    does: "tells of events that a read has met already",
    found: "that a read from a cursor would act on are those that no read before it has met",
    breaks: (source) => ({ events: ({ since }) => source.events({ since, stream: "customers" }) }),
  },
];

it.each(BROKEN)("the suite finds a source that $does", async ({ found, breaks }) => {
  const tests = new Map<string, () => Promise<void>>();
  const create = async () => {
    const world = await conformanceWorld(["customers"]);
    const open = (): Source => {
      const source = world.open();
      return { ...source, ...breaks(source) };
    };
    return { ...world, open };
  };
  const runner = {
    describe: (_: string, define: () => void) => define(),
    it: (name: string, test: () => Promise<void>) => tests.set(name, test),
  };
  testSource({ streams: ["customers"], create }, runner);
  await expect(tests.get(found)?.()).rejects.toBeInstanceOf(AssertionError);
});

function inStream(breaks: (stream: Customers) => Partial<Customers>): (source: Source) => Partial<Source> {
  return ({ streams }) => {
    const stream = streams["customers"] as Customers;
    return { streams: { ...streams, customers: { ...stream, ...breaks(stream) } } };
  };
}

function begun<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const first = iterator.next();
  first.catch(() => undefined);
  return (async function* () {
    for (let next = await first; next.done !== true; next = await iterator.next()) yield next.value;
  })();
}

async function* readingOn<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const results: Promise<IteratorResult<T>>[] = [];
  const iterator = items[Symbol.asyncIterator]();
  for (let index = 0; index < 20; index += 1) results.push(iterator.next());
  for (const result of results) {
    const { done, value } = await result;
    if (done === true) return;
    yield value;
  }
}

async function* withNextCursors(batches: AsyncIterable<Batch<unknown>>): AsyncGenerator<Batch<unknown>> {
  let last: Batch<unknown> | null = null;
  for await (const batch of batches) {
    if (last !== null) yield { ...last, cursor: batch.cursor };
    last = batch;
  }
  if (last !== null) yield last;
}

async function* changed(
  batches: AsyncIterable<Batch<unknown>>,
  change: (change: Change<unknown>) => Change<unknown>,
): AsyncGenerator<Batch<unknown>> {
  for await (const batch of batches) yield { ...batch, changes: batch.changes.map(change) };
}
