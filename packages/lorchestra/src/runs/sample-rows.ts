import type { Batch, ReadOptions } from "injest";
import { inChunks } from "./in-chunks.js";
import { FULL_PORTION, type Portion, type PortionContext, withRows } from "./portion.js";
import { lookUpPortions } from "./read-portions.js";
import { startReading } from "./reading.js";

/** Objects of a sample on their way: from the drawn rows, and from windows that were listed around some of them. */
export interface SampledPortion {
  readonly from: "rows" | "windows";
  readonly portion: Portion;
}

export interface SampleOptions extends PortionContext {
  /** Rows to draw. */
  readonly size: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told how many live rows there are, and how many windows are listed. */
  readonly onDrawn: (drawn: { of: number; windows: number }) => void;
}

/**
 * Reads a sample. Live rows are drawn at random, each as likely as any other, and their objects read singly: that shows
 * what is stale, incomplete or extra. What is missing has no row to be drawn, so windows that hold about a page of objects
 * each are listed around some of the drawn ones. Memory grows with the sample, not with the stream.
 */
export async function* readSample(options: SampleOptions): AsyncGenerator<SampledPortion, void, undefined> {
  const { stream, retrieve } = options;
  const { drawn, of } = await drawIds(options);
  const windowCount = Math.min(MOST_WINDOWS, Math.ceil(drawn.length / PAGE));
  options.onDrawn({ of, windows: windowCount });
  const createdTimes: number[] = [];
  // As many together as the warehouse takes: it may bill the months of all of them each time.
  for await (const changes of inChunks(stream.retrieve(drawn, retrieve), FULL_PORTION)) {
    for (const change of changes) {
      if (change.op === "upsert" && change.created !== null) createdTimes.push(change.created);
    }
    yield { from: "rows", portion: await withRows(changes, options) };
  }
  if (createdTimes.length === 0) return;
  createdTimes.sort((a, b) => a - b);
  const windows = Array.from({ length: windowCount }, () => windowAround(createdTimes, of, options.random));
  for await (const portion of lookUpPortions(batchesOf(windows, options), options)) yield { from: "windows", portion };
}

const PAGE = 100;
const MOST_WINDOWS = 50;

/** Reservoir sampling: each id stays with the same chance, and only the sample is held. */
async function drawIds({ warehouse, scope, size, random }: SampleOptions): Promise<{ drawn: string[]; of: number }> {
  const drawn: string[] = [];
  let of = 0;
  for await (const id of warehouse.liveIds(scope, [{ from: null, until: null }])) {
    of += 1;
    if (drawn.length < size) drawn.push(id);
    else {
      const place = Math.floor(random() * of);
      if (place < size) drawn[place] = id;
    }
  }
  return { drawn, of };
}

/** A window from a drawn object on, as long as it takes the stream, by the other drawn objects, to make a page. */
function windowAround(
  sortedTimes: readonly number[],
  liveRows: number,
  random: () => number,
): { since: Date; until: Date } {
  const first = Math.floor(random() * sortedTimes.length);
  const gaps = (PAGE * sortedTimes.length) / Math.max(liveRows, 1);
  const last = Math.min(sortedTimes.length - 1, first + Math.max(1, Math.round(gaps)));
  const from = sortedTimes[first] ?? 0;
  const seconds = Math.ceil(((sortedTimes[last] ?? from) - from) * Math.min(1, gaps));
  return { since: new Date(from * 1000), until: new Date((from + Math.max(1, seconds)) * 1000) };
}

async function* batchesOf(
  windows: readonly NonNullable<ReadOptions["window"]>[],
  { retrieve, stream }: SampleOptions,
): AsyncGenerator<Batch<unknown>, void, undefined> {
  for (const window of windows) {
    const reading = startReading(stream, { ...retrieve, window });
    try {
      yield* reading.batches;
    } finally {
      await reading.stop();
    }
    if (reading.failure !== null) throw reading.failure.error;
  }
}
