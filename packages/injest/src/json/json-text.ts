import { isAscii, isUtf8 } from "node:buffer";
import { JsonError } from "./json-error.js";
import { skipEscape, skipNumber, skipWord } from "./json-scalars.js";

/**
 * Steps over JSON in a Buffer without building values, and refuses exactly what `JSON.parse` refuses.
 *
 * The methods take the offset of a token and return the offset after it, so that callers walk only as deep as they have
 * to. Nothing recurses: depth is limited by memory alone.
 *
 * Of what was measured for a page of 100 payment intents (`node bench/micro/json.js`) these loops cost least: 0.3 ms for
 * all checks, against 0.55 ms for JSON.parse alone, which tells nothing of where an item's text begins; the same loops
 * over a string cost 0.45 ms, of which decoding is a third, and searching the quotes with `indexOf` saves nothing, as
 * most strings are short.
 *
 * No byte beyond the end is ever read: one such read, in a body that was cut off, and V8 would compile these loops anew
 * to allow for it, four times slower for as long as the process lives.
 */
export class JsonText {
  readonly bytes: Buffer;
  readonly end: number;
  /** Whether any insignificant white space was stepped over since somebody set it to false. */
  hasWhitespace = false;
  /** Offset of the last escape in a string stepped over; -1 before the first. */
  lastEscapeAt = -1;
  readonly #encoding: "latin1" | "utf8";
  /** For each container around the one under way: 1 for an object, 0 for an array. */
  #around = new Uint8Array(64);

  /** Throws `JsonError` for text that is not UTF-8. */
  constructor(bytes: Buffer) {
    if (!isUtf8(bytes)) throw new JsonError("syntax", 0, "UTF-8 text");
    this.bytes = bytes;
    this.end = bytes.length;
    // Faster to decode.
    this.#encoding = isAscii(bytes) ? "latin1" : "utf8";
  }

  /** Zero at the end, which is no token, nor allowed within one. */
  byteAt(at: number): number {
    return at < this.end ? (this.bytes[at] as number) : 0;
  }

