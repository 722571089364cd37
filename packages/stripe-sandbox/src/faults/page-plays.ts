import type { ApiRequest } from "../api/api-request.js";
import { type Endpoint, pageOf } from "../api/endpoints.js";
import { listObjects } from "../api/list-objects.js";
import type { Page } from "../api/page.js";
import { integerOf, oneOf } from "../api/query.js";
import type { Entry } from "../store/shelf.js";
import type { Fault } from "./fault.js";
import type { FaultPlay } from "./fault-play.js";

type Of<K extends Fault["kind"]> = Extract<Fault, { kind: K }>;

/** Faults of a page that is well-formed, but not what was asked for. */
export const PAGE_PLAYS = {
  "repeat-page": (): FaultPlay => ({ page: previousPage }),
  "duplicate-object": (): FaultPlay => ({
    page: (page) => ({ ...page, items: [...page.items.slice(0, 1), ...page.items] }),
  }),
  "has-more-lies": ({ value }: Of<"has-more-lies">): FaultPlay => ({
    page: (page) => ({ ...page, hasMore: value ?? !page.hasMore }),
  }),
  "wrong-order": (): FaultPlay => ({
    page: (page) => ({ ...page, items: page.items.toReversed(), ids: page.ids.toReversed() }),
  }),
  "outside-window": (): FaultPlay => ({ page: withOutsider }),
  "stale-read": (): FaultPlay => ({ request: (request) => ({ ...request, isStale: true }) }),
  "items-not-objects": (): FaultPlay => ({
    page: (page) => ({ ...page, items: page.items.map((_, at) => String(at)) }),
  }),
  "id-not-string": (): FaultPlay => ({
    page: (page) => ({
      ...page,
      items: page.items.map((item, at) => (at === 0 ? item.replace(/"id":(\s*)"[^"]*"/, '"id":$112345') : item)),
    }),
  }),
} as const;

/** The page that ends with the token's object, as if `starting_after` had not moved on. */
function previousPage(page: Page, request: ApiRequest, endpoint: Endpoint): Page {
  const { resource } = endpoint;
  const cursor = oneOf(request.query, "starting_after");
  if (resource === undefined || cursor === undefined) return page;
  const query = new Map(request.query);
  query.delete("starting_after");
  query.set("ending_before", [cursor]);
  const { account, nowMs } = request;
  const { entries } = listObjects(resource, account.shelf(resource.objectType), query, nowMs);
  const limit = integerOf(request.query, "limit") ?? 10;
  const shown = [...entries.slice(entries.length === limit ? 1 : 0), account.entry(resource.objectType, cursor)];
  return pageOf(resource, shown, true, request);
}

/** The page with one object more: the next older than the window, else the next newer. */
function withOutsider(page: Page, request: ApiRequest, endpoint: Endpoint): Page {
  const { resource } = endpoint;
  if (resource === undefined) return page;
  const shelf = request.account.shelf(resource.objectType);
  const bound = (name: string, add: number): number | undefined => {
    const seconds = integerOf(request.query, `created[${name}]`);
    return seconds === undefined ? undefined : seconds + add;
  };
  const since = bound("gte", 0) ?? bound("gt", 1);
  const before = bound("lt", 0) ?? bound("lte", 1);
  const render = (entry: Entry): Page => pageOf(resource, [entry], page.hasMore, request);
  const older = since === undefined ? undefined : shelf.at(shelf.firstSince(since) - 1);
  if (older !== undefined) {
    const { items, ids } = render(older);
    return { ...page, items: [...page.items, ...items], ids: [...page.ids, ...ids] };
  }
  const newer = before === undefined ? undefined : shelf.at(shelf.firstSince(before));
  if (newer === undefined) return page;
  const { items, ids } = render(newer);
  return { ...page, items: [...items, ...page.items], ids: [...ids, ...page.ids] };
}
