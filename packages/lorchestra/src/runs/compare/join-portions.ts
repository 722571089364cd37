import type { Batch, Change, CreatedRange } from "injest";
import { LEVELS, type OpenSpill, PARTITIONS, type Spill } from "../../spill/spill.js";
import { createdRanges, type CreatedRanges, joinRanges } from "../../warehouse/created-ranges.js";
import type { ScannedRow, StoredRow } from "../../warehouse/warehouse.js";
import { inChunks } from "../in-chunks.js";
import { byId, FULL_PORTION, type Portion, type PortionContext, RETRIEVED_AT_ONCE } from "./portion.js";
import { startScan } from "./scan.js";
import { decodeRead, decodeRow, encodeRead } from "./spilled-entries.js";

export interface JoinContext extends PortionContext {
  /** Both sides wait there. */
  readonly openSpill: OpenSpill;
}

/**
 * Joins what is read with all of the stream's rows, by hash partitions on disk (a Grace hash join): each side is read once
 * from where it is, and an object costs as much however many there are.
 *
 * The rows are taken while the first batches are read: what another run writes later is not seen. `held` is emptied.
 */
export async function* joinPortions(
  held: Batch<unknown>[],
  further: AsyncIterator<Batch<unknown>>,
  context: JoinContext,
): AsyncGenerator<Portion, void, undefined> {
  using sides = openSides(context.openSpill, 0);
  await using scan = startScan(sides.rows, context);
  const ranges = listedRanges();
  const add = (batch: Batch<unknown>): void => {
    for (const change of batch.changes) sides.read.add(change.id, encodeRead({ change }));
    for (const { range, alsoPresent } of batch.listed) {
      ranges.add(range);
      for (const id of alsoPresent) sides.read.add(id, encodeRead({ alsoPresent: id }));
    }
  };
  for (const batch of held.splice(0)) add(batch);
  for (let next = await further.next(); next.done !== true; next = await further.next()) {
    add(next.value);
    scan.throwIfFailed();
  }
  context.retrieve.signal?.throwIfAborted();
  await scan.ended;
  yield* joined(sides, createdRanges(ranges.all()), context);
}

/** Both sides of a join, parted alike. */
interface Sides extends Disposable {
  readonly read: Spill;
  readonly rows: Spill;
  readonly level: number;
}

function openSides(openSpill: OpenSpill, level: number): Sides {
  const [read, rows] = [openSpill(level), openSpill(level)];
  return {
    read,
    rows,
    level,
    [Symbol.dispose]: () => {
      read[Symbol.dispose]();
      rows[Symbol.dispose]();
    },
  };
}

async function* joined(
  sides: Sides,
  listed: CreatedRanges,
  context: JoinContext,
): AsyncGenerator<Portion, void, undefined> {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    context.retrieve.signal?.throwIfAborted();
    if (sides.read.sizeOf(partition) <= JOINED_BYTES || sides.level + 1 === LEVELS) {
      yield* joinedPartition(sides, partition, listed, context);
    } else {
      using finer = partedAgain(sides, partition, context.openSpill);
      yield* joined(finer, listed, context);
    }
  }
}

function partedAgain(sides: Sides, partition: number, openSpill: OpenSpill): Sides {
  const finer = openSides(openSpill, sides.level + 1);
  try {
    for (const bytes of sides.read.entries(partition)) finer.read.add(idOf(decodeRead(bytes)), bytes);
    for (const bytes of sides.rows.entries(partition)) finer.rows.add(decodeRow(bytes).externalId, bytes);
    return finer;
  } catch (error) {
    finer[Symbol.dispose]();
    throw error;
  }
}

function idOf(entry: ReturnType<typeof decodeRead>): string {
  return "change" in entry ? entry.change.id : entry.alsoPresent;
}

async function* joinedPartition(
  sides: Sides,
  partition: number,
  listed: CreatedRanges,
  context: PortionContext,
): AsyncGenerator<Portion, void, undefined> {
  const changes = new Map<string, Change<unknown>>();
  const present = new Set<string>();
  for (const bytes of sides.read.entries(partition)) {
    const entry = decodeRead(bytes);
    // Of two changes of one id the later counts.
    if ("change" in entry) changes.set(entry.change.id, entry.change);
    else present.add(entry.alsoPresent);
  }
  const rows: StoredRow[] = [];
  let unlisted: ScannedRow[] = [];
  let unlistedBytes = 0;
  for (const bytes of sides.rows.entries(partition)) {
    const row = decodeRow(bytes);
    if (changes.has(row.externalId)) rows.push(row);
    else if (row.deletedAt === null && !present.has(row.externalId) && listed.has(row.created)) {
      unlisted.push(row);
      unlistedBytes += bytes.length;
    }
    if (unlisted.length < RETRIEVED_AT_ONCE && unlistedBytes < FULL_PORTION.sizeBytes) continue;
    yield* retrieved(unlisted, context);
    unlisted = [];
    unlistedBytes = 0;
  }
  yield* retrieved(unlisted, context);
  const all = [...changes.values()];
  const stored = byId(rows);
  for (let from = 0; from < all.length; from += FULL_PORTION.changes) {
    yield { isListed: true, changes: all.slice(from, from + FULL_PORTION.changes), ...stored };
  }
}

async function* retrieved(
  unlisted: readonly ScannedRow[],
  { stream, retrieve }: PortionContext,
): AsyncGenerator<Portion, void, undefined> {
  if (unlisted.length === 0) return;
  const stored = byId(unlisted);
  const ids = [...stored.rows.keys()];
  for await (const changes of inChunks(stream.retrieve(ids, retrieve))) yield { isListed: false, changes, ...stored };
}

/** What was listed, in few ranges: those of neighbouring slices are joined from time to time. */
function listedRanges(): { add(range: CreatedRange): void; all(): readonly CreatedRange[] } {
  let ranges: CreatedRange[] = [];
  let joinAt = FEW_RANGES;
  return {
    add(range) {
      ranges.push(range);
      if (ranges.length < joinAt) return;
      ranges = joinRanges(ranges);
      joinAt = FEW_RANGES + 2 * ranges.length;
    },
    all: () => ranges,
  };
}

/** What was read of a partition, in memory with the rows of its ids. */
const JOINED_BYTES = 8 * 1024 * 1024;
const FEW_RANGES = 4_096;