  skipWhitespace(at: number): number {
    const { bytes, end } = this;
    let next = at;
    while (next < end) {
      const byte = bytes[next] as number;
      // The usual case, and the only one in compact text, is that there is none.
      if (byte > SPACE) break;
      if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) break;
      next++;
    }
    if (next !== at) this.hasWhitespace = true;
    return next;
  }

  /** Checks that nothing but white space follows. */
  requireEnd(at: number): void {
    const next = this.skipWhitespace(at);
    if (next < this.end) throw new JsonError("syntax", next, "the end of the text");
  }

  /** Checks that an object begins here. What is no JSON value at all is a `syntax` error, another value `shape`. */
  requireObject(at: number): void {
    if (this.isObject(at)) return;
    this.skipValue(at);
    throw new JsonError("shape", at, "an object");
  }

  isObject(at: number): boolean {
    return this.byteAt(at) === OPEN_BRACE;
  }

  isArray(at: number): boolean {
    return this.byteAt(at) === OPEN_BRACKET;
  }

  /** Whether the container ends here. What stands here came from one of the next four methods. */
  isEnd(at: number): boolean {
    const byte = this.byteAt(at);
    return byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
  }

  /** From an object's brace to its first key or its end. */
  firstMember(at: number): number {
    const key = this.skipWhitespace(at + 1);
    const byte = this.byteAt(key);
    if (byte !== QUOTE && byte !== CLOSE_BRACE) throw new JsonError("syntax", key, "a key or a brace");
    return key;
  }

  /** From the end of a member's value to the next key or to the object's end. */
  nextMember(at: number): number {
    const next = this.skipWhitespace(at);
    const byte = this.byteAt(next);
    if (byte === CLOSE_BRACE) return next;
    if (byte !== COMMA) throw new JsonError("syntax", next, "a comma or a brace");
    const key = this.skipWhitespace(next + 1);
    if (this.byteAt(key) !== QUOTE) throw new JsonError("syntax", key, "a key");
    return key;
  }

  /** From an array's bracket to its first item or its end. */
  firstItem(at: number): number {
    const item = this.skipWhitespace(at + 1);
    if (this.byteAt(item) === CLOSE_BRACE) throw new JsonError("syntax", item, "a value or a bracket");
    return item;
  }

  /** From the end of an item to the next item or to the array's end. */
  nextItem(at: number): number {
    const next = this.skipWhitespace(at);
    const byte = this.byteAt(next);
    if (byte === CLOSE_BRACKET) return next;
    if (byte !== COMMA) throw new JsonError("syntax", next, "a comma or a bracket");
    const item = this.skipWhitespace(next + 1);
    if (this.isEnd(item)) throw new JsonError("syntax", item, "a value");
    return item;
  }

  /** From the end of a key to its value. */
  skipColon(at: number): number {
    const colon = this.skipWhitespace(at);
    if (this.byteAt(colon) !== COLON) throw new JsonError("syntax", colon, "a colon");
    return this.skipWhitespace(colon + 1);
  }

  /** From a quote to after the closing one. */
  skipString(at: number): number {
    const { bytes, end } = this;
    let next = at + 1;
    while (next < end) {
      const byte = bytes[next] as number;
      if (byte === QUOTE) return next + 1;
      if (byte < SPACE) break;
      if (byte === BACKSLASH) {
        this.lastEscapeAt = next;
        next = skipEscape(this, next);
      } else next++;
    }
    throw new JsonError("syntax", next, "the rest of a string");
  }

  skipValue(at: number): number {
    const first = this.byteAt(at);
    if (first === QUOTE) return this.skipString(at);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.#skipContainer(at);
    return first <= NINE ? skipNumber(this, at) : skipWord(this, at);
  }

  #skipContainer(at: number): number {
    let depth = 0;
    let inObject = false;
    let next = at;
    for (;;) {
      const first = this.byteAt(next);
      if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        if (depth === this.#around.length) this.#around = doubled(this.#around);
        this.#around[depth++] = inObject ? 1 : 0;
        inObject = first === OPEN_BRACE;
        next = inObject ? this.firstMember(next) : this.firstItem(next);
      } else {
        next = this.skipValue(next);
        next = inObject ? this.nextMember(next) : this.nextItem(next);
      }
      while (this.isEnd(next)) {
        next++;
        inObject = this.#around[--depth] === 1;
        if (depth === 0) return next;
        next = inObject ? this.nextMember(next) : this.nextItem(next);
      }
      if (inObject) next = this.skipColon(this.skipString(next));
    }
  }

  /** The string from its quote to after the closing one; undefined if another value stands there. */
  readString(start: number, end: number): string | undefined {
    if (this.byteAt(start) !== QUOTE) return undefined;
    if (this.lastEscapeAt > start) return JSON.parse(this.bytes.toString("utf8", start, end)) as string;
    return this.bytes.toString(this.#encoding, start + 1, end - 1);
  }

  /** Undefined if what stands there is neither a number nor null. */
  readNumber(start: number, end: number): number | null | undefined {
    const first = this.byteAt(start);
    if (first === MINUS || (first >= ZERO && first <= NINE)) return Number(this.bytes.toString("latin1", start, end));
    return first === LOWER_N ? null : undefined;
  }

  /** Undefined if what stands there is neither true nor false. */
  readBoolean(start: number): boolean | undefined {
    const first = this.byteAt(start);
    if (first === LOWER_T) return true;
    return first === LOWER_F ? false : undefined;
  }
}

function doubled(stack: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(stack.length * 2);
  larger.set(stack);
  return larger;
}

// Not exported: V8 folds a module's own constants into the loops, but loads exported ones at each comparison, which
// makes a page of indented text cost twice as much.
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
