import type { Batch, CreatedRange } from "injest";
import { deletesForeseen } from "../../warehouse/delete-limit.js";
import { deleteLimitOf } from "../delete-guard.js";
import { inChunks, sizeOf } from "../in-chunks.js";
import { type JoinContext, joinPortions } from "./join-portions.js";
import {
  FULL_PORTION,
  LARGE_OBJECT_BYTES,
  type Portion,
  type PortionContext,
  RETRIEVED_AT_ONCE,
  withRows,
} from "./portion.js";
import { withRowsElsewhere } from "./rows-elsewhere.js";

/** What it takes for a whole reading, of whatever size. */
export interface ReadContext extends JoinContext {
  /** Whether the source may have lost every object that the warehouse has. */
  readonly allowDeletes: boolean;
  /** Whether rows count that lie where no run would find them, too: where both sides are compared whole. */
  readonly findsAllRows: boolean;
}

/**
 * Puts batches beside the warehouse's rows: for dry runs and for verify, which compare and write nothing. There are also
 * portions, read singly, of what the warehouse holds in the listed ranges and the source did not list. Memory is bounded.
 *
 * What fits into one portion is looked up by its ids. A look-up reads the ids of the whole table, so that of what is more
 * both sides are put on disk, the warehouse's read once, and joined there.
 */
export async function* readPortions(
  batches: AsyncIterable<Batch<unknown>>,
  context: ReadContext,
): AsyncGenerator<Portion, void, undefined> {
  const held = holding();
  const iterator = batches[Symbol.asyncIterator]();
  try {
    let next = await iterator.next();
    for (; next.done !== true && !held.isFull; next = await iterator.next()) held.add(next.value);
    const batches = held.take();
    const { allowDeletes, findsAllRows } = context;
    if (next.done === true) yield* lookedUp(batches, context, { refusesLoss: !allowDeletes, findsAllRows });
    else if (held.areLarge) yield* lookUpPortions(onwards([...batches, next.value], iterator), context);
    else yield* joinPortions([...batches, next.value], iterator, context);
  } finally {
    await iterator.return?.();
  }
}

/**
 * The same for what is known to be little beside the table, of whatever size: portion by portion it is looked up.
 */
export async function* lookUpPortions(
  batches: AsyncIterable<Batch<unknown>>,
  context: PortionContext,
): AsyncGenerator<Portion, void, undefined> {
  let held = holding();
  for await (const batch of batches) {
    held.add(batch);
    if (!held.isFull) continue;
    yield* lookedUp(held.take(), context);
    held = holding();
  }
  yield* lookedUp(held.take(), context);
}

/** `refusesLoss`: of all that is read; throws DELETE_LIMIT where the source has lost everything. */
async function* lookedUp(
  batches: readonly Batch<unknown>[],
  context: PortionContext,
  { refusesLoss, findsAllRows } = { refusesLoss: false, findsAllRows: false },
): AsyncGenerator<Portion, void, undefined> {
  // Of two changes of one id the later counts.
  const changes = new Map(batches.flatMap((batch) => batch.changes.map((change) => [change.id, change] as const)));
  const listed = batches.flatMap((batch) => batch.listed);
  if (changes.size > 0) {
    const portion = await withRows([...changes.values()], context, true);
    yield findsAllRows ? await withRowsElsewhere(portion, context) : portion;
  }
  if (listed.length === 0) return;
  const present = new Set([...changes.keys(), ...listed.flatMap(({ alsoPresent }) => alsoPresent)]);
  const ranges = listed.map(({ range }) => range);
  let isFirst = refusesLoss;
  for await (const ids of unlistedIds(ranges, present, context)) {
    let gone = 0;
    for await (const chunk of inChunks(context.stream.retrieve(ids, context.retrieve))) {
      gone += chunk.filter(({ op }) => op === "delete").length;
      yield await withRows(chunk, context);
    }
    if (isFirst && gone === ids.length && gone === RETRIEVED_AT_ONCE)
      await refuseIfNoneIsListed(ranges, present, context);
    isFirst = false;
  }
}

/**
 * Throws DELETE_LIMIT where the source lists none of the rows and has lost all that it was asked for: with the key of
 * another account it would be asked for each of a million, for half a day, and each would be told as deleted.
 */
async function refuseIfNoneIsListed(
  ranges: readonly CreatedRange[],
  present: ReadonlySet<string>,
  { warehouse, scope, retrieve }: PortionContext,
): Promise<void> {
  let unlisted = 0;
  for await (const id of warehouse.liveIds(scope, ranges, retrieve.signal)) {
    if (present.has(id)) return;
    unlisted += 1;
  }
  const limit = deleteLimitOf(await warehouse.countLive(scope));
  if (unlisted > limit) throw deletesForeseen(scope, { asked: RETRIEVED_AT_ONCE, unlisted, limit });
}

/** What was taken already, then the rest. */
async function* onwards<T>(begun: T[], further: AsyncIterator<T>): AsyncGenerator<T, void, undefined> {
  yield* begun.splice(0);
  for (let next = await further.next(); next.done !== true; next = await further.next()) yield next.value;
}

/** Batches in memory, until they make a portion. */
function holding() {
  const batches: Batch<unknown>[] = [];
  let changes = 0;
  let sizeBytes = 0;
  return {
    /** What is held, and holds it no longer. */
    take: (): readonly Batch<unknown>[] => batches.splice(0),
    get areLarge() {
      return sizeBytes > changes * LARGE_OBJECT_BYTES;
    },
    get isFull() {
      return changes >= FULL_PORTION.changes || sizeBytes >= FULL_PORTION.sizeBytes;
    },
    add(batch: Batch<unknown>): void {
      batches.push(batch);
      changes += batch.changes.length;
      sizeBytes += batch.changes.reduce((sum, change) => sum + sizeOf(change), 0);
    },
  };
}

async function* unlistedIds(
  ranges: readonly CreatedRange[],
  present: ReadonlySet<string>,
  { warehouse, scope, retrieve }: PortionContext,
): AsyncGenerator<string[], void, undefined> {
  let ids: string[] = [];
  for await (const id of warehouse.liveIds(scope, ranges, retrieve.signal)) {
    if (present.has(id)) continue;
    ids.push(id);
    if (ids.length < RETRIEVED_AT_ONCE) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}
