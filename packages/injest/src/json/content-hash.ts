import { hash } from "node:crypto";
import { findCuts, type Cut } from "./find-cuts.js";
import { JsonText } from "./json-text.js";
import type { VolatileFields } from "./volatile-fields.js";

/** The text of an object that was checked already; a `ScannedObject` is one. */
export interface CheckedText {
  readonly bytes: Buffer;
  /** Whether the text has no insignificant white space. */
  readonly isCompact: boolean;
}

/**
 * SHA-256 in lower-case hex of the text without insignificant white space and without the volatile members.
 *
 * Numbers, escapes, the order of members and members that come twice count as they are written: the text is compared,
 * not what it means.
 */
export function contentHash({ bytes, isCompact }: CheckedText, volatile: VolatileFields): string {
  const cuts = volatile.members.size === 0 ? NO_CUTS : findCuts(new JsonText(bytes), 0, volatile);
  if (isCompact && cuts.length === 0) return hash("sha256", bytes, "hex");
  if (scratch.length < bytes.length) scratch = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let from = 0;
  for (const cut of [...cuts, { start: bytes.length, end: bytes.length }]) {
    if (isCompact) length += bytes.copy(scratch, length, from, cut.start);
    else length = copyCompacted(bytes, from, cut.start, scratch, length);
    from = cut.end;
  }
  return hash("sha256", scratch.subarray(0, length), "hex");
}

/** Copies valid JSON, or a part of it that begins outside a string, without white space; returns the new length. */
function copyCompacted(source: Buffer, start: number, end: number, target: Buffer, targetLength: number): number {
  let length = targetLength;
  let at = start;
  while (at < end) {
    const byte = source[at++] as number;
    if (byte <= SPACE) continue;
    target[length++] = byte;
    if (byte !== QUOTE) continue;
    for (;;) {
      const inString = source[at++] as number;
      target[length++] = inString;
      if (inString === QUOTE) break;
      if (inString === BACKSLASH) target[length++] = source[at++] as number;
    }
  }
  return length;
}

const NO_CUTS: readonly Cut[] = [];

// Used by one call at a time. A buffer for each record would cost more than its hash.
let scratch = Buffer.allocUnsafe(64 * 1024);

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
