import type { JsonText } from "./json-text.js";
import type { VolatileFields } from "./volatile-fields.js";

/** A part of a text to leave out. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds what to cut from an object's text so that its volatile members, and the commas that they need, are gone.
 *
 * The cuts are in order and do not overlap. Recurses only along the paths of volatile members.
 */
export function findCuts(text: JsonText, start: number, volatile: VolatileFields): Cut[] {
  const cuts: Cut[] = [];
  addCuts(text, start, volatile, cuts);
  return cuts;
}

/** Returns the offset after the value. */
function addCuts(text: JsonText, start: number, volatile: VolatileFields, cuts: Cut[]): number {
  if (text.isObject(start)) return addMemberCuts(text, start, volatile, cuts);
  if (volatile.items === undefined || !text.isArray(start)) return text.skipValue(start);
  let at = text.firstItem(start);
  while (!text.isEnd(at)) at = text.nextItem(addCuts(text, at, volatile.items, cuts));
  return at + 1;
}

function addMemberCuts(text: JsonText, start: number, volatile: VolatileFields, cuts: Cut[]): number {
  let keptUntil = start + 1;
  let at = text.firstMember(start);
  while (!text.isEnd(at)) {
    const key = at;
    const keyEnd = text.skipString(key);
    const name = volatile.names.find(text, key, keyEnd);
    const below = name === undefined ? undefined : volatile.members.get(name);
    const value = text.skipColon(keyEnd);
    const isKept = below !== "leave out";
    const end = isKept && below !== undefined ? addCuts(text, value, below, cuts) : text.skipValue(value);
    at = text.nextMember(end);
    if (isKept) keptUntil = end;
    // With the comma after it, so that the one before it serves what follows.
    else if (!text.isEnd(at)) cuts.push({ start: key, end: at });
    else cutTail(cuts, keptUntil, at);
  }
  return at + 1;
}

/** Nothing follows that the comma before the first of these members could serve. */
function cutTail(cuts: Cut[], keptUntil: number, end: number): void {
  while ((cuts.at(-1)?.start ?? -1) >= keptUntil) cuts.pop();
  cuts.push({ start: keptUntil, end });
}
