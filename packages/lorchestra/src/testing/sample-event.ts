import type { EventRow } from "../events/event-row.js";
import { at } from "./changes.js";

/** An event of a run, as runs write them. */
export function sampleEvent(eventId: string, facts: Partial<EventRow> = {}): EventRow {
  return {
    event_id: eventId,
    event_type: "upsert.completed",
    source_system: "stripe",
    connection_name: "stripe-acme",
    target_object_type: "thing",
    event_schema_ref: null,
    correlation_id: "run-1",
    trace_id: null,
    created_at: at(1),
    status: "ok",
    error_message: null,
    payload: { inserted: 1 },
    ...facts,
  };
}
