import type { Change } from "../../source.js";
import { NestedTurns } from "../objects/nested-turns.js";
import type { OpenRange } from "./open-range.js";
import { sizeOf } from "../objects/read-objects.js";
import type { ReadSession } from "../read-session.js";
import { readSlices, type SlicePage } from "./read-slices.js";

/**
 * Lists ranges from many places at once, and makes whole objects of what they show; returns what it left open.
 *
 * `oldestKnown` in Unix seconds: when the oldest object was created that an earlier reading has seen.
 */
export function listChanges(
  session: ReadSession,
  ranges: readonly OpenRange[],
  oldestKnown: number | null = null,
): AsyncGenerator<SlicePage<readonly Change<unknown>[]>, readonly OpenRange[]> {
  const turns = new NestedTurns(session.client.limiter);
  return readSlices<readonly Change<unknown>[]>(session.client, session.listing, {
    ranges,
    oldestKnown,
    signal: session.signal,
    observe: session.observe,
    finish: (items, facts, page) => session.reader.changesOf(items, facts, { turns, ...page }),
    sizeOf,
  });
}
