import { memberOf, type RawJson, readRawJson } from "../json/raw-json.js";
import { writeRawJson } from "../json/write-json.js";
import { ACCOUNT_PERMISSION, newAccount } from "../resources/account.js";
import { resourceAt } from "../resources/catalog.js";
import type { Resource } from "../resources/resource.js";
import type { Entry } from "../store/shelf.js";
import { type ApiRequest, renderingFor } from "./api-request.js";
import { decode } from "./decode.js";
import { listItems, listObjects } from "./list-objects.js";
import { type Page, PAGE_DEPTH } from "./page.js";
import { checkNames } from "./query.js";
import { renderEntry, renderText } from "./render.js";
import { noSuch, stripeError } from "./stripe-error.js";

/** What an endpoint answers: a page of a list, or the text of one object. */
export type Answer =
  | { readonly kind: "page"; readonly page: Page }
  | { readonly kind: "object"; readonly text: string };

/** One of the API's operations, which Stripe counts and limits by its name. */
export interface Endpoint {
  /** `GET /v1/invoices/{id}` */
  readonly name: string;
  readonly permission: string;
  /** The list that it pages through, if it does. */
  readonly resource?: Resource;
  answer(request: ApiRequest): Answer;
}

/** The endpoint of a path, or undefined when the sandbox has none. */
export function findEndpoint(method: string, path: string): Endpoint | undefined {
  if (method !== "GET") return undefined;
  if (path === "/v1/account") return accountEndpoint;
  const list = resourceAt(path);
  if (list !== undefined) return listEndpoint(list);
  const [, parent = "", id = "", nested] = /^(\/v1\/[a-z_/]+?)\/([^/]+)(?:\/([a-z_]+))?$/.exec(path) ?? [];
  const resource = resourceAt(parent);
  if (resource === undefined) return undefined;
  const objectId = decode(id);
  if (nested === undefined) return retrieveEndpoint(resource, objectId);
  return resource.nestedLists.includes(nested) ? nestedEndpoint(resource, objectId, nested) : undefined;
}

const accountEndpoint: Endpoint = {
  name: "GET /v1/account",
  permission: ACCOUNT_PERMISSION,
  answer(request) {
    checkNames(request.query, isExpand);
    const text = JSON.stringify(newAccount(request.account));
    return { kind: "object", text: writeRawJson(readRawJson(text), request.layout) };
  },
};

function listEndpoint(resource: Resource): Endpoint {
  return {
    name: `GET ${resource.path}`,
    permission: resource.permission,
    resource,
    answer(request) {
      const shelf = request.account.shelf(resource.objectType);
      const { entries, hasMore } = listObjects(resource, shelf, request.query, request.nowMs);
      return { kind: "page", page: pageOf(resource, entries, hasMore, request) };
    },
  };
}

/** The page of a resource's list that holds those objects. */
export function pageOf(resource: Resource, entries: readonly Entry[], hasMore: boolean, request: ApiRequest): Page {
  const rendering = renderingFor(request, PAGE_DEPTH);
  return {
    items: entries.map((entry) => renderEntry(resource, seen(entry, request), rendering)),
    ids: entries.map((entry) => entry.id),
    hasMore,
    url: resource.path,
  };
}

function retrieveEndpoint(resource: Resource, id: string): Endpoint {
  return {
    name: `GET ${resource.path}/{id}`,
    permission: resource.permission,
    answer(request) {
      checkNames(request.query, isExpand);
      const entry = findEntry(resource, id, request);
      if (entry !== undefined) {
        return { kind: "object", text: renderEntry(resource, seen(entry, request), renderingFor(request, 0)) };
      }
      const isDeleted = request.account.shelf(resource.objectType).tombstone(id) !== undefined;
      if (isDeleted && resource.whenDeleted === "stub") {
        const stub = JSON.stringify({ id, object: resource.objectType, deleted: true });
        return { kind: "object", text: writeRawJson(readRawJson(stub), request.layout) };
      }
      throw noSuch(404, resource.objectType, id, resource.idParameter);
    },
  };
}

function nestedEndpoint(resource: Resource, id: string, field: string): Endpoint {
  return {
    name: `GET ${resource.path}/{id}/${field}`,
    permission: resource.permission,
    answer(request) {
      const entry = findEntry(resource, id, request);
      if (entry === undefined) throw noSuch(404, resource.objectType, id, resource.idParameter);
      const whole = { ...renderingFor(request, 0), layout: "compact" as const, wholeLists: true };
      const list = memberOf(readRawJson(renderText(resource, seen(entry, request).text, whole)), field);
      const data = memberOf(list, "data");
      const all = data?.kind === "array" ? data.items : [];
      const { items, hasMore } = listItems(all, idOf, "line_item", request.query);
      const page: Page = {
        items: items.map((item) => writeRawJson(item, request.layout, PAGE_DEPTH)),
        ids: items.map((item) => idOf(item) ?? ""),
        hasMore,
        url: `${resource.path}/${id}/${field}`,
      };
      return { kind: "page", page };
    },
  };
}

function findEntry(resource: Resource, id: string, request: ApiRequest): Entry | undefined {
  const shelf = request.account.shelf(resource.objectType);
  const position = shelf.positionOf(id);
  const entry = position === -1 ? undefined : shelf.at(position);
  return entry !== undefined && resource.isListed?.(entry, request.nowMs) === false ? undefined : entry;
}

/** The object as this request sees it. */
function seen(entry: Entry, { isStale }: ApiRequest): Entry {
  if (isStale !== true || entry.previousText === undefined) return entry;
  return { id: entry.id, created: entry.created, sequence: entry.sequence, text: entry.previousText };
}

function idOf(item: RawJson): string | undefined {
  const id = memberOf(item, "id");
  return id?.kind === "scalar" ? id.text.slice(1, -1) : undefined;
}

function isExpand(name: string): boolean {
  return name === "expand";
}

/** The 404 for a path or method that the API does not have. */
export function unknownEndpoint(method: string, path: string): Error {
  return stripeError(404, {
    message:
      `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at ` +
      `https://support.stripe.com/.`,
  });
}
