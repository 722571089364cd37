import type { ListedItem } from "./listed-item.js";
import type { PageRequest, Slice, UpwardChain } from "./slice.js";

/**
 * What a page that answers its request says against the pages before it; null for nothing. What such a page means for completeness
 * cannot be told.
 *
 * A page that arrives when its slice is finished contradicts nothing: it is not needed any more.
 */
export function contradictionIn(request: PageRequest, items: readonly ListedItem[], hasMore: boolean): string | null {
  const { slice, direction, token } = request;
  if (slice.isFinished) return null;
  const again = direction === "down" && token ? items.findIndex(({ id }) => slice.ledger.repeats(id)) : -1;
  if (again !== -1) return `object ${again + 1} of ${items.length} was on an earlier page`;
  const chain = slice.meetingChain;
  if (chain === null) return null;
  return direction === "up" ? problemUpwards(slice, chain, items, hasMore) : problemDownwards(chain, items, hasMore);
}

/**
 * Of a second that is read from both ends: a page that meets what came from the other end has to do so at the very object that
 * was read last there, and it may not end without meeting it.
 */
function problemUpwards(
  slice: Slice,
  chain: UpwardChain,
  items: readonly ListedItem[],
  hasMore: boolean,
): string | null {
  if (items.some(({ id }) => chain.ids.has(id))) return "an object that was read upwards comes again";
  const firstFresh = items.findIndex((item) => !slice.ledger.has(item));
  const seen = firstFresh === -1 ? items.length : firstFresh;
  if (items.slice(seen).some((item) => slice.ledger.has(item))) return "objects that were read are among others";
  if (seen === 0) return hasMore ? null : "the page ends before it meets what was read";
  return slice.token && items[seen - 1]?.id !== slice.token.id ? "the page leaves a gap to what was read" : null;
}

function problemDownwards({ anchor, ids }: UpwardChain, items: readonly ListedItem[], hasMore: boolean): string | null {
  if (ids.size === 0) return null;
  const meeting = items.find(({ id }) => ids.has(id));
  if (!meeting) return hasMore ? null : "the page ends before it meets what was read upwards";
  return meeting.id === anchor?.id ? null : "the page leaves a gap to what was read upwards";
}
