import { type EventSubject, jobCompleted, jobFailed, jobStarted, upsertCompleted } from "../events/job-events.js";
import { idemKey, newUlid } from "../ids.js";
import { deleteGuard } from "./delete-guard.js";
import { eventErrorOf, isAnotherAccount, outcomeOf } from "./job-outcome.js";
import { prepareOnce } from "./prepare-once.js";
import type { PortionContext } from "./portion.js";
import { type Repair, repairInto } from "./repair.js";
import type { RunContext } from "./run-context.js";
import { schemaRefOf } from "./stream-scope.js";

/**
 * Does `work` with a repair at hand, holding the stream's lease from its beginning to its end, so that no other run
 * changes what is being verified; and tells the event log, as of a job. The start is told with the first portion, once it
 * is known whose account the key opens.
 */
export async function repairing(
  job: { readonly name: string; readonly stream: string },
  context: RunContext,
  portion: PortionContext,
  work: (repair: Repair) => Promise<void>,
): Promise<void> {
  const { clock, runId, eventLog, warehouse, options, signal } = context;
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
  const started = jobStarted(subject, now(), { ...named, mode: "repair", since: null, until: null });
  let isTold = false;
  const tellStart = async (): Promise<void> => {
    if (isTold) return;
    await eventLog.record([started]);
    isTold = true;
  };
  const repair = repairInto(load, deleteGuard(warehouse, scope, options.allowDeletes), portion);
  const take = async (ids: readonly string[]): Promise<void> => {
    await tellStart();
    await repair.take(ids);
  };
  const failure = await work({ ...repair, take })
    .then(() => repair.flush())
    .then(
      () => null,
      (error: unknown) => ({ error }),
    );
  if (failure !== null && isAnotherAccount(failure)) throw failure.error;

  const { commits, ...counts } = repair.written;
  const records_extracted = repair.result.repaired + repair.result.remaining;
  const { inserted, updated, deleted } = counts;
  const duration_ms = Math.round(clock.monotonicMs() - startedMs);
  const outcome = outcomeOf(failure, null, signal);
  const { status } = outcome;
  const ended = { job: job.name, status, records_extracted, inserted, updated, deleted, duration_ms, notices: [] };
  const error = eventErrorOf(outcome, "verify again: what was committed is kept");
  // The start once more: it is kept once by its id, and nothing may have told it yet.
  await eventLog.record([
    started,
    upsertCompleted(subject, now(), { ...named, records_extracted, ...counts, commits }),
    error === null ? jobCompleted(subject, now(), ended) : jobFailed(subject, now(), { ...ended, error }),
  ]);
  if (failure !== null) throw failure.error;
}
