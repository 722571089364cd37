import { JsonError } from "./json-error.js";
import { scanObject } from "./scan.js";

/**
 * The object's text with all items of a nested list: those that `field.data` had, then the given ones, and
 * `field.has_more` false. Everything else stays byte for byte.
 *
 * `items` are valid JSON texts. Throws `JsonError` if `field` is not a list.
 */
export function completeList(object: Buffer, field: string, items: readonly Buffer[]): Buffer {
  const list = scanObject(object, { lists: [field] }).lists.get(field);
  if (list === undefined) throw new JsonError("shape", 0, "an object with the nested list");
  const edits = [
    { at: list.dataRange.end - 1, end: list.dataRange.end - 1, pieces: joined(items, list.count > 0) },
    { at: list.hasMoreRange.start, end: list.hasMoreRange.end, pieces: [FALSE] },
  ].toSorted((one, other) => one.at - other.at);
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const edit of edits) {
    pieces.push(object.subarray(copied, edit.at), ...edit.pieces);
    copied = edit.end;
  }
  return Buffer.concat([...pieces, object.subarray(copied)]);
}

function joined(items: readonly Buffer[], followsItems: boolean): Buffer[] {
  return items.flatMap((item, index) => (followsItems || index > 0 ? [COMMA, item] : [item]));
}

const COMMA = Buffer.from(",");
const FALSE = Buffer.from("false");
