import { type Change, SourceError } from "injest";
import type { StoredRow } from "../warehouse/warehouse.js";
import { type Compared, compareWithRow } from "./compare-with-row.js";
import { creationOf } from "./creation-of.js";
import { markQuarantined } from "./in-quarantine.js";
import { inChunks } from "./in-chunks.js";
import type { PortionContext } from "./read-portions.js";
import type { RunContext } from "./run-context.js";

export interface CompareContext extends PortionContext {
  readonly source: RunContext["source"];
  /** What changed later is `behind`; null when the stream was never complete. */
  readonly watermark: Date | null;
  /** Told when the source's events may not be read: then nothing but its time of creation shows that an object is `behind`. */
  readonly onEventsForbidden: () => void;
}

/** Compares what was just read with its rows. An object that neither side has is left out. */
export async function compareChanges(
  changes: readonly Change<unknown>[],
  context: CompareContext,
): Promise<Compared[]> {
  const first = await withRows(changes, context);
  // A row that was written after its object was listed says nothing: such an object is read once more.
  const overtaken = new Set(first.filter(isOvertaken).map(({ change }) => change.id));
  if (overtaken.size === 0) return explained(first, context);
  const compared = first.filter(({ change }) => !overtaken.has(change.id));
  for await (const changes of inChunks(context.stream.retrieve([...overtaken], context.retrieve))) {
    compared.push(...(await withRows(changes, context)));
  }
  return explained(compared, context);
}

/** What is no fault gets the name of what it is. */
async function explained(compared: readonly Compared[], context: CompareContext): Promise<Compared[]> {
  return withoutLater(await markQuarantined(compared, context), context);
}

async function withRows(
  changes: readonly Change<unknown>[],
  { warehouse, scope, stream }: CompareContext,
): Promise<Compared[]> {
  const ids = changes.map(({ id }) => id);
  const rows = await warehouse.readRows(scope, ids, { payload: true, created: creationOf(changes) });
  const byId = new Map<string, StoredRow>(rows.map((row) => [row.externalId, row]));
  return changes.flatMap((change) => compareWithRow(change, byId.get(change.id) ?? null, stream.facts) ?? []);
}

function isOvertaken({ change, row, standing }: Compared): boolean {
  return standing !== "equal" && row !== null && row.lastSeen >= change.readAt;
}

/** Calls `behind` what changed after the watermark: created since, or named by an event since. */
async function withoutLater(compared: readonly Compared[], context: CompareContext): Promise<Compared[]> {
  const { watermark } = context;
  if (watermark === null) return [...compared];
  const since = new Date(Math.floor(watermark.getTime() / 1000) * 1000);
  const isNew = ({ change }: Compared): boolean =>
    change.op === "upsert" && change.created !== null && change.created * 1000 >= since.getTime();
  const isSettled = ({ standing }: Compared): boolean => standing === "equal" || standing === "quarantined";
  const suspects = compared.filter((one) => !isSettled(one) && !isNew(one)).map(({ change }) => change.id);
  const changed = suspects.length === 0 ? new Set<string>() : await changedSince(suspects, since, context);
  return compared.map((one) =>
    !isSettled(one) && (isNew(one) || changed.has(one.change.id)) ? { ...one, standing: "behind" } : one,
  );
}

async function changedSince(
  ids: readonly string[],
  since: Date,
  context: CompareContext,
): Promise<ReadonlySet<string>> {
  const { signal } = context.retrieve;
  try {
    const events = await context.source.eventsOf(ids, { since, ...(signal && { signal }) });
    return new Set(events.filter(({ created }) => created >= since).map(({ objectId }) => objectId));
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== "SOURCE_FORBIDDEN") throw error;
    context.onEventsForbidden();
    return new Set();
  }
}
