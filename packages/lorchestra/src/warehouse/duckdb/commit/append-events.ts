import type { DuckDBConnection } from "@duckdb/node-api";
import type { JsonValue } from "injest";
import type { EventRow, EventType } from "../../../events/event-row.js";
import type { StreamScope } from "../../warehouse.js";
import { createFeed, jsonColumn, numberColumn, textColumn } from "./feed.js";

const EVENTS_FEED = "lorchestra_events";

/** Adds events, each at most once by its id; call it inside a transaction. */
export type AppendEvents = (rows: readonly EventRow[]) => Promise<void>;

export function createAppendEvents(connection: DuckDBConnection, eventLog: string): AppendEvents {
  const feed = createFeed<EventRow>(connection, EVENTS_FEED, [
    textColumn("event_id", (row) => row.event_id),
    textColumn("event_type", (row) => row.event_type),
    textColumn("source_system", (row) => row.source_system),
    textColumn("connection_name", (row) => row.connection_name),
    textColumn("target_object_type", (row) => row.target_object_type),
    textColumn("event_schema_ref", (row) => row.event_schema_ref),
    textColumn("correlation_id", (row) => row.correlation_id),
    textColumn("trace_id", (row) => row.trace_id),
    numberColumn("created_at", (row) => row.created_at.getTime()),
    textColumn("status", (row) => row.status),
    textColumn("error_message", (row) => row.error_message),
    jsonColumn("payload", (rows) => rows.map(({ payload }) => Buffer.from(JSON.stringify(payload)))),
  ]);
  return async (rows) => {
    feed.set([...new Map(rows.map((row) => [row.event_id, row])).values()]);
    try {
      await connection.run(appendEventsSql(eventLog));
    } finally {
      feed.set([]);
    }
  };
}

const COLUMNS = [
  "event_id",
  "event_type",
  "source_system",
  "connection_name",
  "target_object_type",
  "event_schema_ref",
  "correlation_id",
  "trace_id",
  "created_at",
  "status",
  "error_message",
  "payload",
] as const;

export function appendEventsSql(eventLog: string): string {
  const values = COLUMNS.map((name) =>
    name === "created_at" ? "make_timestamp_ms(e.created_at::BIGINT)" : `e.${name}`,
  );
  return `INSERT INTO ${eventLog} (${COLUMNS.join(", ")})
SELECT ${values.join(", ")}
FROM ${EVENTS_FEED}() AS e
WHERE NOT EXISTS (SELECT 1 FROM ${eventLog} AS known WHERE known.event_id = e.event_id)`;
}

/** The jobs of a stream that began and never ended. */
export async function unfinishedJobs(
  connection: DuckDBConnection,
  eventLog: string,
  { connectionName, objectType }: StreamScope,
): Promise<EventRow[]> {
  const result = await connection.run(unfinishedJobsSql(eventLog), [connectionName, objectType]);
  return (await result.getRows()).map((row) => eventRow(row as (string | number | null)[]));
}

/** Parameters: connection_name, object type. */
export function unfinishedJobsSql(eventLog: string): string {
  const readAs: Readonly<Record<string, string>> = {
    created_at: "epoch_us(a.created_at)::DOUBLE / 1000",
    payload: "a.payload::VARCHAR",
  };
  return `SELECT ${COLUMNS.map((name) => readAs[name] ?? `a.${name}`).join(", ")}
FROM ${eventLog} AS a
WHERE a.event_type = 'job.started' AND a.source_system = 'lorchestra' AND a.connection_name = $1 AND a.target_object_type = $2
  AND NOT EXISTS (
    SELECT 1 FROM ${eventLog} AS b
    WHERE b.event_type IN ('job.completed', 'job.failed') AND b.correlation_id = a.correlation_id
      AND b.source_system = a.source_system AND b.connection_name = a.connection_name AND b.target_object_type = a.target_object_type
  )
ORDER BY a.created_at`;
}

function eventRow(row: readonly (string | number | null)[]): EventRow {
  const value = (name: (typeof COLUMNS)[number]): string | number | null => row[COLUMNS.indexOf(name)] ?? null;
  const text = (name: (typeof COLUMNS)[number]): string | null => value(name) as string | null;
  return {
    event_id: text("event_id") ?? "",
    event_type: text("event_type") as EventType,
    source_system: text("source_system") ?? "",
    connection_name: text("connection_name"),
    target_object_type: text("target_object_type"),
    event_schema_ref: text("event_schema_ref"),
    correlation_id: text("correlation_id") ?? "",
    trace_id: text("trace_id"),
    created_at: new Date(value("created_at") as number),
    status: text("status") === "failed" ? "failed" : "ok",
    error_message: text("error_message"),
    payload: JSON.parse(text("payload") ?? "null") as JsonValue,
  };
}
