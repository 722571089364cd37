import { hashText } from "../hash-text.js";

/**
 * Entries that wait outside of memory, parted by their keys: two spills of one level have equal keys in partitions of one
 * number, so that what belongs together is found partition by partition, in memory that does not grow with the whole.
 *
 * The first entries stay in memory; nothing is written before a partition has a block of them. What is written is readable
 * by this process alone and is gone with it, however it ends.
 */
export interface Spill extends Disposable {
  /** Copied. Throws `LorchestraError` WAREHOUSE_FULL or WAREHOUSE_READ_ONLY. */
  add(key: string, entry: Uint8Array): void;
  /** Bytes of a partition's entries. */
  sizeOf(partition: number): number;
  /** In the order in which they were added; nothing may be added meanwhile. */
  entries(partition: number): Generator<Uint8Array, void, undefined>;
}

/** Opens a spill; a partition of one level is parted again by the next. */
export type OpenSpill = (level: number) => Spill;

export const PARTITIONS = 128;
/** So many levels have a partition of their own for each key. */
export const LEVELS = 4;

/** From 0 to `PARTITIONS` - 1. */
export function partitionOf(key: string, level: number): number {
  return (hashText(key)[0] >>> (level * BITS)) & (PARTITIONS - 1);
}

const BITS = Math.log2(PARTITIONS);
