import type { EventRow } from "../../src/events/event-row.js";

export function sampleEvent(id: string): EventRow {
  return {
    event_id: id,
    event_type: "job.started",
    source_system: "lorchestra",
    connection_name: "stripe-mensio",
    target_object_type: "invoice",
    event_schema_ref: null,
    correlation_id: "run",
    trace_id: null,
    created_at: new Date(Date.UTC(2026, 0, 1)),
    status: "ok",
    error_message: null,
    payload: { job: "ingest" },
  };
}
