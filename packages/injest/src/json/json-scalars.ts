import { JsonError } from "./json-error.js";

/** Text by its bytes; zero beyond its end. */
export interface ByteText {
  byteAt(at: number): number;
}

/** From the first byte of a number to after its last. */
export function skipNumber(text: ByteText, at: number): number {
  let next = text.byteAt(at) === MINUS ? at + 1 : at;
  next = text.byteAt(next) === ZERO ? next + 1 : skipDigits(text, next);
  if (text.byteAt(next) === POINT) next = skipDigits(text, next + 1);
  if ((text.byteAt(next) | LOWER_CASE) === LOWER_E) {
    next++;
    const sign = text.byteAt(next);
    next = skipDigits(text, sign === PLUS || sign === MINUS ? next + 1 : next);
  }
  return next;
}

function skipDigits(text: ByteText, at: number): number {
  let next = at;
  while (isDigit(text.byteAt(next))) next++;
  if (next === at) throw new JsonError("syntax", at, "a digit");
  return next;
}

/** From the first letter of true, false or null to after the last. */
export function skipWord(text: ByteText, at: number): number {
  const first = text.byteAt(at);
  const word = first === LOWER_N ? NULL : first === LOWER_T ? TRUE : FALSE;
  for (let index = 0; index < word.length; index++) {
    if (text.byteAt(at + index) !== word[index]) throw new JsonError("syntax", at, "a value");
  }
  return at + word.length;
}

/** From the backslash to after the escape. */
export function skipEscape(text: ByteText, at: number): number {
  const letter = text.byteAt(at + 1);
  if (ONE_LETTER_ESCAPES.includes(letter)) return at + 2;
  if (letter !== LOWER_U) throw new JsonError("syntax", at, "a valid escape");
  for (let digit = at + 2; digit < at + 6; digit++) {
    if (!isHexDigit(text.byteAt(digit))) throw new JsonError("syntax", digit, "a hexadecimal digit");
  }
  return at + 6;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | LOWER_CASE;
  return isDigit(byte) || (lower >= LOWER_A && lower <= LOWER_F);
}

const NULL = Buffer.from("null");
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const ONE_LETTER_ESCAPES = Buffer.from('"\\/bfnrt');
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_A = 0x61;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
/** What tells a small letter from a capital in ASCII. */
const LOWER_CASE = 0x20;
