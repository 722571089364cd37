import type { Batch, Change, Listed, RetrieveOptions, Stream } from "injest";
import { inChunks, sizeOf } from "./in-chunks.js";
import type { StreamScope, Warehouse } from "../warehouse/warehouse.js";

/**
 * Reads some batches together, so that the warehouse is asked once for all of them: for dry runs and for verify, which
 * compare and write nothing. A portion also has, read singly, what the warehouse holds in the listed ranges and the source
 * did not list. Memory is bounded.
 */
export async function* readPortions(
  batches: AsyncIterable<Batch<unknown>>,
  context: PortionContext,
): AsyncGenerator<readonly Change<unknown>[], void, undefined> {
  let portion = emptyPortion();
  for await (const batch of batches) {
    for (const change of batch.changes) {
      // Of two changes of one id the later counts.
      portion.changes.set(change.id, change);
      portion.sizeBytes += sizeOf(change);
    }
    portion.listed.push(...batch.listed);
    if (portion.changes.size < FULL.changes && portion.sizeBytes < FULL.sizeBytes) continue;
    yield* completed(portion, context);
    portion = emptyPortion();
  }
  yield* completed(portion, context);
}

export interface PortionContext {
  readonly warehouse: Warehouse;
  readonly scope: StreamScope;
  readonly stream: Stream<unknown>;
  readonly retrieve: RetrieveOptions;
}

/** With the batch that fills it no more than `readRows` takes; of payloads the same amount comes from the warehouse. */
const FULL = { changes: 9_000, sizeBytes: 16 * 1024 * 1024 };
const RETRIEVED_AT_ONCE = 500;

interface Portion {
  readonly changes: Map<string, Change<unknown>>;
  readonly listed: Listed[];
  sizeBytes: number;
}

function emptyPortion(): Portion {
  return { changes: new Map(), listed: [], sizeBytes: 0 };
}

async function* completed(
  { changes, listed }: Portion,
  context: PortionContext,
): AsyncGenerator<readonly Change<unknown>[], void, undefined> {
  if (changes.size > 0) yield [...changes.values()];
  if (listed.length === 0) return;
  const present = new Set([...changes.keys(), ...listed.flatMap(({ alsoPresent }) => alsoPresent)]);
  for await (const ids of unlistedIds(listed, present, context)) {
    yield* inChunks(context.stream.retrieve(ids, context.retrieve));
  }
}

async function* unlistedIds(
  listed: readonly Listed[],
  present: ReadonlySet<string>,
  { warehouse, scope }: PortionContext,
): AsyncGenerator<string[], void, undefined> {
  let ids: string[] = [];
  const ranges = listed.map(({ range }) => range);
  for await (const id of warehouse.liveIds(scope, ranges)) {
    if (present.has(id)) continue;
    ids.push(id);
    if (ids.length < RETRIEVED_AT_ONCE) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}
