import { isUtf8 } from "node:buffer";
import { JsonError } from "./json-error.js";

/**
 * Steps over JSON in a Buffer without building values, and refuses exactly what `JSON.parse` refuses.
 *
 * All methods take the offset of a token and return the offset after it, so that callers walk only as deep as they have
 * to. Nothing recurses: depth is limited by memory alone.
 */
export class JsonText {
  readonly bytes: Buffer;
  /** Insignificant white space stepped over so far. */
  whitespaceBytes = 0;
  /** Offset of the last escape in a string stepped over; -1 before the first. */
  lastEscapeAt = -1;
  #inObject = new Uint8Array(64);

  /** Throws `JsonError` for text that is not UTF-8. */
  constructor(bytes: Buffer) {
    if (!isUtf8(bytes)) throw new JsonError("syntax", 0, "UTF-8 text");
    this.bytes = bytes;
  }

  /** The first byte of the text's value. */
  start(): number {
    return this.skipWhitespace(0);
  }

  /** Checks that nothing but white space follows. */
  finish(at: number): void {
    if (this.skipWhitespace(at) < this.bytes.length) throw new JsonError("syntax", at, "the end of the text");
  }

  skipWhitespace(at: number): number {
    const { bytes } = this;
    let next = at;
    for (let byte = bytes[next]; byte !== undefined && byte <= SPACE; byte = bytes[++next]) {
      if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) break;
    }
    this.whitespaceBytes += next - at;
    return next;
  }

  /** From the `{` or `[` to the first key, item, or the closing bracket. */
  enter(at: number): number {
    return this.skipWhitespace(at + 1);
  }

  /** From a key's quote to its value. */
  skipKey(at: number): number {
    if (this.bytes[at] !== QUOTE) throw new JsonError("syntax", at, "a key");
    return this.skipColon(this.skipString(at));
  }

  /** From the end of a key to its value. */
  skipColon(at: number): number {
    const colon = this.skipWhitespace(at);
    if (this.bytes[colon] !== COLON) throw new JsonError("syntax", colon, "a colon");
    return this.skipWhitespace(colon + 1);
  }

  /** From the end of a value to the next key, or to the object's closing bracket. */
  nextMember(at: number): number {
    const next = this.skipWhitespace(at);
    if (this.bytes[next] === CLOSE_BRACE) return next;
    if (this.bytes[next] !== COMMA) throw new JsonError("syntax", next, "a comma or a closing brace");
    const key = this.skipWhitespace(next + 1);
    if (this.bytes[key] !== QUOTE) throw new JsonError("syntax", key, "a key");
    return key;
  }

  /** From the end of an item to the next, or to the array's closing bracket. */
  nextItem(at: number): number {
    const next = this.skipWhitespace(at);
    if (this.bytes[next] === CLOSE_BRACKET) return next;
    if (this.bytes[next] !== COMMA) throw new JsonError("syntax", next, "a comma or a closing bracket");
    const item = this.skipWhitespace(next + 1);
    if (this.bytes[item] === CLOSE_BRACKET) throw new JsonError("syntax", item, "a value");
    return item;
  }

  skipValue(at: number): number {
    const first = this.bytes[at];
    if (first === QUOTE) return this.skipString(at);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.#skipContainer(at);
    if (first === MINUS || isDigit(first)) return this.#skipNumber(at);
    return this.#skipWord(at);
  }

  /** From the opening quote to after the closing one. */
  skipString(at: number): number {
    const { bytes } = this;
    let next = at + 1;
    for (;;) {
      const byte = bytes[next];
      if (byte === QUOTE) return next + 1;
      if (byte === undefined || byte < SPACE) throw new JsonError("syntax", next, "the rest of a string");
      next = byte === BACKSLASH ? this.#skipEscape(next) : next + 1;
    }
  }

  #skipEscape(at: number): number {
    this.lastEscapeAt = at;
    const byte = this.bytes[at + 1];
    if (byte !== undefined && ESCAPABLE.has(byte)) return at + 2;
    if (byte !== LOWER_U) throw new JsonError("syntax", at, "a valid escape");
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (!isHexDigit(this.bytes[digit])) throw new JsonError("syntax", digit, "a hexadecimal digit");
    }
    return at + 6;
  }

  #skipNumber(at: number): number {
    const { bytes } = this;
    let next = bytes[at] === MINUS ? at + 1 : at;
    next = bytes[next] === ZERO ? next + 1 : this.#skipDigits(next);
    if (bytes[next] === POINT) next = this.#skipDigits(next + 1);
    if (bytes[next] === LOWER_E || bytes[next] === UPPER_E) {
      next++;
      if (bytes[next] === PLUS || bytes[next] === MINUS) next++;
      next = this.#skipDigits(next);
    }
    return next;
  }

  #skipDigits(at: number): number {
    let next = at;
    while (isDigit(this.bytes[next])) next++;
    if (next === at) throw new JsonError("syntax", at, "a digit");
    return next;
  }

  #skipWord(at: number): number {
    const word = WORDS.get(this.bytes[at] ?? 0);
    if (word === undefined) throw new JsonError("syntax", at, "a value");
    for (let index = 1; index < word.length; index++) {
      if (this.bytes[at + index] !== word[index]) throw new JsonError("syntax", at, "a value");
    }
    return at + word.length;
  }

  #skipContainer(at: number): number {
    const { bytes } = this;
    let depth = 0;
    let inObject = false;
    let next = at;
    for (;;) {
      const first = bytes[next];
      if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        if (depth === this.#inObject.length) this.#growStack();
        this.#inObject[depth++] = inObject ? 1 : 0;
        inObject = first === OPEN_BRACE;
        next = this.skipWhitespace(next + 1);
        if (bytes[next] !== (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
          if (inObject) next = this.skipKey(next);
          continue;
        }
        inObject = this.#inObject[--depth] === 1;
        next++;
      } else {
        next = this.skipValue(next);
      }
      for (;;) {
        if (depth === 0) return next;
        next = inObject ? this.nextMember(next) : this.nextItem(next);
        if (bytes[next] !== (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) break;
        inObject = this.#inObject[--depth] === 1;
        next++;
      }
      if (inObject) next = this.skipKey(next);
    }
  }

  #growStack(): void {
    const larger = new Uint8Array(this.#inObject.length * 2);
    larger.set(this.#inObject);
    this.#inObject = larger;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const UPPER_E = 0x45;
const LOWER_U = 0x75;
const ESCAPABLE: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const WORDS: ReadonlyMap<number, Buffer> = new Map(
  ["true", "false", "null"].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);
