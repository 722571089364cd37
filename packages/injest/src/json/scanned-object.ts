import type { JsonText } from "./json-text.js";
import { MemberNames } from "./member-names.js";
import { scanNestedList, type NestedList } from "./nested-list.js";

/** An object's exact text, and what a reader needs to know of it without parsing it. */
export interface ScannedObject {
  /** A part of the body that was scanned, which lives as long as this. */
  readonly bytes: Buffer;
  /** Whether the text has no insignificant white space. */
  readonly isCompact: boolean;
  /** This and the next three are undefined if absent or of another type; of a member that comes twice, the last counts. */
  readonly id: string | undefined;
  readonly object: string | undefined;
  /** Null where the text says null. */
  readonly created: number | null | undefined;
  readonly deleted: boolean | undefined;
  /** Those of the nested lists asked for that the object has; their offsets count from the start of `bytes`. */
  readonly lists: ReadonlyMap<string, NestedList>;
}

export interface ScanOptions {
  /** Names of members that hold nested lists; null and absent ones are left out. */
  readonly lists?: readonly string[];
}

/** The members to look at in each object of a text. */
export function objectMembers({ lists = [] }: ScanOptions): MemberNames {
  return lists.length === 0 ? SCALARS : new MemberNames([...SCALAR_NAMES, ...lists]);
}

/** Reads an object from `start`, and returns it with the offset after it. Throws `JsonError` if none is there. */
export function scanObjectAt(
  text: JsonText,
  start: number,
  members: MemberNames,
): { object: ScannedObject; end: number } {
  text.requireObject(start);
  text.hasWhitespace = false;
  let id: string | undefined;
  let object: string | undefined;
  let created: number | null | undefined;
  let deleted: boolean | undefined;
  let lists: Map<string, NestedList> | undefined;
  let at = text.firstMember(start);
  while (!text.isEnd(at)) {
    const keyEnd = text.skipString(at);
    const name = members.find(text, at, keyEnd);
    const value = text.skipColon(keyEnd);
    let end: number;
    if (name === undefined) {
      end = text.skipValue(value);
    } else if (!SCALAR_NAMES.includes(name) && text.isObject(value)) {
      const nested = scanNestedList(text, value);
      lists ??= new Map();
      lists.set(name, relativeTo(start, nested.list));
      end = nested.end;
    } else {
      end = text.skipValue(value);
      if (name === "id") id = text.readString(value, end);
      else if (name === "object") object = text.readString(value, end);
      else if (name === "created") created = text.readNumber(value, end);
      else if (name === "deleted") deleted = text.readBoolean(value);
      else lists?.delete(name);
    }
    at = text.nextMember(end);
  }
  const end = at + 1;
  const isCompact = !text.hasWhitespace;
  const bytes = text.bytes.subarray(start, end);
  return { object: { bytes, isCompact, id, object, created, deleted, lists: lists ?? NO_LISTS }, end };
}

function relativeTo(origin: number, list: NestedList): NestedList {
  const shifted = ({ start, end }: { start: number; end: number }) => ({ start: start - origin, end: end - origin });
  return { ...list, dataRange: shifted(list.dataRange), hasMoreRange: shifted(list.hasMoreRange) };
}

// Not a set, whose search costs as much as all these comparisons.
const SCALAR_NAMES: readonly string[] = ["id", "object", "created", "deleted"];
const SCALARS = new MemberNames(SCALAR_NAMES);
const NO_LISTS: ReadonlyMap<string, NestedList> = new Map();
