import type { Batch, ReadOptions } from "injest";
import { inChunks } from "../in-chunks.js";
import { FULL_PORTION, type Portion, type PortionContext, withRows } from "../compare/portion.js";
import { lookUpPortions } from "../compare/read-portions.js";
import { startReading } from "../read/reading.js";
import { drawWindows, type SampleWindow } from "./sample-windows.js";

/** Objects of a sample on their way: from the drawn rows, or from the source's lists. */
export interface SampledPortion {
  readonly from: "rows" | "lists";
  readonly portion: Portion;
}

/** What a sample is made of, told as soon as it is known. */
export interface SampleFacts {
  /** Live rows there are. */
  readonly of: number;
  /** Windows drawn at random, in which the source is listed; one that was drawn twice is there twice. */
  readonly windows: readonly SampleWindow[];
  /** The source was listed from end to end, and so nothing had to be drawn. */
  readonly isWhole: boolean;
}

export interface SampleOptions extends PortionContext {
  /** Rows to draw. */
  readonly size: number;
  /** What was created from then on, in Unix seconds, came after the last run; null where there was no complete one. */
  readonly newFrom: number | null;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onFacts: (facts: SampleFacts) => void;
}

/**
 * Reads a sample of both sides. Live rows are drawn at random, each as likely as any other, and their objects read singly:
 * that shows what is stale, incomplete or extra. What is missing has no row to be drawn: for that the source is listed in
 * windows of time. Where all of a stream makes no more pages than there would be windows, it is listed whole instead.
 *
 * The requests are bounded, whatever the source holds beyond the rows that are there: see `listUpTo`. Memory grows with the
 * sample, not with the stream.
 */
export async function* readSample(options: SampleOptions): AsyncGenerator<SampledPortion, void, undefined> {
  const { stream, retrieve, size } = options;
  const { pageSize } = stream.facts;
  const count = Math.min(MOST_WINDOWS, size);
  const { drawn, of } = await drawIds(options);
  if (of <= count * pageSize) {
    yield* listWhole(of, options);
    return;
  }
  const createdTimes: number[] = [];
  // As many together as the warehouse takes: it may bill the months of all of them each time.
  for await (const changes of inChunks(stream.retrieve(drawn, retrieve), FULL_PORTION)) {
    for (const change of changes) {
      if (change.op === "upsert" && change.created !== null) createdTimes.push(change.created);
    }
    yield { from: "rows", portion: await withRows(changes, options) };
  }
  const { drawn: windows, ends } = drawWindows({ ...options, createdTimes, of, count, pageSize });
  options.onFacts({ of, windows, isWhole: false });
  const each = new Map([...windows, ...ends].map((window) => [`${window.from} ${window.until}`, window]));
  for await (const portion of lookUpPortions(listWindows([...each.values()], options), options))
    yield { from: "lists", portion };
}

const MOST_WINDOWS = 100;
/** Of a window that holds more than it was meant to, so many pages are listed. */
const PAGES_OF_A_WINDOW = 10;
/** What is read ahead of a cut is read for nothing. */
const AHEAD_BYTES = 256 * 1024;

async function* listWhole(of: number, options: SampleOptions): AsyncGenerator<SampledPortion, void, undefined> {
  options.onFacts({ of, windows: [], isWhole: false });
  const { retrieve, stream } = options;
  // Beyond twice what the rows make, enough is known.
  const listed = listUpTo(2 * of + PAGES_OF_A_WINDOW * stream.facts.pageSize, stream, { ...retrieve, full: true });
  for await (const portion of lookUpPortions(listed.batches, options)) yield { from: "lists", portion };
  if (!listed.isCut) options.onFacts({ of, windows: [], isWhole: true });
}

/** Reservoir sampling: each id stays with the same chance, and only the sample is held. */
async function drawIds({
  warehouse,
  scope,
  size,
  random,
  retrieve,
}: SampleOptions): Promise<{ drawn: string[]; of: number }> {
  const drawn: string[] = [];
  let of = 0;
  for await (const id of warehouse.liveIds(scope, [{ from: null, until: null }], retrieve.signal)) {
    of += 1;
    if (drawn.length < size) drawn.push(id);
    else {
      const place = Math.floor(random() * of);
      if (place < size) drawn[place] = id;
    }
  }
  return { drawn, of };
}

async function* listWindows(
  windows: readonly SampleWindow[],
  { retrieve, stream }: SampleOptions,
): AsyncGenerator<Batch<unknown>, void, undefined> {
  for (const { from, until } of windows) {
    const window: NonNullable<ReadOptions["window"]> = {
      ...(from !== null && { since: new Date(from * 1000) }),
      ...(until !== null && { until: new Date(until * 1000) }),
    };
    yield* listUpTo(PAGES_OF_A_WINDOW * stream.facts.pageSize, stream, { ...retrieve, window }).batches;
  }
}

/** Lists until there are so many changes, or more with the last batch: a source may hold millions where the warehouse has nothing. */
function listUpTo(most: number, stream: SampleOptions["stream"], options: ReadOptions) {
  let isCut = false;
  async function* batches(): AsyncGenerator<Batch<unknown>, void, undefined> {
    const reading = startReading(stream, options, AHEAD_BYTES);
    let changes = 0;
    try {
      for await (const batch of reading.batches) {
        isCut = changes >= most;
        if (isCut) break;
        changes += batch.changes.length;
        yield batch;
      }
    } finally {
      await reading.stop();
    }
    // One that was stopped before its end has failed for that reason.
    if (reading.failure !== null && !isCut) throw reading.failure.error;
  }
  return {
    batches: batches(),
    get isCut() {
      return isCut;
    },
  };
}
