import { JsonError } from "./json-error.js";
import { CLOSE_BRACE, CLOSE_BRACKET, JsonText, OPEN_BRACE, OPEN_BRACKET } from "./json-text.js";

/**
 * The object's text with all items of a nested list: those that `field.data` had, then the given ones, and
 * `field.has_more` false. Everything else stays byte for byte.
 *
 * `items` are valid JSON texts. Throws `JsonError` if `field` is not a list.
 */
export function completeList(object: Buffer, field: string, items: readonly Buffer[]): Buffer {
  const text = new JsonText(object);
  const list = lastMember(text, text.start(), field);
  if (object[list] !== OPEN_BRACE) throw new JsonError("shape", Math.max(list, 0), "a nested list");
  const data = lastMember(text, list, "data");
  const hasMore = lastMember(text, list, "has_more");
  if (object[data] !== OPEN_BRACKET || hasMore === -1) {
    throw new JsonError("shape", list, "a nested list with `data` and `has_more`");
  }
  const dataEnd = text.skipValue(data) - 1;
  const isEmpty = object[text.enter(data)] === CLOSE_BRACKET;
  const added = items.flatMap((item, index) => (index === 0 && isEmpty ? [item] : [COMMA, item]));
  const edits = [
    // An indented list ends with a line break before its bracket: new items come after it, which is as good.
    { start: dataEnd, end: dataEnd, pieces: added },
    { start: hasMore, end: text.skipValue(hasMore), pieces: [FALSE] },
  ].toSorted((one, other) => one.start - other.start);
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const edit of edits) {
    pieces.push(object.subarray(copied, edit.start), ...edit.pieces);
    copied = edit.end;
  }
  pieces.push(object.subarray(copied));
  return Buffer.concat(pieces);
}

/** Offset of the value of the last member of that name, or -1. */
function lastMember(text: JsonText, objectStart: number, name: string): number {
  const { bytes } = text;
  let found = -1;
  if (bytes[objectStart] !== OPEN_BRACE) return found;
  let at = text.enter(objectStart);
  while (bytes[at] !== CLOSE_BRACE) {
    const keyEnd = text.skipString(at);
    const value = text.skipColon(keyEnd);
    if (JSON.parse(bytes.toString("utf8", at, keyEnd)) === name) found = value;
    at = text.nextMember(text.skipValue(value));
  }
  return found;
}

const COMMA = Buffer.from(",");
const FALSE = Buffer.from("false");
