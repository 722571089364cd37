import { contentHash } from "../../json/content-hash.js";
import { rawRecord } from "../../json/raw-record.js";
import { type ScannedObject, scanObject } from "../../json/scan.js";
import { type VolatileFields, volatileFields } from "../../json/volatile-fields.js";
import type { Change, Delete, ReadEvent, Upsert } from "../../source.js";
import type { StreamSpec } from "../catalog.js";
import { type Completed, completeNestedLists, isCut } from "./nested-lists.js";
import { type NestedTurn, NestedTurns } from "./nested-turns.js";
import { type CheckedItem, problemOfCreated } from "../list/page.js";
import type { AnswerFacts, StripeClient } from "../client/stripe-client.js";
import { invalidResponse, isMissing } from "../client/stripe-errors.js";

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

/** Where the objects of a page go. */
export interface Completing {
  /** Shared by all pages of which somebody takes the objects as they come. */
  readonly turns: NestedTurns;
  /** Takes objects before all of their page are whole; resolves once there is room for more. */
  readonly handOn: (changes: readonly Change<unknown>[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Turns what Stripe sends into changes: whole objects, with all items of their nested lists. A signal ends its own call. */
export interface ObjectReader {
  /** The objects of a page, completed, but for those that were handed on. One that is gone by then comes as a delete. */
  changesOf(items: readonly CheckedItem[], facts: AnswerFacts, completing: Completing): Promise<Change<unknown>[]>;
  /**
   * As `changesOf`, but for objects of which the list shows only a part, and that part as it was when they were stored: these
   * are not completed, and come as `present`.
   */
  changesSince(items: readonly CheckedItem[], facts: AnswerFacts, completing: Completing): Promise<SweptChanges>;
  /** One object, read by itself. */
  retrieve(id: string, signal?: AbortSignal): Promise<Change<unknown>>;
}

export interface SweptChanges {
  readonly changes: readonly Change<unknown>[];
  /** Ids of objects that are there, and as they were. */
  readonly present: readonly string[];
}

/** An object as one answer showed it. */
interface ReadObject {
  readonly op: "object";
  readonly object: CheckedItem;
  readonly at: Date;
  readonly requestId: string | null;
}

/** An object that took requests of its own, until it is handed on. */
interface Whole {
  readonly change: Change<unknown>;
  readonly turn: NestedTurn;
}

/** So many bytes of objects that took requests of their own do not wait for the rest of their page. */
const PART_BYTES = 1024 * 1024;
/** How often an object is read anew because it changed while its nested lists were being read. */
const RESTARTS = 5;

export function createObjectReader(options: ObjectReaderOptions): ObjectReader {
  const { client, spec, apiVersion, readAt, observe, onNestedPage } = options;
  const volatile: VolatileFields = volatileFields(spec.volatileFields);
  const lists = spec.nestedLists.map(({ field }) => field);
  const endpoint = `${spec.path}/:id`;
  /**
   * Until an object was as before although its items have another sum: in this account sums are of another kind. Known as long
   * as this reader is used, which is one read, or one call of `retrieve`.
   */
  let sumsTell = true;
  let lastForItsSum: Promise<unknown> = Promise.resolve();
  const turnsOfSingles = new NestedTurns(client.limiter);

  return { changesOf, changesSince, retrieve };

  async function changesOf(
    items: readonly CheckedItem[],
    facts: AnswerFacts,
    { turns, handOn, signal }: Completing,
  ): Promise<Change<unknown>[]> {
    const at = readAt(facts.sentMs);
    const { requestId } = facts;
    if (lists.length === 0 || !items.some(isCut)) return items.map((item) => upsert(item, at, requestId));
    let whole: Whole[] = [];
    const complete = async (object: CheckedItem): Promise<void> => {
      const turn = turns.begin();
      try {
        const change = await completedIn(turn, { op: "object", object, at, requestId }, signal);
        whole.push({ change, turn });
      } catch (error) {
        turn.end();
        throw error;
      }
      if (sizeOf(changesIn(whole)) < PART_BYTES) return turn.giveWay();
      const part = whole;
      whole = [];
      await handOn(changesIn(part));
      for (const handedOn of part) handedOn.turn.end();
    };
    try {
      await Promise.all(items.filter(isCut).map(complete));
    } finally {
      for (const { turn } of whole) turn.end();
    }
    const uncut = items.filter((item) => !isCut(item));
    return [...uncut.map((item) => upsert(item, at, requestId)), ...changesIn(whole)];
  }

  async function changesSince(
    items: readonly CheckedItem[],
    facts: AnswerFacts,
    completing: Completing,
  ): Promise<SweptChanges> {
    const cut = items.filter(isCut);
    if (cut.length === 0 || !options.listedHashes)
      return { changes: await changesOf(items, facts, completing), present: [] };
    const stored = await options.listedHashes(cut.map(({ id }) => id));
    const present = new Set(
      cut.filter((item) => stored.get(item.id) === contentHash(item, volatile)).map(({ id }) => id),
    );
    const changes = await changesOf(
      items.filter(({ id }) => !present.has(id)),
      facts,
      completing,
    );
    return { changes, present: [...present] };
  }

  async function retrieve(id: string, signal?: AbortSignal): Promise<Change<unknown>> {
    const answer = await retrieveOnce(id, signal);
    if (answer.op === "delete") return answer;
    const turn = turnsOfSingles.begin();
    try {
      return await completedIn(turn, answer, signal);
    } finally {
      turn.end();
    }
  }

  /**
   * Completes an object with its nested lists, which are of a later moment than the object itself. Where they may not be of
   * one, the object is read again: as it was before, it was so while the lists were read; else they are read anew, too.
   */
  async function completedIn(
    turn: NestedTurn,
    read: ReadObject,
    signal: AbortSignal | undefined,
  ): Promise<Change<unknown>> {
    let head = read;
    for (let restarts = 0; ; restarts += 1) {
      if (!isCut(head.object)) return upsert(head.object, head.at, head.requestId);
      const complete = await withNestedLists(head.object, turn, signal);
      if (complete?.fit === "of one moment") return completed(head, complete.object);
      const readAgain = complete?.fit === "of another sum" ? retrieveForItsSum : retrieveIfChanged;
      const again = await readAgain(head, signal);
      if (again === null && complete) return completed(head, complete.object);
      if (again?.op === "delete") return again;
      if (restarts >= RESTARTS)
        throw invalidResponse("the object changed each time while its nested lists were read", { ...spec, endpoint });
      head = again ?? head;
    }
  }

  /** Null where it is as it was. */
  async function retrieveIfChanged(
    head: ReadObject,
    signal: AbortSignal | undefined,
  ): Promise<Delete | ReadObject | null> {
    const again = await retrieveOnce(head.object.id, signal);
    const isAsItWas =
      again.op === "object" && contentHash(again.object, volatile) === contentHash(head.object, volatile);
    return isAsItWas ? null : again;
  }

  /** One after another, so that one request may tell for all. */
  function retrieveForItsSum(head: ReadObject, signal: AbortSignal | undefined): Promise<Delete | ReadObject | null> {
    const result = lastForItsSum.then(async () => {
      const again = sumsTell ? await retrieveIfChanged(head, signal) : null;
      if (again === null) sumsTell = false;
      return again;
    });
    lastForItsSum = result.catch(() => undefined);
    return result;
  }

  /** Null where it, or an item of a list, is gone: only the object itself tells which. */
  async function withNestedLists(
    item: CheckedItem,
    turn: NestedTurn,
    signal: AbortSignal | undefined,
  ): Promise<Completed | null> {
    try {
      return await completeNestedLists(client, spec, item, { turn, signal, observe, onPage: onNestedPage });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  function retrieveOnce(id: string, signal: AbortSignal | undefined): Promise<Delete | ReadObject> {
    const request = {
      endpoint,
      permission: spec.permission,
      path: `${spec.path}/${encodeURIComponent(id)}`,
      signal,
      observe,
    };
    return client.get<Delete | ReadObject>(
      request,
      (body, facts) => {
        const object = scanObject(body, { lists });
        const at = readAt(facts.sentMs);
        if (object.id !== id) throw invalidResponse("it is another object", request, facts.requestId ?? undefined);
        if (object.deleted === true) return { op: "delete", id, readAt: at, requestId: facts.requestId };
        if (object.object !== spec.objectType)
          throw invalidResponse(`it is no ${spec.objectType}`, request, facts.requestId ?? undefined);
        const problem = problemOfCreated(object.created);
        if (problem !== null) throw invalidResponse(`it ${problem}`, request, facts.requestId ?? undefined);
        const created = object.created ?? null;
        return { op: "object", object: { ...object, id, created }, at, requestId: facts.requestId };
      },
      ({ sentMs, requestId }) => ({ op: "delete", id, readAt: readAt(sentMs), requestId }),
    );
  }

  function completed({ object, at, requestId }: ReadObject, complete: ScannedObject): Upsert<unknown> {
    return { ...upsert(complete, at, requestId), listedHash: contentHash(object, volatile) };
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

function changesIn(whole: readonly Whole[]): Change<unknown>[] {
  return whole.map(({ change }) => change);
}

/** Bytes of records. */
export function sizeOf(changes: readonly Change<unknown>[]): number {
  return changes.reduce((sum, change) => sum + (change.op === "upsert" ? change.record.sizeBytes : 0), 0);
}
