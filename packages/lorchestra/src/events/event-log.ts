import type { EventRow } from "./event-row.js";

/**
 * Where runs write down what they did.
 *
 * `record` is called once an event, in order, and may be called again with the same rows after a failure: a row is kept
 * once by its `event_id`. It throws `LorchestraError` only when the rows could be neither delivered nor kept for later.
 */
export interface EventLog {
  record(rows: readonly EventRow[]): Promise<void>;
  /** Delivers what an earlier run could not; returns how many rows. */
  deliverSpooled(): Promise<number>;
}
