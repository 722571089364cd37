import type { EventRow } from "../../../events/event-row.js";
import { json, literal, nullableLiteral, timestamp } from "../api/quote.js";

/**
 * Adds events that are not there yet, at whatever time: the end of a run that was killed has the same id as the end that it told
 * itself. An INSERT conflicts with no other statement
 * (https://cloud.google.com/bigquery/docs/data-manipulation-language#dml_statement_conflicts), and bills the ids that are there.
 */
export function appendEventsSql(eventLog: string, rows: readonly EventRow[]): string {
  const columns = COLUMNS.map(([name]) => name);
  const selects = rows.map((row) => `SELECT ${COLUMNS.map(([name, write]) => `${write(row)} AS ${name}`).join(", ")}`);
  return `INSERT INTO ${eventLog} (${columns.join(", ")})
SELECT ${columns.map((name) => `S.${name}`).join(", ")}
FROM (
  ${selects.join("\n  UNION ALL ")}
) AS S
WHERE NOT EXISTS (
  SELECT 1 FROM ${eventLog} AS T WHERE T.event_id = S.event_id
)`;
}

const COLUMNS: readonly (readonly [name: keyof EventRow, write: (row: EventRow) => string])[] = [
  ["event_id", (row) => literal(row.event_id)],
  ["event_type", (row) => literal(row.event_type)],
  ["source_system", (row) => literal(row.source_system)],
  ["connection_name", (row) => nullableLiteral(row.connection_name)],
  ["target_object_type", (row) => nullableLiteral(row.target_object_type)],
  ["event_schema_ref", (row) => nullableLiteral(row.event_schema_ref)],
  ["correlation_id", (row) => literal(row.correlation_id)],
  ["trace_id", (row) => nullableLiteral(row.trace_id)],
  ["created_at", (row) => timestamp(row.created_at)],
  ["status", (row) => literal(row.status)],
  ["error_message", (row) => nullableLiteral(row.error_message)],
  ["payload", (row) => json(row.payload)],
];
