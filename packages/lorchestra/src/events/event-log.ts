import type { EventRow } from "./event-row.js";

/**
 * Where runs write down what they did.
 *
 * `record` is called once an event, in order, and may be called again with the same rows after a failure: a row is kept
 * once by its `event_id`. It says whether the rows were delivered, or wait for the next run; it throws `LorchestraError` only
 * when neither could be.
 */
export interface EventLog {
  record(rows: readonly EventRow[]): Promise<"delivered" | "waiting">;
  /** Delivers what an earlier run could not; returns how many rows. */
  deliverSpooled(): Promise<number>;
}
