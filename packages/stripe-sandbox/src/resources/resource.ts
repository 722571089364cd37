import type { JsonObject } from "../json/json-value.js";
import type { Entry } from "../store/shelf.js";

/** A type of object that the sandbox serves, as one row of data: its list, its retrieval, and how it looks. */
export interface Resource {
  /** As in the object's `object` field, and in error messages. */
  readonly objectType: string;
  /** `/v1/customers`; one object is at `/v1/customers/{id}`. */
  readonly path: string;
  /** What a restricted key needs to read it, without Stripe's `rak_`. */
  readonly permission: string;
  /** What Stripe calls the id in the 404 for an object that does not exist. */
  readonly idParameter: string;
  /** Query parameters of the list besides paging and `created`; each makes a test of one object from its value. */
  readonly filters: Readonly<Record<string, ListFilter>>;
  /** Lists inside the object, of which ten items are shown; the whole list is at `{path}/{id}/{field}`. */
  readonly nestedLists: readonly string[];
  /** Fields that Stripe signs anew at each reading. */
  readonly volatileFields: readonly string[];
  /** What retrieving a deleted object answers: `{id, object, deleted: true}`, or 404. */
  readonly whenDeleted: "stub" | "missing";
  /** The event of a deletion; absent for objects that cannot be deleted at Stripe. */
  readonly deletedEvent?: string;
  /** Absent: an object is listed as soon as it exists. */
  isListed?(entry: Entry, nowMs: number): boolean;
}

/**
 * Reads the values given for a query parameter. Returns a test that an object has to pass, or throws a StripeError
 * for a value that Stripe refuses.
 */
export type ListFilter = (values: readonly string[], parameter: string) => (object: JsonObject) => boolean;

/** Keeps the objects whose field equals the parameter's value. */
export function equals(field: string): ListFilter {
  return ([value]) =>
    (object) =>
      object[field] === value;
}
