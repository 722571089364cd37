import { completeList } from "../../json/splice.js";
import { type ScannedList, scanList, type ScannedObject, scanObject } from "../../json/scan.js";
import type { ReadEvent } from "../../source.js";
import type { NestedListSpec, StreamSpec } from "../catalog.js";
import type { StripeClient } from "../client/stripe-client.js";
import { type Fit, fitOf } from "./one-moment.js";
import { maxBodyBytes, PAGE_MOST } from "../list/page-size.js";
import type { NestedTurn } from "./nested-turns.js";
import { invalidResponse, isTooLarge } from "../client/stripe-errors.js";

export interface CompletionOptions {
  readonly turn: NestedTurn;
  readonly signal?: AbortSignal | undefined;
  readonly observe?: ((event: ReadEvent) => void) | undefined;
  /** Told of each page that was read. */
  readonly onPage: () => void;
}

/** Whether Stripe sent only the first items of one of the object's lists. */
export function isCut(object: ScannedObject): boolean {
  for (const list of object.lists.values()) if (list.hasMore) return true;
  return false;
}

/** An object with all items of its nested lists. */
export interface Completed {
  readonly object: ScannedObject;
  /** Of its parts, which several answers brought. */
  readonly fit: Fit;
}

/**
 * Reads each nested list of which the object shows only the first items, and puts the others into the object's text.
 *
 * A list is read from its beginning, which takes a request more for a few lengths only: so what the object shows of it can be
 * compared. Null where it lacks an item that the object shows. Throws a `SourceError` with `resource_missing` when the
 * object, or the item at which a page begins, is gone meanwhile.
 */
export async function completeNestedLists(
  client: StripeClient,
  spec: StreamSpec,
  object: ScannedObject & { readonly id: string },
  options: CompletionOptions,
): Promise<Completed | null> {
  let complete: ScannedObject = object;
  let fit: Fit = "of one moment";
  for (const nested of spec.nestedLists) {
    const list = complete.lists.get(nested.field);
    if (!list?.hasMore) continue;
    const items = await readItems(client, spec, nested, object.id, options);
    const shown = idsIn(complete.bytes.subarray(list.dataRange.start, list.dataRange.end));
    const rest = items.filter(({ id }) => !shown.has(id));
    if (items.length - rest.length !== list.count) return null;
    if (fit !== "of two moments") {
      const found = fitOf(object, nested, items);
      if (found !== "of one moment") fit = found;
    }
    const lists = spec.nestedLists.map(({ field }) => field);
    const texts = rest.map(({ bytes }) => bytes);
    complete = scanObject(completeList(complete.bytes, nested.field, texts), { lists });
  }
  return { object: complete, fit };
}

function idsIn(array: Buffer): ReadonlySet<string | undefined> {
  const items = JSON.parse(array.toString("utf8")) as readonly { readonly id?: string }[];
  return new Set(items.map(({ id }) => id));
}

async function readItems(
  client: StripeClient,
  spec: StreamSpec,
  nested: NestedListSpec,
  objectId: string,
  options: CompletionOptions,
): Promise<ScannedObject[]> {
  const [endpoint = "", parameters] = nested.path.replace("{id}", ":id").split("?");
  const { turn, signal, observe, onPage } = options;
  const request = { signal, observe, endpoint, permission: spec.permission };
  const path = nested.path.replace("{id}", encodeURIComponent(objectId));
  const start = parameters === undefined ? `${path}?` : `${path}&`;
  const seen = new Set<string>();
  const items: ScannedObject[] = [];
  let limit = PAGE_MOST;
  for (;;) {
    const after = items.at(-1)?.id;
    const query = new URLSearchParams({
      limit: String(limit),
      ...(after === undefined ? {} : { starting_after: after }),
    });
    const permit = await turn.permit(endpoint, signal);
    const asked = { ...request, path: `${start}${query.toString()}`, maxBodyBytes: maxBodyBytes(limit), permit };
    const page = await client
      .get(asked, (body, facts) => {
        const list = scanList(body);
        const problem = problemOf(list, seen);
        if (problem !== null) throw invalidResponse(problem, request, facts.requestId ?? undefined);
        return { ...list, sizeBytes: body.length };
      })
      .catch((error: unknown) => {
        if (limit > 1 && isTooLarge(error)) return null;
        throw error;
      });
    if (page === null) {
      limit = Math.ceil(limit / 4);
      continue;
    }
    onPage();
    turn.keep(page.sizeBytes);
    for (const item of page.items) {
      if (item.id !== undefined) seen.add(item.id);
      items.push(item);
    }
    // As with whole lists, a full last page is not believed to be the last.
    if (!page.hasMore && page.items.length < limit) return items;
  }
}

function problemOf(list: ScannedList, seen: ReadonlySet<string>): string | null {
  const onPage = new Set<string>();
  for (const [index, { id }] of list.items.entries()) {
    if (id === undefined || seen.has(id) || onPage.has(id)) return `item ${index + 1} has no id or was there before`;
    onPage.add(id);
  }
  return list.hasMore && list.items.length === 0 ? "an empty page claims that more follow" : null;
}
