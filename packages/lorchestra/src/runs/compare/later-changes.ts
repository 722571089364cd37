import { deserialize, serialize } from "node:v8";
import { SourceError, type Stream } from "injest";
import { partitionOf, type Spill } from "../../spill/spill.js";
import type { ReadableCheckpoint } from "../read/read-plan.js";
import type { RunContext } from "../run-context.js";

/** What tells that the next run will read an object: then a row that is not as the object is behind, not at fault. */
export interface LaterChanges extends Disposable {
  /** What was created from then on, in Unix seconds, came later. */
  readonly since: number;
  /** Which of these ids events of the source name that no run has read, as of now; `askedAt` is the source's time. */
  named(ids: readonly string[], askedAt: Date): Promise<ReadonlySet<string>>;
}

/** Why events do not tell of all that changed since the last run: they may not be read, or are not kept for so long. */
export type EventsLacking = "forbidden" | "expired";

/**
 * Reads the events at the first question, and at each later one only those that may have come since. Null where the stream was
 * never complete.
 *
 * `onLacking` is told once for each reason; events that may not be read name nothing.
 */
export function laterChanges(
  { source, openSpill, signal }: Pick<RunContext, "source" | "openSpill" | "signal">,
  { name, facts }: Pick<Stream<unknown>, "name" | "facts">,
  checkpoint: Pick<ReadableCheckpoint, "cursor" | "watermark"> | null,
  onLacking: (why: EventsLacking) => void,
): LaterChanges | null {
  if (checkpoint === null || checkpoint.watermark === null) return null;
  const { cursor, watermark } = checkpoint;
  const { lateSeconds, keptSeconds } = facts.events;
  const since = Math.floor(watermark.getTime() / 1000);
  let spill: Spill | null = null;
  let newest = since;
  /** Events of the last seconds, which are read again. */
  let recent = new Map<string, number>();
  let isForbidden = false;
  let isExpired = false;

  async function readOn(): Promise<Spill> {
    // Where the next run begins is for the source to say.
    const from = spill === null ? 0 : newest - lateSeconds;
    const into = (spill ??= openSpill(0));
    for await (const { id, objectId, created } of source.events({
      since: new Date(from * 1000),
      stream: name,
      unreadBy: cursor,
      signal,
    })) {
      const second = Math.floor(created.getTime() / 1000);
      if (recent.has(id)) continue;
      newest = Math.max(newest, second);
      if (second >= newest - lateSeconds) recent.set(id, second);
      into.add(objectId, serialize(objectId));
    }
    recent = new Map([...recent].filter(([, second]) => second >= newest - lateSeconds));
    return into;
  }

  return {
    since,
    async named(ids, askedAt) {
      if (ids.length === 0 || isForbidden) return new Set();
      if (!isExpired && askedAt.getTime() / 1000 - since > keptSeconds) {
        isExpired = true;
        onLacking("expired");
      }
      try {
        return among(ids, await readOn());
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== "SOURCE_FORBIDDEN") throw error;
        isForbidden = true;
        onLacking("forbidden");
        return new Set();
      }
    },
    [Symbol.dispose]: () => spill?.[Symbol.dispose](),
  };
}

function among(ids: readonly string[], spill: Spill): Set<string> {
  const wanted = new Set(ids);
  const found = new Set<string>();
  for (const partition of new Set(ids.map((id) => partitionOf(id, 0)))) {
    for (const bytes of spill.entries(partition)) {
      const id = deserialize(bytes) as string;
      if (wanted.has(id)) found.add(id);
    }
  }
  return found;
}
