/**
 * A piece of JSON that keeps what `JSON.parse` would lose: the digits of a number, the escapes of a string,
 * the order of keys, keys that occur twice, and `__proto__`.
 */
export type RawJson = RawScalar | RawArray | RawObject;

export interface RawScalar {
  readonly kind: "scalar";
  /** The text exactly as it was written: `1.230000000000`, `"\ud83d"`, `null`. */
  readonly text: string;
}

export interface RawArray {
  readonly kind: "array";
  items: RawJson[];
}

export interface RawObject {
  readonly kind: "object";
  /** The key is kept as written, quotes included. */
  members: { key: string; value: RawJson }[];
}

/** Reads JSON text without losing anything but white space. Throws a SyntaxError for what is not JSON. */
export function readRawJson(text: string): RawJson {
  const reader = { text, at: 0 };
  skipSpace(reader);
  const value = readValue(reader);
  skipSpace(reader);
  if (reader.at !== text.length) throw broken(reader);
  return value;
}

/** The member of that name, the last one if the key occurs twice (as `JSON.parse` would choose). */
export function memberOf(object: RawJson | undefined, name: string): RawJson | undefined {
  if (object?.kind !== "object") return undefined;
  const key = JSON.stringify(name);
  return object.members.findLast((member) => member.key === key)?.value;
}

/** A copy of `object` in which `name` has the given value; it keeps its place, or is appended. */
export function withMember(object: RawObject, name: string, value: RawJson): RawObject {
  const key = JSON.stringify(name);
  const at = object.members.findLastIndex((member) => member.key === key);
  const members = [...object.members];
  if (at === -1) members.push({ key, value });
  else members[at] = { key, value };
  return { kind: "object", members };
}

/** A copy of `object` without the member of that name. */
export function withoutMember(object: RawObject, name: string): RawObject {
  const key = JSON.stringify(name);
  return { kind: "object", members: object.members.filter((member) => member.key !== key) };
}

interface Reader {
  readonly text: string;
  at: number;
}

const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

function readValue(reader: Reader): RawJson {
  const char = reader.text[reader.at];
  if (char === "{") return readObject(reader);
  if (char === "[") return readArray(reader);
  return { kind: "scalar", text: char === '"' ? readString(reader) : take(reader, SCALAR) };
}

function readObject(reader: Reader): RawObject {
  const members: RawObject["members"] = [];
  reader.at++;
  skipSpace(reader);
  if (reader.text[reader.at] === "}") {
    reader.at++;
    return { kind: "object", members };
  }
  for (;;) {
    skipSpace(reader);
    const key = readString(reader);
    skipSpace(reader);
    expect(reader, ":");
    skipSpace(reader);
    members.push({ key, value: readValue(reader) });
    skipSpace(reader);
    if (reader.text[reader.at] !== ",") break;
    reader.at++;
  }
  expect(reader, "}");
  return { kind: "object", members };
}

function readArray(reader: Reader): RawArray {
  const items: RawJson[] = [];
  reader.at++;
  skipSpace(reader);
  if (reader.text[reader.at] === "]") {
    reader.at++;
    return { kind: "array", items };
  }
  for (;;) {
    skipSpace(reader);
    items.push(readValue(reader));
    skipSpace(reader);
    if (reader.text[reader.at] !== ",") break;
    reader.at++;
  }
  expect(reader, "]");
  return { kind: "array", items };
}

// A regular expression overflows the stack on a string of several megabytes, so long strings are found by their quote.
function readString(reader: Reader): string {
  const { text } = reader;
  if (text[reader.at] !== '"') throw broken(reader);
  let end = text.indexOf('"', reader.at + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (end === -1) throw broken(reader);
  if (end - reader.at > 10_000) {
    const literal = text.slice(reader.at, end + 1);
    reader.at = end + 1;
    return literal;
  }
  return take(reader, STRING);
}

function isEscaped(text: string, quoteAt: number): boolean {
  let slashes = 0;
  while (text[quoteAt - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found === undefined) throw broken(reader);
  reader.at += found.length;
  return found;
}

function expect(reader: Reader, char: string): void {
  if (reader.text[reader.at] !== char) throw broken(reader);
  reader.at++;
}

function skipSpace(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    reader.at++;
  }
}

function broken(reader: Reader): SyntaxError {
  return new SyntaxError(`not JSON at character ${reader.at}`);
}
