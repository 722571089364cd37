import type { ScannedObject } from "../json/scan.js";
import { scanList } from "../json/scan.js";
import { invalidResponse, type RequestPurpose } from "./stripe-errors.js";
import type { PageRequest } from "./slices/slice.js";

/** An item of a page that was checked: it has an id, and a `created` or none. */
export type CheckedItem = ScannedObject & { readonly id: string; readonly created: number | null };

export interface CheckedPage {
  readonly items: readonly CheckedItem[];
  readonly hasMore: boolean;
  readonly sizeBytes: number;
}

export interface PageExpectation extends RequestPurpose {
  readonly objectType: string;
  readonly limit: number;
  readonly nestedLists: readonly string[];
  readonly request: PageRequest;
}

/**
 * Scans a page and holds it against its request: inside the window, newest first, beyond the token, each object once.
 *
 * Throws SOURCE_RESPONSE_INVALID for any other, because what another page means for completeness cannot be told. A full
 * last page is taken for one that has more: the next one, empty, proves it.
 */
export function checkPage(body: Buffer, expected: PageExpectation, requestId: string | null): CheckedPage {
  const list = scanList(body, { lists: expected.nestedLists });
  const problem = problemOf(list.items, list.hasMore, expected);
  if (problem) throw invalidResponse(problem, expected, requestId ?? undefined);
  return {
    items: list.items as CheckedItem[],
    hasMore: list.hasMore || list.items.length >= expected.limit,
    sizeBytes: body.length,
  };
}

function problemOf(items: readonly ScannedObject[], hasMore: boolean, expected: PageExpectation): string | null {
  const { request } = expected;
  if (hasMore && items.length === 0) return "an empty page claims that more follow";
  if (items.length > expected.limit) return `${items.length} objects on a page of ${expected.limit}`;
  const ids = new Set<string>();
  const isUnbounded = request.from === null && request.until === null;
  let newer = request.direction === "down" ? (request.token?.created ?? Infinity) : Infinity;
  for (const [index, item] of items.entries()) {
    const at = `object ${index + 1} of ${items.length}`;
    if (item.id === undefined || item.id === "") return `${at} has no id`;
    if (item.object !== expected.objectType) return `${at} is no ${expected.objectType}`;
    if (ids.has(item.id)) return `${at} was there before`;
    ids.add(item.id);
    if (
      item.id === request.token?.id ||
      (request.direction === "down" && request.token && request.slice.repeats(item.id))
    ) {
      return `${at} was on an earlier page`;
    }
    if (item.created === undefined) return `${at} has no created`;
    if (item.created === null) {
      if (isUnbounded) continue;
      return `${at} has no created although the list was filtered by it`;
    }
    if (!Number.isSafeInteger(item.created)) return `the created of ${at} is no whole second`;
    if (item.created > newer) return `${at} is newer than what comes before it`;
    if (request.from !== null && item.created < request.from) return `${at} is older than was asked for`;
    if (request.until !== null && item.created >= request.until) return `${at} is newer than was asked for`;
    newer = item.created;
  }
  return request.slice.meetingProblem(request, items as CheckedItem[], hasMore || items.length >= expected.limit);
}
