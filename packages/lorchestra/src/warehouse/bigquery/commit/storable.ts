import { isWellFormed } from "../well-formed.js";

/*
 * What a JSON column of BigQuery keeps without loss. It parses each value, keeps numbers as INT64, UINT64 or FLOAT64,
 * one member of each name, 500 levels, and strings of Unicode scalar values
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type). A payload beyond that would be
 * refused, or, worse, kept changed.
 */

/** Levels of nesting that a JSON column takes. */
const MAX_DEPTH = 500;

/** A row of a load may have 100 MB; the rest of the row and its punctuation need their share. */
export const MAX_PAYLOAD_BYTES = 90_000_000;

/** Why BigQuery cannot keep a JSON text as it is; null when it can. */
export function whyNotStorable(json: string, sizeBytes: number): string | null {
  if (sizeBytes > MAX_PAYLOAD_BYTES) return `larger than ${MAX_PAYLOAD_BYTES} bytes`;
  const cursor: Cursor = { text: json, at: 0, depth: 0 };
  const reason = scanValue(cursor);
  if (reason !== null) return reason;
  skipSpace(cursor);
  return cursor.at === json.length ? null : NOT_JSON;
}

const NOT_JSON = "no valid JSON";

interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
}

function scanValue(cursor: Cursor): string | null {
  skipSpace(cursor);
  switch (cursor.text.charCodeAt(cursor.at)) {
    case 0x7b:
      return scanObject(cursor);
    case 0x5b:
      return scanArray(cursor);
    case 0x22:
      return scanString(cursor);
    case 0x74:
      return scanWord(cursor, "true");
    case 0x66:
      return scanWord(cursor, "false");
    case 0x6e:
      return scanWord(cursor, "null");
    default:
      return scanNumber(cursor);
  }
}

function scanObject(cursor: Cursor): string | null {
  cursor.depth += 1;
  if (cursor.depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
  cursor.at += 1;
  const names = new Set<string>();
  for (let first = true; ; first = false) {
    skipSpace(cursor);
    if (first && take(cursor, 0x7d)) break;
    const start = cursor.at;
    const reason = scanString(cursor);
    if (reason !== null) return reason;
    // Names are compared as written: a duplicate hidden behind an escape costs a parse, and only then.
    const written = cursor.text.slice(start, cursor.at);
    const name = written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (names.has(name)) return "two members of one name";
    names.add(name);
    skipSpace(cursor);
    if (!take(cursor, 0x3a)) return NOT_JSON;
    const inner = scanValue(cursor);
    if (inner !== null) return inner;
    skipSpace(cursor);
    if (take(cursor, 0x7d)) break;
    if (!take(cursor, 0x2c)) return NOT_JSON;
  }
  cursor.depth -= 1;
  return null;
}

function scanArray(cursor: Cursor): string | null {
  cursor.depth += 1;
  if (cursor.depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
  cursor.at += 1;
  for (let first = true; ; first = false) {
    skipSpace(cursor);
    if (first && take(cursor, 0x5d)) break;
    const inner = scanValue(cursor);
    if (inner !== null) return inner;
    skipSpace(cursor);
    if (take(cursor, 0x5d)) break;
    if (!take(cursor, 0x2c)) return NOT_JSON;
  }
  cursor.depth -= 1;
  return null;
}

function scanString(cursor: Cursor): string | null {
  const { text } = cursor;
  if (!take(cursor, 0x22)) return NOT_JSON;
  const start = cursor.at;
  let hasUnicodeEscape = false;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    cursor.at += 1;
    if (code === 0x22) break;
    // NaN at the end of the text fails the comparison too.
    if (!(code >= 0x20)) return NOT_JSON;
    if (code !== 0x5c) continue;
    const escape = text.charAt(cursor.at);
    const length = escape === "u" ? 5 : 1;
    if (escape === "u") hasUnicodeEscape = true;
    if (!(escape === "u" ? /^u[0-9a-fA-F]{4}$/ : /^["\\/bfnrt]$/).test(text.slice(cursor.at, cursor.at + length)))
      return NOT_JSON;
    cursor.at += length;
  }
  const content = text.slice(start, cursor.at - 1);
  const value = hasUnicodeEscape ? (JSON.parse(`"${content}"`) as string) : content;
  return isWellFormed(value) ? null : "a lone surrogate in a string";
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function scanNumber(cursor: Cursor): string | null {
  NUMBER.lastIndex = cursor.at;
  const found = NUMBER.exec(cursor.text);
  if (found === null) return NOT_JSON;
  cursor.at = NUMBER.lastIndex;
  return isKeptExactly(found[0]) ? null : "a number that would lose digits";
}

/** An integer of 64 bits, signed or not, or a decimal that comes back from a double with the same value. */
function isKeptExactly(text: string): boolean {
  // Fifteen digits always come back; an exponent may leave the range of doubles however short it is.
  if (text.length < 16 && !/[eE]/.test(text)) return true;
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return true;
  }
  const value = Number(text);
  return Number.isFinite(value) && sameDecimal(text, String(value));
}

/** Compares two decimal texts by value, not by how they are written. */
function sameDecimal(a: string, b: string): boolean {
  const [digitsA, powerA] = normalise(a);
  const [digitsB, powerB] = normalise(b);
  return digitsA === digitsB && (powerA === powerB || digitsA === 0n);
}

function normalise(text: string): [digits: bigint, power: number] {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = `${whole}${fraction}`.replace(/0+$/, "");
  const dropped = whole.length + fraction.length - digits.length;
  return [BigInt(digits === "" || digits === "-" ? "0" : digits), Number(exponent) - fraction.length + dropped];
}

function scanWord(cursor: Cursor, word: string): string | null {
  if (!cursor.text.startsWith(word, cursor.at)) return NOT_JSON;
  cursor.at += word.length;
  return null;
}

function take(cursor: Cursor, code: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== code) return false;
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  const { text } = cursor;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    cursor.at += 1;
  }
}
