import { JsonError } from "./json-error.js";
import type { JsonText } from "./json-text.js";
import { MemberNames } from "./member-names.js";

/** A list within an object: `{"object":"list","data":[…],"has_more":…}`. */
export interface NestedList {
  readonly hasMore: boolean;
  readonly count: number;
  /** Offsets in the text: of the `[` of `data`, and after its `]`. */
  readonly dataRange: { readonly start: number; readonly end: number };
  /** Offsets in the text: of the value of `has_more`, and after it. */
  readonly hasMoreRange: { readonly start: number; readonly end: number };
}

/** Reads a nested list from its opening brace, and returns it with the offset after its closing one. */
export function scanNestedList(text: JsonText, start: number): { list: NestedList; end: number } {
  let hasMore: boolean | undefined;
  let hasMoreRange = { start, end: start };
  let data: { count: number; end: number } | undefined;
  let dataStart = start;
  let at = text.firstMember(start);
  while (!text.isEnd(at)) {
    const keyEnd = text.skipString(at);
    const name = NAMES.find(text, at, keyEnd);
    const value = text.skipColon(keyEnd);
    let end: number;
    if (name === "data" && text.isArray(value)) {
      data = scanData(text, value);
      dataStart = value;
      end = data.end;
    } else {
      end = text.skipValue(value);
      if (name === "data") data = undefined;
      if (name === "has_more") {
        hasMore = text.readBoolean(value);
        hasMoreRange = { start: value, end };
      }
    }
    at = text.nextMember(end);
  }
  if (data === undefined || hasMore === undefined) {
    throw new JsonError("shape", start, "a nested list with `data` and `has_more`");
  }
  const list: NestedList = {
    hasMore,
    count: data.count,
    dataRange: { start: dataStart, end: data.end },
    hasMoreRange,
  };
  return { list, end: at + 1 };
}

function scanData(text: JsonText, start: number): { count: number; end: number } {
  let count = 0;
  let at = text.firstItem(start);
  while (!text.isEnd(at)) {
    count++;
    at = text.nextItem(text.skipValue(at));
  }
  return { count, end: at + 1 };
}

const NAMES = new MemberNames(["data", "has_more"]);
