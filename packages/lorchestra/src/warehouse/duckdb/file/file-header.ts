import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";

/**
 * Which file this is, and in which state: what its headers say. DuckDB has a header for the file, written once, and two for
 * what is in it, of which each checkpoint writes the one that is not in force
 * (https://duckdb.org/docs/stable/internals/storage).
 */
export interface FileState {
  /** Stays with the file, and differs from file to file where lorchestra made it (`giveIdentity`). */
  readonly file: string;
  /** Counts the checkpoints. */
  readonly iteration: bigint;
  /** Stands for the header in force. */
  readonly header: string;
  /** Where the catalog begins. */
  readonly catalogAt: bigint;
  readonly blocks: number;
  readonly blockBytes: number;
}

/** As many of their bytes as there are. */
export function readHeaders(descriptor: number): Buffer {
  const bytes = Buffer.alloc(3 * HEADER_BYTES);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
}

/** Null where the headers are not as DuckDB writes them: it will say what is wrong. */
export function stateOf(bytes: Buffer): FileState | null {
  if (bytes.length < 3 * HEADER_BYTES) return null;
  const [main, first, second] = [0, 1, 2].map((index) =>
    bytes.subarray(index * HEADER_BYTES, (index + 1) * HEADER_BYTES),
  ) as [Buffer, Buffer, Buffer];
  if (![main, first, second].every(isWhole) || main.toString("latin1", 8, 12) !== "DUCK") return null;
  const inForce = first.readBigUInt64LE(ITERATION_AT) > second.readBigUInt64LE(ITERATION_AT) ? first : second;
  return {
    file: digest(main),
    iteration: inForce.readBigUInt64LE(ITERATION_AT),
    header: digest(inForce),
    catalogAt: inForce.readBigUInt64LE(CATALOG_AT),
    blocks: Number(inForce.readBigUInt64LE(BLOCKS_AT)),
    blockBytes: Number(inForce.readBigUInt64LE(BLOCK_BYTES_AT)),
  };
}

/** How long a file is that has so many blocks. */
export function bytesOfBlocks(blocks: number, { blockBytes }: FileState): number {
  return 3 * HEADER_BYTES + blocks * blockBytes;
}

/**
 * Gives a new file, which nobody has open, a random identity: without it each is like the other until something is in it.
 * It stands where DuckDB 1.4 has its own in files of its format; in those of an older one every version leaves the place alone.
 */
export function giveIdentity(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    const main = Buffer.alloc(HEADER_BYTES);
    if (readSync(descriptor, main, 0, main.length, 0) < main.length || !isWhole(main)) return;
    if (main.subarray(IDENTITY_AT, IDENTITY_AT + IDENTITY_BYTES).some((byte) => byte !== 0)) return;
    randomBytes(IDENTITY_BYTES).copy(main, IDENTITY_AT);
    main.writeBigUInt64LE(checksumOf(main), 0);
    writeSync(descriptor, main, 0, main.length, 0);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const HEADER_BYTES = 4096;
const IDENTITY_AT = 124;
const IDENTITY_BYTES = 16;
const ITERATION_AT = 8;
const CATALOG_AT = 16;
const BLOCKS_AT = 32;
const BLOCK_BYTES_AT = 40;

function isWhole(header: Buffer): boolean {
  return header.readBigUInt64LE(0) === checksumOf(header);
}

/** Of what follows the checksum itself, as DuckDB makes it. */
function checksumOf(header: Buffer): bigint {
  let checksum = 5381n;
  for (let at = 8; at < header.length; at += 8) {
    checksum ^= BigInt.asUintN(64, header.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  }
  return checksum;
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
