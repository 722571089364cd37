import type { Cursor, ReadOptions, Stream } from "injest";
import type { RunMode } from "../events/event-payloads.js";
import type { StreamScope } from "../warehouse/warehouse.js";
import type { RunContext } from "./run-context.js";

/** What a run reads of a stream, as its options and the warehouse's state decide. */
export interface ReadPlan {
  readonly mode: RunMode;
  readonly options: Pick<ReadOptions, "cursor" | "window" | "full" | "firstSince" | "newestReadAt">;
  /** Up to when the stream was complete before this run. */
  readonly previousWatermark: Date | null;
  /** False for a windowed run: its cursor says nothing about what it did not read. */
  readonly keepsCheckpoint: boolean;
}

export async function planRead(context: RunContext, stream: Stream<unknown>, scope: StreamScope): Promise<ReadPlan> {
  const { warehouse } = context;
  const [checkpoint, newestReadAt] = await Promise.all([
    warehouse.readCheckpoint(scope),
    warehouse.newestReadAt(scope),
  ]);
  const cursor = checkpoint?.cursor;
  const { since, until, full } = context.options;
  const windowed = since !== null || until !== null;
  return {
    mode: modeOf({ windowed, full, cursor, newestReadAt }),
    options: {
      ...(cursor !== undefined && { cursor }),
      ...(windowed && { window: { ...(since && { since }), ...(until && { until }) } }),
      ...(full && !windowed && { full }),
      ...(cursor === undefined && newestReadAt && { firstSince: new Date(newestReadAt.getTime() - LOOKBACK_MS) }),
      ...(newestReadAt && { newestReadAt }),
    },
    previousWatermark: cursor === undefined ? null : stream.summarize(cursor).watermark,
    keepsCheckpoint: !windowed,
  };
}

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
