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
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as ScannedObject;
    const problem = problemOfItem(item, newer, ids, isUnbounded, expected);
    // Written only where it is wanted: a page in a million has one.
    if (problem !== null) return `object ${index + 1} of ${items.length} ${problem}`;
    if (typeof item.created === "number") newer = item.created;
  }
  return request.slice.meetingProblem(request, items as CheckedItem[], hasMore || items.length >= expected.limit);
}

/** What is wrong with an item, `newer` being the `created` of the one before it and `ids` the ids of all before it. */
function problemOfItem(
  { id, object, created }: ScannedObject,
  newer: number,
  ids: Set<string>,
  isUnbounded: boolean,
  { objectType, request }: PageExpectation,
): string | null {
  if (id === undefined || id === "") return "has no id";
  if (object !== objectType) return `is no ${objectType}`;
  const known = ids.size;
  if (ids.add(id).size === known) return "was there before";
  if (id === request.token?.id || (request.direction === "down" && request.token && request.slice.repeats(id))) {
    return "was on an earlier page";
  }
  if (created === undefined) return "has no created";
  if (created === null) return isUnbounded ? null : "has no created although the list was filtered by it";
  if (!Number.isSafeInteger(created)) return "has a created that is no whole second";
  if (created > newer) return "is newer than what comes before it";
  if (request.from !== null && created < request.from) return "is older than was asked for";
  if (request.until !== null && created >= request.until) return "is newer than was asked for";
  return null;
}
