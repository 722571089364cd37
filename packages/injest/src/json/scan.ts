import { JsonError } from "./json-error.js";
import { JsonText } from "./json-text.js";
import { MemberNames } from "./member-names.js";
import { objectMembers, scanObjectAt, type ScannedObject, type ScanOptions } from "./scanned-object.js";

export type { ScannedObject, ScanOptions } from "./scanned-object.js";

export interface ScannedList {
  readonly items: readonly ScannedObject[];
  readonly hasMore: boolean;
}

/**
 * Finds the items of `{"data":[…],"has_more":…}` in a response's body.
 *
 * Checks the whole body: throws `JsonError` for anything that `JSON.parse` refuses, for text that is not UTF-8, and for
 * another shape. Of a member that comes twice the last counts, as for `JSON.parse`.
 */
export function scanList(body: Buffer, options: ScanOptions = {}): ScannedList {
  const text = new JsonText(body);
  const members = objectMembers(options);
  let items: readonly ScannedObject[] | undefined;
  let hasMore: boolean | undefined;
  const start = text.skipWhitespace(0);
  text.requireObject(start);
  let at = text.firstMember(start);
  while (!text.isEnd(at)) {
    const keyEnd = text.skipString(at);
    const name = NAMES.find(text, at, keyEnd);
    const value = text.skipColon(keyEnd);
    let end: number;
    if (name === "data" && text.isArray(value)) {
      const data = scanItems(text, value, members);
      items = data.items;
      end = data.end;
    } else {
      end = text.skipValue(value);
      if (name === "data") items = undefined;
      if (name === "has_more") hasMore = text.readBoolean(value);
    }
    at = text.nextMember(end);
  }
  text.requireEnd(at + 1);
  if (items === undefined) throw new JsonError("shape", start, "a list with an array `data`");
  if (hasMore === undefined) throw new JsonError("shape", start, "a list with a boolean `has_more`");
  return { items, hasMore };
}

/** Reads a body that is one object. Throws `JsonError` as `scanList` does. */
export function scanObject(body: Buffer, options: ScanOptions = {}): ScannedObject {
  const text = new JsonText(body);
  const { object, end } = scanObjectAt(text, text.skipWhitespace(0), objectMembers(options));
  text.requireEnd(end);
  return object;
}

function scanItems(text: JsonText, start: number, members: MemberNames): { items: ScannedObject[]; end: number } {
  const items: ScannedObject[] = [];
  let at = text.firstItem(start);
  while (!text.isEnd(at)) {
    const { object, end } = scanObjectAt(text, at, members);
    items.push(object);
    at = text.nextItem(end);
  }
  return { items, end: at + 1 };
}

const NAMES = new MemberNames(["data", "has_more"]);
