import type { ScannedObject } from "../../json/scan.js";
import { scanList } from "../../json/scan.js";
import type { Listing, PageQuery } from "./listing.js";
import { invalidResponse } from "../client/stripe-errors.js";

/** An item of a page that was checked: it has an id, and a `created` or none. */
export type CheckedItem = ScannedObject & { readonly id: string; readonly created: number | null };

export interface CheckedPage {
  readonly items: readonly CheckedItem[];
  readonly hasMore: boolean;
  readonly sizeBytes: number;
}

/** What a page has to answer. */
export interface PageExpectation {
  readonly listing: Listing;
  readonly query: PageQuery;
  /** Objects at most. */
  readonly limit: number;
}

/**
 * Scans a page and holds it against its request: inside the window, newest first, beyond the token, each object once.
 *
 * Throws SOURCE_RESPONSE_INVALID for any other, because what another page means for completeness cannot be told. A full
 * last page is taken for one that has more: the next one, empty, proves it.
 */
export function checkPage(body: Buffer, expected: PageExpectation, requestId: string | null): CheckedPage {
  const { listing, limit } = expected;
  const list = scanList(body, { lists: listing.nestedLists });
  const problem = problemOf(list.items, list.hasMore, expected);
  if (problem !== null) throw invalidResponse(problem, listing, requestId ?? undefined);
  return {
    items: list.items as CheckedItem[],
    hasMore: list.hasMore || list.items.length >= limit,
    sizeBytes: body.length,
  };
}

function problemOf(items: readonly ScannedObject[], hasMore: boolean, expected: PageExpectation): string | null {
  const { query, limit } = expected;
  if (hasMore && items.length === 0) return "an empty page claims that more follow";
  if (items.length > limit) return `${items.length} objects on a page of ${limit}`;
  const ids = new Set<string>();
  const isUnbounded = query.from === null && query.until === null;
  let newer = query.direction === "down" ? (query.token?.created ?? Infinity) : Infinity;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as ScannedObject;
    const problem = problemOfItem(item, newer, ids, isUnbounded, expected);
    // Written only where it is wanted: a page in a million has one.
    if (problem !== null) return `object ${index + 1} of ${items.length} ${problem}`;
    if (typeof item.created === "number") newer = item.created;
  }
  return null;
}

/** What is wrong with an item, `newer` being the `created` of the one before it and `ids` the ids of all before it. */
function problemOfItem(
  { id, object, created }: ScannedObject,
  newer: number,
  ids: Set<string>,
  isUnbounded: boolean,
  { listing: { objectType }, query: { from, until, token } }: PageExpectation,
): string | null {
  if (id === undefined || id === "") return "has no id";
  if (object !== objectType) return `is no ${objectType}`;
  const known = ids.size;
  if (ids.add(id).size === known) return "was there before";
  if (id === token?.id) return "was on an earlier page";
  const problem = problemOfCreated(created);
  if (problem !== null) return problem;
  if (typeof created !== "number") return isUnbounded ? null : "has no created although the list was filtered by it";
  if (created > newer) return "is newer than what comes before it";
  if (from !== null && created < from) return "is older than was asked for";
  if (until !== null && created >= until) return "is newer than was asked for";
  return null;
}

/**
 * What is wrong with an object's `created`, wherever it comes from; null with nothing. It says where the object's row is: with one
 * that cannot be, an object would get a second row. A few legacy objects have null.
 */
export function problemOfCreated(created: ScannedObject["created"]): string | null {
  if (created === undefined) return "has no created";
  return created === null || Number.isSafeInteger(created) ? null : "has a created that is no whole second";
}
