import { type Cursor, type ReadOptions, type RetrieveOptions, SourceError, type Stream } from "injest";
import type { RunMode } from "../../events/event-payloads.js";
import type { StoredCheckpoint, StreamScope, Warehouse } from "../../warehouse/warehouse.js";
import type { RunContext } from "../run-context.js";
import { readStoredState } from "./stored-state.js";

/** What a run reads of a stream, as its options and the warehouse's state decide. */
export interface ReadPlan {
  readonly mode: RunMode;
  readonly options: Omit<ReadOptions, "signal" | "observe">;
  /** For objects that are read singly. */
  readonly retrieve: Omit<RetrieveOptions, "signal" | "observe">;
  /** Up to when the stream was complete before this run. */
  readonly previousWatermark: Date | null;
  /** The stream's checkpoint before this run; null without one, or where it cannot be read and need not be. */
  readonly checkpoint: ReadableCheckpoint | null;
  /** The stream has neither a checkpoint nor a row, not even one of a deleted object. */
  readonly holdsNothing: boolean;
  /** False for a windowed run: its cursor says nothing about what it did not read. */
  readonly keepsCheckpoint: boolean;
}

export interface ReadableCheckpoint {
  readonly cursor: Cursor;
  /** With another one everything is read again. */
  readonly apiVersion: string;
  /** Null while a backfill is under way. */
  readonly watermark: Date | null;
}

export async function planRead(context: RunContext, stream: Stream<unknown>, scope: StreamScope): Promise<ReadPlan> {
  const { warehouse } = context;
  const { checkpoint, newestReadAt, holdsNothing } = await readStoredState(warehouse, scope);
  const { since, until, full, allowDeletes } = context.options;
  // A full run needs no checkpoint: it is the way out of one that cannot be read.
  const stored = readable(stream, checkpoint, { orNone: full });
  const cursor = stored?.cursor;
  const windowed = since !== null || until !== null;
  const accountOf = cursor === undefined ? await otherCursors(context, stream, scope) : [];
  const retrieve = {
    ...(cursor !== undefined && { cursor }),
    ...(accountOf.length > 0 && { accountOf }),
    ...(newestReadAt && { newestReadAt }),
    // Whoever says that the rows may be gone is not asked for them.
    ...(!allowDeletes && { storedIds: storedIdsOf(context, scope) }),
  };
  return {
    mode: modeOf({ windowed, full, cursor, newestReadAt }),
    retrieve,
    options: {
      ...retrieve,
      ...(windowed && { window: { ...(since && { since }), ...(until && { until }) } }),
      ...(full && !windowed && { full }),
      ...(cursor === undefined &&
        !full &&
        newestReadAt && { firstSince: new Date(newestReadAt.getTime() - LOOKBACK_MS) }),
      listedHashes: listedHashesOf(warehouse, scope),
    },
    previousWatermark: stored?.watermark ?? null,
    checkpoint: stored,
    holdsNothing,
    keepsCheckpoint: !windowed,
  };
}

/** Where the stream has no checkpoint yet, those of its connection's other streams say whose rows are here. */
async function otherCursors({ warehouse }: RunContext, stream: Stream<unknown>, scope: StreamScope): Promise<Cursor[]> {
  const others = await warehouse.otherCheckpoints(scope);
  return others
    .map((checkpoint) => readable(stream, checkpoint, { orNone: true })?.cursor)
    .filter((cursor) => cursor !== undefined);
}

/** `orNone`: one that cannot be read counts as none. */
function readable(
  stream: Stream<unknown>,
  checkpoint: StoredCheckpoint | null,
  { orNone }: { orNone: boolean },
): ReadableCheckpoint | null {
  if (checkpoint === null) return null;
  const { cursor } = checkpoint;
  try {
    const { watermark, apiVersion } = stream.summarize(cursor);
    return { cursor, watermark, apiVersion };
  } catch (error) {
    const isInvalid = error instanceof SourceError && error.code === "SOURCE_CURSOR_INVALID";
    if (orNone && isInvalid) return null;
    throw error;
  }
}

/** A few of those that the warehouse names first, not beside each other: what was deleted often lies together. */
function storedIdsOf({ warehouse, signal }: RunContext, scope: StreamScope): NonNullable<ReadOptions["storedIds"]> {
  return async () => {
    const ids: string[] = [];
    for await (const id of warehouse.liveIds(scope, [{ from: null, until: null }], signal)) {
      if (ids.push(id) === WITNESSES_AMONG) break;
    }
    const step = Math.ceil(ids.length / WITNESSES);
    return ids.filter((_, index) => index % step === 0);
  };
}

const WITNESSES = 5;
const WITNESSES_AMONG = 1_000;

/** Saves the source requests, by asking the warehouse: where that is billed, only a few times. */
function listedHashesOf(warehouse: Warehouse, scope: StreamScope): NonNullable<ReadOptions["listedHashes"]> {
  let lookupsLeft = warehouse.capabilities.rowLookups === "cheap" ? Infinity : BILLED_LOOKUPS;
  return async (ids) => {
    if ((lookupsLeft -= 1) < 0) return new Map();
    const rows = await warehouse.readRows(scope, ids, { payload: false });
    return new Map(
      rows.flatMap(({ externalId, listedHash, deletedAt }) =>
        listedHash === null || deletedAt !== null ? [] : [[externalId, listedHash]],
      ),
    );
  };
}

const BILLED_LOOKUPS = 3;

/** An earlier tool's MAX(last_seen) is when it stored a row, which may be later than when it read it. */
const LOOKBACK_MS = 60 * 60 * 1000;

function modeOf(state: {
  windowed: boolean;
  full: boolean;
  cursor: Cursor | undefined;
  newestReadAt: Date | null;
}): RunMode {
  if (state.windowed) return "window";
  if (state.full) return "full";
  if (state.cursor !== undefined) return "incremental";
  return state.newestReadAt === null ? "first" : "adopted";
}
