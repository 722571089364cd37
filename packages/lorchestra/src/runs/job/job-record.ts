import type { EventLog } from "../../events/event-log.js";
import type { EventRow } from "../../events/event-row.js";
import { LorchestraError } from "../../errors.js";
import type { Failure } from "../until-failure.js";

/** Tells the event log that a job has begun. Nothing was read yet, so that nothing is lost: why the warehouse takes nothing is all there is to tell. */
export async function recordStart(eventLog: EventLog, rows: readonly EventRow[]): Promise<void> {
  try {
    await eventLog.record(rows);
  } catch (error) {
    throw error instanceof LorchestraError && error.cause instanceof LorchestraError ? error.cause : error;
  }
}

/**
 * Tells the event log how a job ended, and returns why it failed. That its end could not be told makes a job fail; but what
 * stopped it before is more than that.
 */
export async function recordEnd(
  eventLog: EventLog,
  rows: readonly EventRow[],
  failure: Failure | null,
): Promise<Failure | null> {
  try {
    await eventLog.record(rows);
    return failure;
  } catch (error) {
    return failure ?? { error };
  }
}
