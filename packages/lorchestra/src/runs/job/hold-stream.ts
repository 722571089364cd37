import { LorchestraError } from "../../errors.js";
import type { EventRow } from "../../events/event-row.js";
import { failpoint } from "../../failpoint.js";
import { idemKey } from "../../ids.js";
import type { Load, StreamScope } from "../../warehouse/warehouse.js";
import { type InterruptionGrace, interruptionGrace } from "./interruption-grace.js";
import { isAnotherAccount } from "./job-outcome.js";
import { recordEnd } from "./job-record.js";
import { prepareOnce } from "./prepare-once.js";
import type { RunContext } from "../run-context.js";
import { schemaRefOf } from "../stream-scope.js";
import type { Failure } from "../until-failure.js";

/** A job that writes to a stream. */
export interface StreamJob {
  /** Loads what it has to. What it returns, or throws, is why the job failed. */
  work(load: Load, grace: InterruptionGrace): Promise<Failure | null>;
  /**
   * What the event log is told when the job has ended: its start once more, which is kept once by its id, because a job that
   * failed early has not told it yet; and its end.
   */
  events(failure: Failure | null): readonly EventRow[];
}

/**
 * Does a job's work while it holds the stream, tells its end, and returns why it failed; null where it did not.
 *
 * The stream's lease is held from before `job.started` is written until after the job's end is: so a `job.started`
 * without an end, seen by whoever holds the lease, is that of a job that was killed, and is closed.
 */
export async function holdStream(context: RunContext, scope: StreamScope, job: StreamJob): Promise<Failure | null> {
  const { warehouse, eventLog, clock, signal, runId } = context;
  const tellEnd = (failure: Failure | null): Promise<Failure | null> =>
    recordEnd(eventLog, job.events(failure), failure);
  using grace = interruptionGrace(signal, clock, warehouse.capabilities.commitDeadlineMs);
  let begun: Load;
  try {
    await prepareOnce(warehouse);
    begun = await warehouse.beginLoad(scope, {
      runId,
      idemKey: (id) => idemKey(scope.sourceSystem, scope.connectionName, scope.objectType, id),
      schemaRef: schemaRefOf(scope),
      signal: grace.committing,
    });
  } catch (error) {
    // Of two runs at once only the one that holds the stream is in the log.
    return isHeldElsewhere(error) ? { error } : await tellEnd({ error });
  }
  await using load = begun;
  const failure = await job.work(load, grace).catch((error: unknown) => ({ error }));
  if (isAnotherAccount(failure)) return failure;
  failpoint("before-end-events");
  return await tellEnd(failure);
}

function isHeldElsewhere(error: unknown): boolean {
  return error instanceof LorchestraError && error.code === "ALREADY_RUNNING";
}
