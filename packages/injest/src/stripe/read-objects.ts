import { contentHash } from "../json/content-hash.js";
import { rawRecord } from "../json/raw-record.js";
import { type ScannedObject, scanObject } from "../json/scan.js";
import { type VolatileFields, volatileFields } from "../json/volatile-fields.js";
import type { Change, ReadEvent, Upsert } from "../source.js";
import type { StreamSpec } from "./catalog.js";
import { completeNestedLists, isCut } from "./nested-lists.js";
import type { CheckedItem } from "./page.js";
import type { AnswerFacts, StripeClient } from "./stripe-client.js";
import { invalidResponse, isMissing } from "./stripe-errors.js";

export interface ObjectReaderOptions {
  readonly client: StripeClient;
  readonly spec: StreamSpec;
  readonly apiVersion: string;
  readonly readAt: (sentMs: number) => Date;
  readonly observe?: ((event: ReadEvent) => void) | undefined;
  /** Told of each page of a nested list that was read. */
  readonly onNestedPage: () => void;
  readonly listedHashes?: ((ids: readonly string[]) => Promise<ReadonlyMap<string, string>>) | undefined;
}

/** Turns what Stripe sends into changes: whole objects, with all items of their nested lists. A signal ends its own call. */
export interface ObjectReader {
  /** The objects of a page, completed. One that is gone by then comes as a delete. */
  changesOf(items: readonly CheckedItem[], facts: AnswerFacts, signal?: AbortSignal): Promise<Change<unknown>[]>;
  /**
   * As `changesOf`, but for objects of which the list shows only a part, and that part as it was when they were stored: these
   * are not completed, and come as `present`.
   */
  changesSince(items: readonly CheckedItem[], facts: AnswerFacts, signal?: AbortSignal): Promise<SweptChanges>;
  /** One object, read by itself. */
  retrieve(id: string, signal?: AbortSignal): Promise<Change<unknown>>;
}

export interface SweptChanges {
  readonly changes: readonly Change<unknown>[];
  /** Ids of objects that are there, and as they were. */
  readonly present: readonly string[];
}

/** How often an object is read anew because it changed while its nested lists were being read. */
const RESTARTS = 5;

export function createObjectReader(options: ObjectReaderOptions): ObjectReader {
  const { client, spec, apiVersion, readAt, observe, onNestedPage } = options;
  const volatile: VolatileFields = volatileFields(spec.volatileFields);
  const lists = spec.nestedLists.map(({ field }) => field);
  const endpoint = `${spec.path}/:id`;

  return { changesOf, changesSince, retrieve };

  async function changesOf(
    items: readonly CheckedItem[],
    facts: AnswerFacts,
    signal?: AbortSignal,
  ): Promise<Change<unknown>[]> {
    const at = readAt(facts.sentMs);
    if (lists.length === 0 || !items.some(isCut)) return items.map((item) => upsert(item, at, facts.requestId));
    return Promise.all(
      items.map(async (item) =>
        isCut(item) ? complete(item, at, facts.requestId, signal) : upsert(item, at, facts.requestId),
      ),
    );
  }

  async function changesSince(
    items: readonly CheckedItem[],
    facts: AnswerFacts,
    signal?: AbortSignal,
  ): Promise<SweptChanges> {
    const cut = items.filter(isCut);
    if (cut.length === 0 || !options.listedHashes)
      return { changes: await changesOf(items, facts, signal), present: [] };
    const stored = await options.listedHashes(cut.map(({ id }) => id));
    const present = new Set(
      cut.filter((item) => stored.get(item.id) === contentHash(item, volatile)).map(({ id }) => id),
    );
    const changes = await changesOf(
      items.filter(({ id }) => !present.has(id)),
      facts,
      signal,
    );
    return { changes, present: [...present] };
  }

  async function complete(
    item: CheckedItem,
    at: Date,
    requestId: string | null,
    signal: AbortSignal | undefined,
  ): Promise<Change<unknown>> {
    try {
      return completed(item, await withNestedLists(item, signal), at, requestId);
    } catch (error) {
      // It, or the item at which a page was to begin, is gone: only the object itself tells which.
      if (!isMissing(error)) throw error;
      return retrieve(item.id, signal);
    }
  }

  async function retrieve(id: string, signal?: AbortSignal): Promise<Change<unknown>> {
    for (let restarts = 0; ; restarts += 1) {
      const answer = await retrieveOnce(id, signal);
      if (answer.op === "delete") return answer;
      const { object, at, requestId } = answer;
      if (!isCut(object)) return upsert(object, at, requestId);
      try {
        return completed(object, await withNestedLists(object, signal), at, requestId);
      } catch (error) {
        if (!isMissing(error) || restarts >= RESTARTS) throw error;
      }
    }
  }

  function withNestedLists(item: CheckedItem, signal: AbortSignal | undefined): Promise<ScannedObject> {
    return completeNestedLists(client, spec, item, { signal, observe, onPage: onNestedPage });
  }

  async function retrieveOnce(
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<
    (Change<unknown> & { op: "delete" }) | { op: "object"; object: CheckedItem; at: Date; requestId: string | null }
  > {
    const request = {
      endpoint,
      permission: spec.permission,
      path: `${spec.path}/${encodeURIComponent(id)}`,
      signal,
      observe,
    };
    const sentBeforeMs = client.clock.monotonicMs();
    try {
      return await client.get(request, (body, facts) => {
        const object = scanObject(body, { lists });
        const at = readAt(facts.sentMs);
        if (object.id !== id) throw invalidResponse("it is another object", request, facts.requestId ?? undefined);
        if (object.deleted === true) return { op: "delete", id, readAt: at, requestId: facts.requestId };
        if (object.object !== spec.objectType)
          throw invalidResponse(`it is no ${spec.objectType}`, request, facts.requestId ?? undefined);
        const created = object.created ?? null;
        return { op: "object", object: { ...object, id, created }, at, requestId: facts.requestId };
      });
    } catch (error) {
      if (!isMissing(error) || error.facts.status !== 404) throw error;
      return { op: "delete", id, readAt: readAt(sentBeforeMs), requestId: error.facts.requestId ?? null };
    }
  }

  function completed(listed: ScannedObject, whole: ScannedObject, at: Date, requestId: string | null): Upsert<unknown> {
    return { ...upsert(whole, at, requestId), listedHash: contentHash(listed, volatile) };
  }

  function upsert(object: ScannedObject, at: Date, requestId: string | null): Upsert<unknown> {
    return {
      op: "upsert",
      id: object.id ?? "",
      record: rawRecord<unknown>(object, volatile),
      readAt: at,
      created: object.created ?? null,
      apiVersion,
      requestId,
    };
  }
}
