import { JsonError } from "./json-error.js";
import { CLOSE_BRACE, CLOSE_BRACKET, JsonText, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "./json-text.js";

/** An object's exact text, and what a reader needs to know of it without parsing it. */
export interface ScannedObject {
  /** A part of the body that was scanned, which lives as long as this. */
  readonly bytes: Buffer;
  /** Whether the text has no insignificant white space. */
  readonly isCompact: boolean;
  /** These are undefined if absent or of another type; of a member that comes twice, the last counts. */
  readonly id: string | undefined;
  readonly object: string | undefined;
  /** Null where the text says null. */
  readonly created: number | null | undefined;
  readonly deleted: boolean | undefined;
  readonly livemode: boolean | undefined;
  /** Those of the nested lists asked for that the object has. */
  readonly lists: ReadonlyMap<string, NestedList>;
}

/** A list within an object: `{"object":"list","data":[…],"has_more":…}`. */
export interface NestedList {
  readonly hasMore: boolean;
  readonly count: number;
  /** Undefined of an empty list, or if the last item has no `id` that is a string. */
  readonly lastItemId: string | undefined;
  /** Offsets in the object's `bytes`: of the `[` of `data`, and after its `]`. */
  readonly dataRange: { readonly start: number; readonly end: number };
}

export interface ScannedList {
  readonly items: readonly ScannedObject[];
  readonly hasMore: boolean;
}

export interface ScanOptions {
  /** Names of members that hold nested lists; null and absent ones are left out. */
  readonly lists?: readonly string[];
}

/**
 * Finds the items of `{"data":[…],"has_more":…}` in a response's body.
 *
 * Checks the whole body: throws `JsonError` for anything that `JSON.parse` refuses, for text that is not UTF-8, and for
 * another shape.
 */
export function scanList(body: Buffer, options: ScanOptions = {}): ScannedList {
  const text = new JsonText(body);
  const names = new MemberNames(["data", "has_more"]);
  const itemNames = objectNames(options);
  let items: ScannedObject[] | undefined;
  let hasMore: boolean | undefined;
  let at = openObject(text, text.start());
  while (body[at] !== CLOSE_BRACE) {
    const keyEnd = text.skipString(at);
    const name = names.find(text, at, keyEnd);
    at = text.skipColon(keyEnd);
    if (name === "data" && body[at] === OPEN_BRACKET) {
      items = [];
      let item = text.enter(at);
      while (body[item] !== CLOSE_BRACKET) {
        const scanned = scanObjectAt(text, item, itemNames);
        items.push(scanned.object);
        item = text.nextItem(scanned.end);
      }
      at = item + 1;
    } else {
      const end = text.skipValue(at);
      if (name === "data") items = undefined;
      if (name === "has_more") hasMore = readBoolean(body, at, end);
      at = end;
    }
    at = text.nextMember(at);
  }
  text.finish(at + 1);
  if (items === undefined) throw new JsonError("shape", 0, "a list with an array `data`");
  if (hasMore === undefined) throw new JsonError("shape", 0, "a list with a boolean `has_more`");
  return { items, hasMore };
}

/** Reads a body that is one object. Throws `JsonError` as `scanList` does. */
export function scanObject(body: Buffer, options: ScanOptions = {}): ScannedObject {
  const text = new JsonText(body);
  const { object, end } = scanObjectAt(text, text.start(), objectNames(options));
  text.finish(end);
  return object;
}

function scanObjectAt(text: JsonText, start: number, names: MemberNames): { object: ScannedObject; end: number } {
  const { bytes } = text;
  const whitespaceBefore = text.whitespaceBytes;
  let id: string | undefined;
  let object: string | undefined;
  let created: number | null | undefined;
  let deleted: boolean | undefined;
  let livemode: boolean | undefined;
  let lists: Map<string, NestedList> | undefined;
  let at = openObject(text, start);
  while (bytes[at] !== CLOSE_BRACE) {
    const keyEnd = text.skipString(at);
    const name = names.find(text, at, keyEnd);
    at = text.skipColon(keyEnd);
    const end = text.skipValue(at);
    switch (name) {
      case undefined:
        break;
      case "id":
        id = readString(bytes, at, end);
        break;
      case "object":
        object = readString(bytes, at, end);
        break;
      case "created":
        created = readNumber(bytes, at, end);
        break;
      case "deleted":
        deleted = readBoolean(bytes, at, end);
        break;
      case "livemode":
        livemode = readBoolean(bytes, at, end);
        break;
      default: {
        lists ??= new Map();
        const list = scanNestedList(text, at, start);
        if (list === undefined) lists.delete(name);
        else lists.set(name, list);
      }
    }
    at = text.nextMember(end);
  }
  const end = at + 1;
  return {
    object: {
      bytes: bytes.subarray(start, end),
      isCompact: text.whitespaceBytes === whitespaceBefore,
      id,
      object,
      created,
      deleted,
      livemode,
      lists: lists ?? NO_LISTS,
    },
    end,
  };
}

/** Undefined for null. The offsets are relative to `origin`. */
function scanNestedList(text: JsonText, start: number, origin: number): NestedList | undefined {
  const { bytes } = text;
  if (bytes[start] !== OPEN_BRACE) return undefined;
  let hasMore: boolean | undefined;
  let count = 0;
  let lastItem = -1;
  let dataRange: NestedList["dataRange"] | undefined;
  let at = text.enter(start);
  while (bytes[at] !== CLOSE_BRACE) {
    const keyEnd = text.skipString(at);
    const name = LIST_NAMES.find(text, at, keyEnd);
    at = text.skipColon(keyEnd);
    const end = text.skipValue(at);
    if (name === "has_more") hasMore = readBoolean(bytes, at, end);
    if (name === "data") {
      dataRange = bytes[at] === OPEN_BRACKET ? { start: at - origin, end: end - origin } : undefined;
      count = 0;
      lastItem = -1;
      if (dataRange !== undefined) {
        for (let item = text.enter(at); bytes[item] !== CLOSE_BRACKET; item = text.nextItem(text.skipValue(item))) {
          count++;
          lastItem = item;
        }
      }
    }
    at = text.nextMember(end);
  }
  if (dataRange === undefined || hasMore === undefined) {
    throw new JsonError("shape", start, "a nested list with `data` and `has_more`");
  }
  const lastItemId =
    lastItem !== -1 && bytes[lastItem] === OPEN_BRACE ? scanObjectAt(text, lastItem, ID_NAMES).object.id : undefined;
  return { hasMore, count, lastItemId, dataRange };
}

function openObject(text: JsonText, at: number): number {
  if (text.bytes[at] !== OPEN_BRACE) {
    text.skipValue(at);
    throw new JsonError("shape", at, "an object");
  }
  const first = text.enter(at);
  const byte = text.bytes[first];
  if (byte !== QUOTE && byte !== CLOSE_BRACE) throw new JsonError("syntax", first, "a key or a closing brace");
  return first;
}

/** A few member names, found among an object's keys without decoding the others. */
class MemberNames {
  readonly #byLength: { name: string; bytes: Buffer }[][] = [];
  readonly #all: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#all = new Set(names);
    for (const name of this.#all) {
      const bytes = Buffer.from(name);
      (this.#byLength[bytes.length] ??= []).push({ name, bytes });
    }
  }

  /** The name that the key from `start` (its quote) to `end` is, if it is one of these. */
  find(text: JsonText, start: number, end: number): string | undefined {
    if (text.lastEscapeAt > start) {
      const key = JSON.parse(text.bytes.toString("utf8", start, end)) as string;
      return this.#all.has(key) ? key : undefined;
    }
    const candidates = this.#byLength[end - start - 2];
    if (candidates === undefined) return undefined;
    for (const { name, bytes } of candidates) {
      let index = 0;
      while (index < bytes.length && text.bytes[start + 1 + index] === bytes[index]) index++;
      if (index === bytes.length) return name;
    }
    return undefined;
  }
}

function objectNames({ lists = [] }: ScanOptions): MemberNames {
  return new MemberNames(["id", "object", "created", "deleted", "livemode", ...lists]);
}

const LIST_NAMES = new MemberNames(["data", "has_more"]);
const ID_NAMES = new MemberNames(["id"]);
const NO_LISTS: ReadonlyMap<string, NestedList> = new Map();

function readString(bytes: Buffer, start: number, end: number): string | undefined {
  return bytes[start] === QUOTE ? (JSON.parse(bytes.toString("utf8", start, end)) as string) : undefined;
}

function readNumber(bytes: Buffer, start: number, end: number): number | null | undefined {
  const value: unknown = JSON.parse(bytes.toString("utf8", start, end));
  return typeof value === "number" || value === null ? value : undefined;
}

function readBoolean(bytes: Buffer, start: number, end: number): boolean | undefined {
  const value: unknown = JSON.parse(bytes.toString("utf8", start, end));
  return typeof value === "boolean" ? value : undefined;
}
