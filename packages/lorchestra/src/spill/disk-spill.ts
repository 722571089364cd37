import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { LorchestraError } from "../errors.js";
import { PARTITIONS, partitionOf, type Spill } from "./spill.js";

/**
 * A spill in a file of the system's directory for temporary files, which has no name once it is open. Entries stand in
 * blocks, each preceded by its length; blocks are compressed, as records of one kind are much alike.
 */
export function openDiskSpill(level: number): Spill {
  return openSpillIn(tmpdir(), level);
}

export function openSpillIn(directory: string, level: number): Spill {
  const partitions = Array.from({ length: PARTITIONS }, newPartition);
  let file: number | null = null;
  let sizeBytes = 0;

  function flush(partition: Partition): void {
    const block = deflateRawSync(partition.waiting.subarray(0, partition.waitingBytes), { level: FASTEST });
    guarded(directory, () => {
      file ??= openNameless(directory);
      for (let done = 0; done < block.length;)
        done += writeSync(file, block, done, block.length - done, sizeBytes + done);
    });
    partition.blocks.push(sizeBytes, block.length);
    sizeBytes += block.length;
    if (partition.waiting.length > BLOCK_BYTES) partition.waiting = Buffer.alloc(0);
    partition.waitingBytes = 0;
  }

  function read(offset: number, length: number): Buffer {
    const block = Buffer.allocUnsafe(length);
    guarded(directory, () => {
      for (let done = 0; done < length;) {
        const count = file === null ? 0 : readSync(file, block, done, length - done, offset + done);
        if (count === 0) throw new Error("the file ended before its blocks did");
        done += count;
      }
    });
    return inflateRawSync(block);
  }

  return {
    add(key, entry) {
      const partition = partitions[partitionOf(key, level)] ?? newPartition();
      const needed = LENGTH_BYTES + entry.length;
      if (partition.waitingBytes > 0 && partition.waitingBytes + needed > BLOCK_BYTES) flush(partition);
      const { waitingBytes } = partition;
      partition.waiting = withRoom(partition.waiting, waitingBytes, needed);
      partition.waiting.writeUInt32LE(entry.length, waitingBytes);
      partition.waiting.set(entry, waitingBytes + LENGTH_BYTES);
      partition.waitingBytes += needed;
      partition.sizeBytes += entry.length;
      if (partition.waitingBytes >= BLOCK_BYTES) flush(partition);
    },
    sizeOf: (partition) => partitions[partition]?.sizeBytes ?? 0,
    *entries(number) {
      const { blocks, waiting, waitingBytes } = partitions[number] ?? newPartition();
      for (let index = 0; index < blocks.length; index += 2) {
        yield* entriesOf(read(blocks[index] ?? 0, blocks[index + 1] ?? 0));
      }
      yield* entriesOf(waiting.subarray(0, waitingBytes));
    },
    [Symbol.dispose]() {
      if (file !== null) closeSync(file);
      file = null;
      partitions.length = 0;
    },
  };
}

interface Partition {
  /** Where each of its blocks begins in the file, and how long it is there. */
  readonly blocks: number[];
  /** Its next block, as far as it is filled. */
  waiting: Buffer;
  waitingBytes: number;
  sizeBytes: number;
}

function newPartition(): Partition {
  return { blocks: [], waiting: Buffer.alloc(0), waitingBytes: 0, sizeBytes: 0 };
}

/** Twice as large where it has to grow, so that a partition of a few entries takes little; never beyond a block, but for one entry. */
function withRoom(block: Buffer, filled: number, needed: number): Buffer {
  if (filled + needed <= block.length) return block;
  const larger = Buffer.allocUnsafeSlow(Math.max(filled + needed, Math.min(BLOCK_BYTES, 2 * block.length)));
  larger.set(block.subarray(0, filled));
  return larger;
}

const BLOCK_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;
/** Of zlib's levels: a sixth of the size at a third of the time of the usual one. */
const FASTEST = 1;

function* entriesOf(block: Buffer): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < block.length;) {
    const start = at + LENGTH_BYTES;
    at = start + block.readUInt32LE(at);
    yield block.subarray(start, at);
  }
}

function openNameless(directory: string): number {
  const path = join(directory, `lorchestra-${randomUUID()}`);
  const opened = openSync(path, "wx+", 0o600);
  try {
    unlinkSync(path);
    return opened;
  } catch (error) {
    closeSync(opened);
    throw error;
  }
}

function guarded(directory: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const isFull = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
    throw new LorchestraError(
      isFull ? "WAREHOUSE_FULL" : "WAREHOUSE_READ_ONLY",
      isFull ? `no space left in ${directory}` : `cannot use ${directory} (${code})`,
      {
        hint: isFull
          ? "free some space there, or set TMPDIR to a directory that has it: what is compared waits there"
          : "set TMPDIR to a directory that can be written: what is compared waits there",
        facts: { path: directory, code },
        cause: error,
      },
    );
  }
}
