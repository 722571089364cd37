import { hash } from "node:crypto";
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, JsonText, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "./json-text.js";
import { EACH_ITEM, type VolatileFields } from "./volatile-fields.js";

/** A JSON text that was checked already; a `ScannedObject` is one. */
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
export function contentHash(text: CheckedText, volatile: VolatileFields): string {
  if (text.isCompact && volatile.size === 0) return hash("sha256", text.bytes, "hex");
  return hash("sha256", stableText(text.bytes, volatile), "hex");
}

/** The part of the text that counts; valid until the next call. */
function stableText(bytes: Buffer, volatile: VolatileFields): Buffer {
  if (scratch.length < bytes.length) scratch = Buffer.allocUnsafe(bytes.length);
  const text = new JsonText(bytes);
  const copy = new CompactCopy(bytes, scratch);
  copyValue(text, text.start(), volatile, copy);
  return scratch.subarray(0, copy.length);
}

/** Copies a value and returns the offset after it. Recurs only along the paths of volatile members. */
function copyValue(text: JsonText, at: number, volatile: VolatileFields | undefined, copy: CompactCopy): number {
  const { bytes } = text;
  if (volatile !== undefined && bytes[at] === OPEN_BRACE) return copyObject(text, at, volatile, copy);
  const eachItem = volatile?.get(EACH_ITEM);
  if (eachItem && bytes[at] === OPEN_BRACKET) return copyArray(text, at, eachItem, copy);
  const end = text.skipValue(at);
  copy.range(at, end);
  return end;
}

function copyObject(text: JsonText, start: number, volatile: VolatileFields, copy: CompactCopy): number {
  const { bytes } = text;
  copy.byte(OPEN_BRACE);
  let isFirst = true;
  let at = text.enter(start);
  while (bytes[at] !== CLOSE_BRACE) {
    const keyEnd = text.skipString(at);
    const below = volatile.get(JSON.parse(bytes.toString("utf8", at, keyEnd)) as string);
    const value = text.skipColon(keyEnd);
    if (below === null) {
      at = text.skipValue(value);
    } else {
      if (!isFirst) copy.byte(COMMA);
      isFirst = false;
      copy.range(at, value);
      at = copyValue(text, value, below, copy);
    }
    at = text.nextMember(at);
  }
  copy.byte(CLOSE_BRACE);
  return at + 1;
}

function copyArray(text: JsonText, start: number, eachItem: VolatileFields, copy: CompactCopy): number {
  const { bytes } = text;
  copy.byte(OPEN_BRACKET);
  let isFirst = true;
  let at = text.enter(start);
  while (bytes[at] !== CLOSE_BRACKET) {
    if (!isFirst) copy.byte(COMMA);
    isFirst = false;
    at = text.nextItem(copyValue(text, at, eachItem, copy));
  }
  copy.byte(CLOSE_BRACKET);
  return at + 1;
}

// One call at a time uses it, and most records are small: a new buffer for each would cost more than the hash.
let scratch = Buffer.allocUnsafe(64 * 1024);

/** Writes parts of a text without insignificant white space. */
class CompactCopy {
  length = 0;
  readonly #from: Buffer;
  readonly #to: Buffer;

  constructor(from: Buffer, to: Buffer) {
    this.#from = from;
    this.#to = to;
  }

  byte(byte: number): void {
    this.#to[this.length++] = byte;
  }

  range(start: number, end: number): void {
    const from = this.#from;
    const to = this.#to;
    let length = this.length;
    let inString = false;
    for (let at = start; at < end; at++) {
      const byte = from[at] as number;
      if (byte > SPACE || inString) {
        to[length++] = byte;
        if (byte === QUOTE) inString = !inString;
        else if (byte === BACKSLASH) to[length++] = from[++at] as number;
      }
    }
    this.length = length;
  }
}

const SPACE = 0x20;
const BACKSLASH = 0x5c;
