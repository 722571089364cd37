import { type Change, type SourceEvent, SourceError, type Stream } from "injest";
import type { StoredRow } from "../warehouse/warehouse.js";
import { type CompareContext, comparePortion } from "./compare/compare-portion.js";
import { nestedList } from "./compare/compare-with-rows.js";
import type { ExplainedObject, ExplainReport } from "./explain-report.js";
import { isInterrupted } from "./job/job-outcome.js";
import { laterChanges } from "./compare/later-changes.js";
import { byId, withRows } from "./compare/portion.js";
import { planRead } from "./read/read-plan.js";
import { reportedError } from "./job/reported-error.js";
import type { RunContext } from "./run-context.js";
import { scopeOf } from "./stream-scope.js";

/** Says where an object's row comes from, and how it stands now, for each connection that knows the id. Reads only. */
export async function explainObject(id: string, connections: readonly RunContext[]): Promise<ExplainReport> {
  const objects: ExplainedObject[] = [];
  const errors: ExplainReport["errors"][number][] = [];
  const searched = new Set<string>();
  for (const context of connections) {
    for (const { name } of streamsOf(context, id)) searched.add(name);
    try {
      objects.push(...(await explainIn(context, id)));
    } catch (error) {
      if (isInterrupted(error, context.signal)) throw error;
      errors.push({ ...reportedError(error), connection_name: context.connection.name });
    }
  }
  return { id, searched: [...searched], objects, errors };
}

/** Of the streams that the id may belong to, those that have a row for it; where none has, those whose source knows it. */
async function explainIn(context: RunContext, id: string): Promise<ExplainedObject[]> {
  const streams = streamsOf(context, id);
  const stored = await Promise.all(streams.map(async (stream) => ({ stream, row: await rowOf(context, stream, id) })));
  const withRow = stored.filter(({ row }) => row !== null);
  if (withRow.length > 0) return Promise.all(withRow.map(({ stream, row }) => explainStream(context, stream, id, row)));
  const explained = await Promise.all(streams.map((stream) => explainStream(context, stream, id, null)));
  return explained.filter(({ standing }) => standing !== "gone");
}

/** Those whose ids begin so; all of them where none does. */
function streamsOf({ source }: RunContext, id: string): Stream<unknown>[] {
  const streams = Object.values(source.streams);
  const fitting = streams.filter(({ facts }) => facts.idPrefixes.some((prefix) => id.startsWith(prefix)));
  return fitting.length > 0 ? fitting : streams;
}

async function explainStream(
  context: RunContext,
  stream: Stream<unknown>,
  id: string,
  row: StoredRow | null,
): Promise<ExplainedObject> {
  const { warehouse, signal, observe, connection } = context;
  const scope = scopeOf(context, stream);
  const plan = await planRead(context, stream, scope);
  const retrieve = { ...plan.retrieve, signal, observe };
  const change = await only(stream.retrieve([id], retrieve));
  using later = laterChanges(context, stream, plan.checkpoint, () => undefined);
  const checkpointVersion = plan.checkpoint?.apiVersion ?? null;
  const comparing: CompareContext = { warehouse, scope, stream, retrieve, payload: true, later, checkpointVersion };
  const [compared] = change === null ? [] : await comparePortion(await withRows([change], comparing), comparing);
  const eventsSince = row === null ? [] : await eventsOf(context, stream, id, row.lastSeen);
  return {
    connection_name: connection.name,
    stream: stream.name,
    object_type: stream.objectType,
    idem_key: row?.idemKey ?? null,
    first_seen: row?.firstSeen.toISOString() ?? null,
    last_seen: row?.lastSeen.toISOString() ?? null,
    deleted_at: row?.deletedAt?.toISOString() ?? null,
    run_id: row?.runId ?? null,
    api_version: row?.apiVersion ?? null,
    request_id: row?.requestId ?? null,
    watermark: plan.previousWatermark?.toISOString() ?? null,
    events_since:
      eventsSince?.map((event) => ({ id: event.id, type: event.type, created: event.created.toISOString() })) ?? null,
    standing: compared?.standing ?? "gone",
    differences: compared?.differences.map(({ path }) => path) ?? [],
    lists: listsOf(stream, row, change),
  };
}

async function rowOf(context: RunContext, stream: Stream<unknown>, id: string): Promise<StoredRow | null> {
  const rows = await context.warehouse.readRows(scopeOf(context, stream), [id], {
    payload: true,
    signal: context.signal,
  });
  return byId(rows).rows.get(id) ?? null;
}

function listsOf(
  stream: Stream<unknown>,
  row: StoredRow | null,
  change: Change<unknown> | null,
): ExplainedObject["lists"] {
  if (row === null || row.payload === null) return [];
  const { payload } = row;
  return stream.facts.nestedLists.flatMap((path) => {
    const held = nestedList(payload, path);
    const now = change?.op === "upsert" ? nestedList(change.record.json, path) : null;
    return held === null ? [] : [{ path, items: held.items, of: now?.items ?? null }];
  });
}

/** Null where the key may not read events. */
async function eventsOf(
  { source, signal }: RunContext,
  { name }: Stream<unknown>,
  id: string,
  since: Date,
): Promise<readonly SourceEvent[] | null> {
  try {
    const events: SourceEvent[] = [];
    for await (const event of source.events({ since, stream: name, signal }))
      if (event.objectId === id) events.push(event);
    return events.toSorted((a, b) => b.created.getTime() - a.created.getTime());
  } catch (error) {
    if (error instanceof SourceError && error.code === "SOURCE_FORBIDDEN") return null;
    throw error;
  }
}

async function only(changes: AsyncIterable<Change<unknown>>): Promise<Change<unknown> | null> {
  for await (const change of changes) return change;
  return null;
}
