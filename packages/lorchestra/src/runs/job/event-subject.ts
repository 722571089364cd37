import type { EventSubject } from "../../events/job-events.js";
import { newUlid } from "../../ids.js";
import type { RunContext } from "../run-context.js";

/** A job that begins now, as its events name it. */
export function newSubject(
  job: { readonly name: string },
  { runId, clock, source, connection }: RunContext,
  objectType: string | null,
): EventSubject {
  return {
    runId,
    jobId: newUlid(clock.wallMs()),
    job: job.name,
    sourceName: source.name,
    connectionName: connection.name,
    objectType,
  };
}
