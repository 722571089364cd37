import { deserialize, serialize } from "node:v8";
import { SourceError, type Stream } from "injest";
import { partitionOf, type Spill } from "../spill/spill.js";
import type { RunContext } from "./run-context.js";

/** What tells that a change came after the last run: then a row that lacks it is behind, not at fault. */
export interface LaterChanges extends Disposable {
  /** What was created from then on, in Unix seconds, came later. */
  readonly since: number;
  /** Which of these ids the source's events since then name, as of now. */
  named(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * Reads the events at the first question, and at each later one only those of the last minute and since. Null where
 * the stream was never complete.
 *
 * `onForbidden` is told, once, when the events may not be read: then they name nothing.
 */
export function laterChanges(
  { source, openSpill, signal }: Pick<RunContext, "source" | "openSpill" | "signal">,
  { name }: Pick<Stream<unknown>, "name">,
  watermark: Date | null,
  onForbidden: () => void,
): LaterChanges | null {
  if (watermark === null) return null;
  const since = Math.floor(watermark.getTime() / 1000);
  let spill: Spill | null = null;
  let newest = since;
  /** Events of the last seconds, which are read again. */
  let recent = new Map<string, number>();
  let isForbidden = false;

  async function readOn(): Promise<Spill> {
    const into = (spill ??= openSpill(0));
    const from = Math.max(since, newest - LATE_SECONDS);
    for await (const { id, objectId, created } of source.events({
      since: new Date(from * 1000),
      stream: name,
      signal,
    })) {
      const second = Math.floor(created.getTime() / 1000);
      if (second < since || recent.has(id)) continue;
      newest = Math.max(newest, second);
      if (second >= newest - LATE_SECONDS) recent.set(id, second);
      into.add(objectId, serialize(objectId));
    }
    recent = new Map([...recent].filter(([, second]) => second >= newest - LATE_SECONDS));
    return into;
  }

  return {
    since,
    async named(ids) {
      if (ids.length === 0 || isForbidden) return new Set();
      try {
        return among(ids, await readOn());
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== "SOURCE_FORBIDDEN") throw error;
        isForbidden = true;
        onForbidden();
        return new Set();
      }
    },
    [Symbol.dispose]: () => spill?.[Symbol.dispose](),
  };
}

/** An event may show so much later than it says that it was made. */
const LATE_SECONDS = 60;

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
