import type { Token } from "../slices/listed-item.js";
import type { RequestPurpose } from "../client/stripe-errors.js";

/** A list endpoint, as far as paging through it goes: its `endpoint` is its path. */
export interface Listing extends RequestPurpose {
  readonly objectType: string;
  readonly parameters: readonly (readonly [string, string])[];
  readonly nestedLists: readonly string[];
}

/** What a page is asked for by. */
export interface PageQuery {
  /** created[gte] */
  readonly from: number | null;
  /** created[lt]; null once a token says where the page begins. */
  readonly until: number | null;
  /** `down` begins beyond `token` (starting_after), `up` ends just before it (ending_before). */
  readonly direction: "down" | "up";
  readonly token: Token | null;
}

/** The path of a page of at most `limit` objects, with its query string. */
export function pathOf(listing: Listing, { from, until, direction, token }: PageQuery, limit: number): string {
  const query = new URLSearchParams(listing.parameters.map(([name, value]): [string, string] => [name, value]));
  query.set("limit", String(limit));
  if (from !== null) query.set("created[gte]", String(from));
  if (until !== null) query.set("created[lt]", String(until));
  if (token) query.set(direction === "down" ? "starting_after" : "ending_before", token.id);
  return `${listing.endpoint}?${query.toString()}`;
}
