import type { Batch, ReadOptions, Stream } from "injest";
import { sizeOf } from "../in-chunks.js";
import { type Failure, untilFailure } from "../until-failure.js";

/**
 * A read under way, some batches ahead of whoever takes them: so a page is written while the next ones are read.
 *
 * What was read completely always comes out, in order, also when the reading then fails or is interrupted.
 */
export interface Reading {
  /** Settles when the first batch is there, or when the reading has ended without one. Never rejects. */
  readonly begun: Promise<void>;
  /** Take it once. Ends quietly also where the reading failed: then `failure` tells. Leaving it early stops the reading. */
  readonly batches: AsyncGenerator<Batch<unknown>, void, undefined>;
  /** Why the reading ended early; null while it goes on, and when it came to its end. */
  readonly failure: Failure | null;
  /** Ends the reading, if it still goes on, and waits until nothing of it is under way. */
  stop(): Promise<void>;
}

/** How far the reading may be ahead; one batch always may, whatever its size. */
const AHEAD = { batches: 256, sizeBytes: 4 * 1024 * 1024 };

/** Begins to read at once, and is at most `aheadBytes` of records ahead. */
export function startReading(
  stream: Stream<unknown>,
  options: ReadOptions,
  aheadBytes: number = AHEAD.sizeBytes,
): Reading {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const waiting: { readonly batch: Batch<unknown>; readonly sizeBytes: number }[] = [];
  let waitingBytes = 0;
  let ended = false;
  const arrival = gate();
  const room = gate();
  const read = untilFailure(stream.read({ ...options, signal }));

  const isFarAhead = (): boolean => waiting.length >= AHEAD.batches || waitingBytes >= aheadBytes;
  const pump = (async () => {
    for await (const batch of read.items) {
      const sizeBytes = batch.changes.reduce((sum, change) => sum + sizeOf(change), 0);
      waiting.push({ batch, sizeBytes });
      waitingBytes += sizeBytes;
      arrival.open();
      while (!stop.signal.aborted && isFarAhead()) await room.wait();
      if (stop.signal.aborted) break;
    }
    ended = true;
    arrival.open();
  })();

  async function* batches(): AsyncGenerator<Batch<unknown>, void, undefined> {
    try {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) {
          waitingBytes -= next.sizeBytes;
          room.open();
          yield next.batch;
        } else if (ended) {
          return;
        } else {
          await arrival.wait();
        }
      }
    } finally {
      await end();
    }
  }

  const end = async (): Promise<void> => {
    stop.abort();
    room.open();
    await pump;
  };

  return {
    begun: arrival.wait(),
    batches: batches(),
    get failure() {
      return read.failure;
    },
    stop: end,
  };
}

/** A door for one waiter at a time: `open` lets the waiter through, or the next one that comes. */
function gate(): { wait(): Promise<void>; open(): void } {
  let opened = false;
  let waiters: (() => void)[] = [];
  return {
    wait: async () => {
      if (!opened) await new Promise<void>((resolve) => waiters.push(resolve));
      opened = false;
    },
    open: () => {
      opened = true;
      for (const pass of waiters) pass();
      waiters = [];
    },
  };
}
