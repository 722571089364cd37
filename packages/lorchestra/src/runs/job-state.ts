import type { Stream } from "injest";
import type { EventSubject } from "../events/job-events.js";
import { newUlid } from "../ids.js";
import type { LoadLedger } from "./load-ledger.js";
import type { ReadPlan } from "./read-plan.js";
import { type ReadTally, tallyReads } from "./read-tally.js";
import type { Failure } from "./until-failure.js";
import type { RunContext } from "./run-context.js";

/** What is known of an ingest job so far: filled in as it goes on, whatever happens; its events and its report are made of it. */
export interface JobState {
  readonly job: { readonly name: string; readonly stream: string };
  readonly context: RunContext;
  readonly jobId: string;
  readonly startedAt: Date;
  readonly startedMs: number;
  readonly tally: ReadTally;
  readonly observe: RunContext["observe"];
  stream: Stream<unknown> | null;
  plan: ReadPlan | null;
  ledger: LoadLedger | null;
  failure: Failure | null;
}

export function newJobState(job: JobState["job"], context: RunContext): JobState {
  const startedAtMs = context.clock.wallMs();
  return {
    job,
    context,
    jobId: newUlid(startedAtMs),
    startedAt: new Date(startedAtMs),
    startedMs: context.clock.monotonicMs(),
    ...tallyReads(context.observe),
    stream: null,
    plan: null,
    ledger: null,
    failure: null,
  };
}

/** Up to when the stream is complete now: as the last stored cursor says, else as before the run; null for a windowed run. */
export function watermarkOf({ stream, plan, ledger }: JobState): Date | null {
  if (stream === null || plan === null || !plan.keepsCheckpoint) return null;
  const stored = ledger?.storedCursor ?? null;
  return stored === null ? plan.previousWatermark : stream.summarize(stored).watermark;
}

export function durationOf({ context, startedMs }: JobState): number {
  return Math.round(context.clock.monotonicMs() - startedMs);
}

export function subjectOf({ job, context, jobId, stream }: JobState): EventSubject {
  return {
    runId: context.runId,
    jobId,
    job: job.name,
    sourceName: context.source.name,
    connectionName: context.connection.name,
    objectType: stream?.objectType ?? null,
  };
}
