import { completeList } from "../json/splice.js";
import { scanList, type ScannedObject, scanObject } from "../json/scan.js";
import type { ReadEvent } from "../source.js";
import type { NestedListSpec, StreamSpec } from "./catalog.js";
import type { StripeClient } from "./stripe-client.js";
import { invalidResponse } from "./stripe-errors.js";

export interface CompletionOptions {
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

/**
 * Reads the rest of each nested list and puts it into the object's text.
 *
 * Throws a `SourceError` with `resource_missing` when the object, or the item at which a page begins, is gone meanwhile.
 */
export async function completeNestedLists(
  client: StripeClient,
  spec: StreamSpec,
  object: ScannedObject & { readonly id: string },
  options: CompletionOptions,
): Promise<ScannedObject> {
  let complete: ScannedObject = object;
  for (const nested of spec.nestedLists) {
    const list = complete.lists.get(nested.field);
    if (!list?.hasMore) continue;
    const items = await readRest(client, spec, nested, object.id, list.lastItemId, options);
    const lists = spec.nestedLists.map(({ field }) => field);
    complete = scanObject(completeList(complete.bytes, nested.field, items), { lists });
  }
  return complete;
}

async function readRest(
  client: StripeClient,
  spec: StreamSpec,
  nested: NestedListSpec,
  objectId: string,
  lastItemId: string | undefined,
  options: CompletionOptions,
): Promise<Buffer[]> {
  const endpoint = nested.path.replace("{id}", ":id");
  const request = { ...options, endpoint, permission: spec.permission };
  const path = nested.path.replace("{id}", encodeURIComponent(objectId));
  const seen = new Set(lastItemId === undefined ? [] : [lastItemId]);
  const items: Buffer[] = [];
  for (let after = lastItemId; ;) {
    const query = after === undefined ? "limit=100" : `limit=100&starting_after=${encodeURIComponent(after)}`;
    const page = await client.get({ ...request, path: `${path}?${query}` }, (body, facts) => {
      const list = scanList(body);
      const onPage = new Set<string>();
      const repeated = list.items.findIndex(({ id }) => {
        if (id === undefined || seen.has(id) || onPage.has(id)) return true;
        onPage.add(id);
        return false;
      });
      if (repeated !== -1)
        throw invalidResponse(
          `item ${repeated + 1} has no id or was there before`,
          request,
          facts.requestId ?? undefined,
        );
      if (list.hasMore && list.items.length === 0)
        throw invalidResponse("an empty page claims that more follow", request, facts.requestId ?? undefined);
      return list;
    });
    options.onPage();
    for (const item of page.items) {
      if (item.id !== undefined) seen.add(item.id);
      items.push(item.bytes);
    }
    after = page.items.at(-1)?.id;
    // As with whole lists, a full last page is not believed to be the last.
    if (!page.hasMore && page.items.length < 100) return items;
  }
}
