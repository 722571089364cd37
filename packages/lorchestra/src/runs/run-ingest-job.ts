import type { Stream } from "injest";
import { LorchestraError } from "../errors.js";
import { jobKilled } from "../events/job-events.js";
import { failpoint } from "../failpoint.js";
import { idemKey } from "../ids.js";
import type { Load, StreamScope } from "../warehouse/warehouse.js";
import { deleteGuard } from "./delete-guard.js";
import { ingest } from "./ingest.js";
import { interruptionGrace } from "./interruption-grace.js";
import { endEvents, reportOf, startedEvent } from "./job-end.js";
import { isAnotherAccount } from "./job-outcome.js";
import { type JobState, newJobState } from "./job-state.js";
import { loadLedger } from "./load-ledger.js";
import { prepareOnce } from "./prepare-once.js";
import { planRead, type ReadPlan } from "./read-plan.js";
import { type Reading, startReading } from "./reading.js";
import type { Failure } from "./until-failure.js";
import type { RunContext } from "./run-context.js";
import type { JobReport } from "./run-report.js";
import { schemaRefOf, scopeOf, streamOf } from "./stream-scope.js";

/**
 * Runs one ingest job to its end and reports. What goes wrong is in the report.
 *
 * The stream's lease is held from before `job.started` is written until after the job's end is: so a `job.started`
 * without an end, seen by whoever holds the lease, is that of a job that was killed, and is closed.
 */
export async function runIngestJob(job: JobState["job"], context: RunContext): Promise<JobReport> {
  const state = newJobState(job, context);
  try {
    const stream = streamOf(context.source, job.name, job.stream);
    state.stream = stream;
    context.signal.throwIfAborted();
    await holdingStream(state, scopeOf(context, stream));
  } catch (error) {
    state.failure = { error };
  }
  await context.headStart?.drop();
  return reportOf(state);
}

async function holdingStream(state: JobState, scope: StreamScope): Promise<void> {
  const { warehouse, clock, signal, runId } = state.context;
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
    state.failure = { error };
    // Of two runs at once only the one that holds the stream is in the log.
    if (!isHeldElsewhere(error)) await tellEnd(state);
    return;
  }
  await using load = begun;
  state.failure = await loading(state, scope, load, grace.retrieving).catch((error: unknown) => ({ error }));
  if (isAnotherAccount(state.failure)) return;
  failpoint("before-end-events");
  await tellEnd(state);
}

/** The start once more: it is kept once by its id, and a job that failed early has not written it yet. */
async function tellEnd(state: JobState): Promise<void> {
  try {
    await state.context.eventLog.record([startedEvent(state), ...endEvents(state)]);
  } catch (error) {
    // What stopped the job is more than that nothing could be told of it.
    state.failure ??= { error };
  }
}

/** Reads the stream into the load. The start of the job is told once it is known whose account the key opens. */
async function loading(state: JobState, scope: StreamScope, load: Load, grace: AbortSignal): Promise<Failure | null> {
  const { context, observe } = state;
  const { warehouse, eventLog, clock, runId, options } = context;
  if (state.stream === null) return null;
  const plan = (state.plan = await planRead(context, state.stream, scope));
  const ledger = (state.ledger = loadLedger({
    load,
    stream: state.stream,
    clock,
    commitAfter: warehouse.capabilities.commitAfter,
    guard: deleteGuard(warehouse, scope, options.allowDeletes),
    runId,
    keepsCheckpoint: plan.keepsCheckpoint,
    retrieve: { ...plan.retrieve, signal: grace, observe },
  }));
  const reading = await readingOf(plan, state, state.stream);
  try {
    await reading.begun;
    if (isAnotherAccount(reading.failure)) return reading.failure;
    const killed = await warehouse.unfinishedJobs(scope);
    const now = new Date(clock.wallMs());
    await eventLog
      .record([...killed.map((started) => jobKilled(started, now, runId)), startedEvent(state)])
      .catch(throwRefusal);
    failpoint("after-job-started");
    return await ingest(reading, ledger);
  } finally {
    await reading.stop();
  }
}

/** The read that was begun already, if it is what the warehouse's state asks for. */
async function readingOf(plan: ReadPlan, { context, observe }: JobState, stream: Stream<unknown>): Promise<Reading> {
  const { headStart, signal, warehouse } = context;
  const isAsBegun = plan.mode === "first" && plan.options.accountOf === undefined;
  const begun = isAsBegun ? headStart?.take(stream, observe) : null;
  if (begun) return begun;
  await headStart?.drop();
  return startReading(stream, { ...plan.options, signal, observe }, warehouse.capabilities.readAheadBytes);
}

/** Nothing was read yet, so that nothing is lost: why the warehouse takes nothing is all there is to tell. */
function throwRefusal(error: unknown): never {
  throw error instanceof LorchestraError && error.cause instanceof LorchestraError ? error.cause : error;
}

function isHeldElsewhere(error: unknown): boolean {
  return error instanceof LorchestraError && error.code === "ALREADY_RUNNING";
}
