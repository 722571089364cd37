import type { Stream } from "injest";
import { jobKilled } from "../events/job-events.js";
import { failpoint } from "../failpoint.js";
import type { Load, StreamScope } from "../warehouse/warehouse.js";
import { deleteGuard } from "./delete-guard.js";
import { ingest } from "./ingest.js";
import { holdStream } from "./hold-stream.js";
import { endEvents, reportOf, startedEvent } from "./job-end.js";
import { isAnotherAccount } from "./job-outcome.js";
import { recordStart } from "./job-record.js";
import { type JobState, newJobState } from "./job-state.js";
import { loadLedger } from "./load-ledger.js";
import { planRead, type ReadPlan } from "./read-plan.js";
import { type Reading, startReading } from "./reading.js";
import type { Failure } from "./until-failure.js";
import type { RunContext } from "./run-context.js";
import type { JobReport } from "./run-report.js";
import { scopeOf, streamOf } from "./stream-scope.js";

/** Runs one ingest job to its end and reports. What goes wrong is in the report. */
export async function runIngestJob(job: JobState["job"], context: RunContext): Promise<JobReport> {
  const state = newJobState(job, context);
  try {
    const stream = streamOf(context.source, job.name, job.stream);
    state.stream = stream;
    context.signal.throwIfAborted();
    const scope = scopeOf(context, stream);
    state.failure = await holdStream(context, scope, {
      work: (load, grace) => loading(state, scope, load, grace.retrieving),
      events: (failure) => {
        state.failure = failure;
        return [startedEvent(state), ...endEvents(state)];
      },
    });
  } catch (error) {
    state.failure = { error };
  }
  await context.headStart?.drop();
  return reportOf(state);
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
    await recordStart(eventLog, [...killed.map((started) => jobKilled(started, now, runId)), startedEvent(state)]);
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
