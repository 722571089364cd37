import type { EventError } from "../events/event-payloads.js";
import { type EventSubject, jobCompleted, jobFailed, jobStarted, upsertCompleted } from "../events/job-events.js";
import { idemKey, newUlid } from "../ids.js";
import { deleteGuard } from "./delete-guard.js";
import { prepareOnce } from "./prepare-once.js";
import type { PortionContext } from "./portion.js";
import { type Repair, repairInto } from "./repair.js";
import { reportedError } from "./reported-error.js";
import type { RunContext } from "./run-context.js";
import { schemaRefOf } from "./stream-scope.js";

/**
 * Does `work` with a repair at hand, holding the stream's lease from its beginning to its end, so that no other run
 * changes what is being verified; and tells the event log, as of a job.
 */
export async function repairing(
  job: { readonly name: string; readonly stream: string },
  context: RunContext,
  portion: PortionContext,
  work: (repair: Repair) => Promise<void>,
): Promise<void> {
  const { clock, runId, eventLog, warehouse, options } = context;
  const { scope } = portion;
  const startedMs = clock.monotonicMs();
  const now = (): Date => new Date(clock.wallMs());
  const subject: EventSubject = {
    runId,
    jobId: newUlid(clock.wallMs()),
    job: job.name,
    sourceName: scope.sourceSystem,
    connectionName: scope.connectionName,
    objectType: scope.objectType,
  };
  await prepareOnce(warehouse);
  await using load = await warehouse.beginLoad(scope, {
    runId,
    idemKey: (id) => idemKey(scope.sourceSystem, scope.connectionName, scope.objectType, id),
    schemaRef: schemaRefOf(scope),
  });
  const named = { job: job.name, stream: job.stream };
  await eventLog.record([jobStarted(subject, now(), { ...named, mode: "repair", since: null, until: null })]);
  const repair = repairInto(load, deleteGuard(warehouse, scope, options.allowDeletes), portion);
  const failure = await work(repair)
    .then(() => repair.flush())
    .then(
      () => null,
      (error: unknown) => ({ error }),
    );

  const { commits, ...counts } = repair.written;
  const records_extracted = repair.result.repaired + repair.result.remaining;
  const { inserted, updated, deleted } = counts;
  const duration_ms = Math.round(clock.monotonicMs() - startedMs);
  const ended = { job: job.name, records_extracted, inserted, updated, deleted, duration_ms, notices: [] };
  await eventLog.record([
    upsertCompleted(subject, now(), { ...named, records_extracted, ...counts, commits }),
    failure === null
      ? jobCompleted(subject, now(), { ...ended, status: "completed" })
      : jobFailed(subject, now(), { ...ended, status: "failed", error: eventErrorOf(failure.error) }),
  ]);
  if (failure !== null) throw failure.error;
}

function eventErrorOf(error: unknown): EventError {
  const { code, message, hint } = reportedError(error);
  return { code, message, hint };
}
