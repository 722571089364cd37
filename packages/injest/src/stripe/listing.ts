import type { PageRequest } from "./slices/slice.js";
import type { RequestPurpose } from "./stripe-errors.js";

/** A list endpoint, as far as paging through it goes. */
export interface Listing extends RequestPurpose {
  readonly path: string;
  readonly objectType: string;
  readonly parameters: readonly (readonly [string, string])[];
  readonly nestedLists: readonly string[];
}

/** The query string of a page. */
export function queryOf(request: PageRequest, limit: number, parameters: Listing["parameters"]): string {
  const query = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]));
  query.set("limit", String(limit));
  if (request.from !== null) query.set("created[gte]", String(request.from));
  if (request.until !== null) query.set("created[lt]", String(request.until));
  if (request.token) query.set(request.direction === "down" ? "starting_after" : "ending_before", request.token.id);
  return query.toString();
}
