import type { JsonObject } from "../json/json-value.js";
import type { Resource } from "../resources/resource.js";
import type { Entry, Shelf } from "../store/shelf.js";
import { checkNames, integerOf, oneOf, type Query } from "./query.js";
import { noSuch, stripeError } from "./stripe-error.js";

/** One page of a list, newest first. */
export interface Slice {
  readonly entries: readonly Entry[];
  /** Whether there is more in the direction of paging: older objects, or newer ones after `ending_before`. */
  readonly hasMore: boolean;
}

const PAGING = ["limit", "starting_after", "ending_before", "expand"];
const CREATED = ["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];

/**
 * Reads a page of a resource's list: https://docs.stripe.com/api/pagination
 *
 * A list with any `created` filter leaves out the objects whose `created` is null. The cursor need not lie in the
 * filtered range, but has to be an object that exists.
 */
export function listObjects(resource: Resource, shelf: Shelf, query: Query, nowMs: number): Slice {
  const isFilter = (name: string): boolean => Object.hasOwn(resource.filters, name);
  checkNames(query, (name) => PAGING.includes(name) || CREATED.includes(name) || isFilter(name));
  const limit = limitOf(query);
  const { startingAfter, endingBefore } = cursorsOf(query);
  const range = createdRange(query);

  let low = range === undefined ? 0 : shelf.firstSince(range.since);
  let high = range === undefined ? shelf.length : shelf.firstSince(range.before);
  const place = (id: string, parameter: string): number => {
    const position = shelf.positionOf(id);
    const entry = position === -1 ? undefined : shelf.at(position);
    if (entry === undefined || resource.isListed?.(entry, nowMs) === false) {
      throw noSuch(400, resource.objectType, id, parameter);
    }
    return position;
  };
  if (startingAfter !== undefined) high = Math.min(high, place(startingAfter, "starting_after"));
  if (endingBefore !== undefined) low = Math.max(low, place(endingBefore, "ending_before") + 1);

  const isWanted = testOf(resource, query, nowMs);
  return walk(shelf, { low, high, limit, upwards: endingBefore !== undefined }, isWanted);
}

/** Reads a page of items that stand in the order in which they are listed, such as an invoice's lines. */
export function listItems<T>(
  items: readonly T[],
  idOf: (item: T) => string | undefined,
  objectType: string,
  query: Query,
): { items: readonly T[]; hasMore: boolean } {
  checkNames(query, (name) => PAGING.includes(name));
  const limit = limitOf(query);
  const { startingAfter, endingBefore } = cursorsOf(query);
  const place = (id: string, parameter: string): number => {
    const at = items.findIndex((item) => idOf(item) === id);
    if (at === -1) throw noSuch(400, objectType, id, parameter);
    return at;
  };
  if (endingBefore !== undefined) {
    const end = place(endingBefore, "ending_before");
    const start = Math.max(0, end - limit);
    return { items: items.slice(start, end), hasMore: start > 0 };
  }
  const start = startingAfter === undefined ? 0 : place(startingAfter, "starting_after") + 1;
  return { items: items.slice(start, start + limit), hasMore: items.length > start + limit };
}

function walk(
  shelf: Shelf,
  { low, high, limit, upwards }: { low: number; high: number; limit: number; upwards: boolean },
  isWanted: (entry: Entry) => boolean,
): Slice {
  const entries: Entry[] = [];
  const step = upwards ? 1 : -1;
  let hasMore = false;
  for (let at = upwards ? low : high - 1; at >= low && at < high; at += step) {
    const entry = shelf.at(at);
    if (entry === undefined || !isWanted(entry)) continue;
    if (entries.length === limit) {
      hasMore = true;
      break;
    }
    entries.push(entry);
  }
  return { entries: upwards ? entries.toReversed() : entries, hasMore };
}

function testOf(resource: Resource, query: Query, nowMs: number): (entry: Entry) => boolean {
  if (query.has("type") && query.has("types")) {
    throw stripeError(400, { message: "You may only specify one of these parameters: type, types." });
  }
  const tests = Object.entries(resource.filters).flatMap(([name, filter]) => {
    const values = query.get(name);
    return values === undefined ? [] : [filter(values, name)];
  });
  const isListed = resource.isListed?.bind(resource);
  if (tests.length === 0) return (entry) => isListed?.(entry, nowMs) !== false;
  return (entry) => {
    if (isListed?.(entry, nowMs) === false) return false;
    const object = entry.filterable ?? (JSON.parse(entry.text) as JsonObject);
    return tests.every((test) => test(object));
  };
}

function limitOf(query: Query): number {
  const limit = integerOf(query, "limit") ?? 10;
  if (limit >= 1 && limit <= 100) return limit;
  const bound = limit < 1 ? "greater than or equal to 1" : "less than or equal to 100";
  throw stripeError(400, {
    ...(limit < 1 ? { code: "parameter_invalid_integer" } : {}),
    message: `This value must be ${bound} (it currently is '${limit}').`,
    param: "limit",
  });
}

function cursorsOf(query: Query): { startingAfter: string | undefined; endingBefore: string | undefined } {
  const startingAfter = oneOf(query, "starting_after");
  const endingBefore = oneOf(query, "ending_before");
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw stripeError(400, {
      message: "Received both starting_after and ending_before parameters. Please pass in only one.",
    });
  }
  for (const name of ["starting_after", "ending_before"]) {
    if (oneOf(query, name) !== "") continue;
    throw stripeError(400, {
      code: "parameter_invalid_empty",
      message:
        `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; ` +
        `however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      param: name,
    });
  }
  return { startingAfter, endingBefore };
}

/** The window in whole seconds, `since` inclusive and `before` exclusive; undefined without any filter. */
function createdRange(query: Query): { since: number; before: number } | undefined {
  if (!CREATED.some((name) => query.has(name))) return undefined;
  const exact = integerOf(query, "created");
  const gt = integerOf(query, "created[gt]");
  const lte = integerOf(query, "created[lte]");
  const given = (value: number | undefined, otherwise: number): number => value ?? otherwise;
  const since = Math.max(
    given(exact, -Infinity),
    given(gt === undefined ? undefined : gt + 1, -Infinity),
    given(integerOf(query, "created[gte]"), -Infinity),
  );
  const before = Math.min(
    given(exact === undefined ? undefined : exact + 1, Infinity),
    given(lte === undefined ? undefined : lte + 1, Infinity),
    given(integerOf(query, "created[lt]"), Infinity),
  );
  return { since, before };
}
