import type { Stream } from "injest";
import { jobKilled } from "../../events/job-events.js";
import { failpoint } from "../../failpoint.js";
import type { Load, StreamScope } from "../../warehouse/warehouse.js";
import { deleteGuard } from "../delete-guard.js";
import { ingest } from "./ingest.js";
import { holdStream } from "../job/hold-stream.js";
import { endEvents, reportOf, startedEvent } from "./job-end.js";
import { isAnotherAccount } from "../job/job-outcome.js";
import { beginJob, type BegunJob, type JobProgress, type Loading } from "./job-progress.js";
import { recordStart } from "../job/job-record.js";
import { loadLedger } from "./load-ledger.js";
import { planRead } from "../read/read-plan.js";
import { type Reading, startReading } from "../read/reading.js";
import type { Failure } from "../until-failure.js";
import type { RunContext } from "../run-context.js";
import type { JobReport } from "../run-report.js";
import { scopeOf, streamOf } from "../stream-scope.js";

/** Runs one ingest job to its end and reports. What goes wrong is in the report. */
export async function runIngestJob(job: BegunJob["job"], context: RunContext): Promise<JobReport> {
  const begun = beginJob(job, context);
  let progress: JobProgress = { stage: "begun" };
  let failure: Failure | null;
  try {
    const stream = streamOf(context.source, job.name, job.stream);
    progress = { stage: "resolved", stream };
    context.signal.throwIfAborted();
    const scope = scopeOf(context, stream);
    failure = await holdStream(context, scope, {
      work: async (load, grace) => {
        const loading = await planLoading(begun, stream, scope, load, grace.retrieving);
        progress = loading;
        return await readInto(loading, begun, scope);
      },
      events: (failure) => [startedEvent(begun, progress), ...endEvents(begun, progress, failure)],
    });
  } catch (error) {
    failure = { error };
  }
  await context.headStart?.drop();
  return reportOf(begun, progress, failure);
}

/** Decides what is read, and opens the ledger that stages and commits it. */
async function planLoading(
  { context, observe }: BegunJob,
  stream: Stream<unknown>,
  scope: StreamScope,
  load: Load,
  retrieving: AbortSignal,
): Promise<Loading> {
  const { warehouse, clock, runId, options } = context;
  const plan = await planRead(context, stream, scope);
  const ledger = loadLedger({
    load,
    stream,
    clock,
    commitAfter: warehouse.capabilities.commitAfter,
    guard: deleteGuard(warehouse, scope, options.allowDeletes),
    runId,
    keepsCheckpoint: plan.keepsCheckpoint,
    retrieve: { ...plan.retrieve, signal: retrieving, observe },
  });
  return { stage: "loading", stream, plan, ledger };
}

/** Reads the stream into the ledger. The start of the job is told once it is known whose account the key opens. */
async function readInto(loading: Loading, begun: BegunJob, scope: StreamScope): Promise<Failure | null> {
  const { warehouse, eventLog, clock, runId } = begun.context;
  const reading = await readingOf(loading, begun);
  try {
    await reading.begun;
    if (isAnotherAccount(reading.failure)) return reading.failure;
    const killed = await warehouse.unfinishedJobs(scope);
    const now = new Date(clock.wallMs());
    const ends = killed.map((started) => jobKilled(started, now, runId));
    await recordStart(eventLog, [...ends, startedEvent(begun, loading)]);
    failpoint("after-job-started");
    return await ingest(reading, loading.ledger);
  } finally {
    await reading.stop();
  }
}

/** The read that was begun already, if it is what the warehouse's state asks for. */
async function readingOf({ plan, stream }: Loading, { context, observe }: BegunJob): Promise<Reading> {
  const { headStart, signal, warehouse } = context;
  const isAsBegun = plan.mode === "first" && plan.options.accountOf === undefined;
  const taken = isAsBegun ? headStart?.take(stream, observe) : null;
  if (taken) return taken;
  await headStart?.drop();
  return startReading(stream, { ...plan.options, signal, observe }, warehouse.capabilities.readAheadBytes);
}
