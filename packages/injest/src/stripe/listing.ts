import type { PageRequest } from "./slices/slice.js";
import type { RequestPurpose } from "./stripe-errors.js";

/** A list endpoint, as far as paging through it goes: its `endpoint` is its path. */
export interface Listing extends RequestPurpose {
  readonly objectType: string;
  readonly parameters: readonly (readonly [string, string])[];
  readonly nestedLists: readonly string[];
}

/** The path of a page of at most `limit` objects, with its query string. */
export function pathOf(listing: Listing, request: PageRequest, limit: number): string {
  const query = new URLSearchParams(listing.parameters.map(([name, value]): [string, string] => [name, value]));
  query.set("limit", String(limit));
  if (request.from !== null) query.set("created[gte]", String(request.from));
  if (request.until !== null) query.set("created[lt]", String(request.until));
  if (request.token) query.set(request.direction === "down" ? "starting_after" : "ending_before", request.token.id);
  return `${listing.endpoint}?${query.toString()}`;
}
