import type { Stream } from "injest";
import type { RunMode } from "../../events/event-payloads.js";
import type { EventSubject } from "../../events/job-events.js";
import { noRows } from "../../warehouse/no-rows.js";
import { newSubject } from "../job/event-subject.js";
import type { LoadLedger, LoadTotals } from "./load-ledger.js";
import type { ReadPlan } from "../read/read-plan.js";
import { type ReadTally, tallyReads } from "../read/read-tally.js";
import type { RunContext } from "../run-context.js";

/** An ingest job from its first moment on: what its events and its report say of it, whatever comes of it. */
export interface BegunJob {
  readonly job: { readonly name: string; readonly stream: string };
  readonly context: RunContext;
  /** Without the object type, which is not known yet. */
  readonly subject: EventSubject;
  readonly startedAt: Date;
  readonly startedMs: number;
  readonly tally: ReadTally;
  readonly observe: RunContext["observe"];
}

/**
 * How far a job has got.
 *
 * `begun`: its stream was not looked up yet, or the source has none of that name. `resolved`: what to read of it is not decided
 * yet, and nothing is loaded. `loading`: reads what was planned; what is staged and committed stands in the ledger.
 */
export type JobProgress =
  | { readonly stage: "begun" }
  | { readonly stage: "resolved"; readonly stream: Stream<unknown> }
  | Loading;

export interface Loading {
  readonly stage: "loading";
  readonly stream: Stream<unknown>;
  readonly plan: ReadPlan;
  readonly ledger: LoadLedger;
}

export function beginJob(job: BegunJob["job"], context: RunContext): BegunJob {
  return {
    job,
    context,
    subject: newSubject(job, context, null),
    startedAt: new Date(context.clock.wallMs()),
    startedMs: context.clock.monotonicMs(),
    ...tallyReads(context.observe),
  };
}

/** What a job has come to so far, as its events and its report have it: null is what it has not got to. */
export interface Reached {
  readonly objectType: string | null;
  readonly mode: RunMode | null;
  readonly totals: LoadTotals;
  /** The warehouse has neither a row nor a checkpoint of the stream; false while that is not known. */
  readonly holdsNothing: boolean;
  readonly previousWatermark: Date | null;
  /** Up to when the stream is complete now: as the last stored cursor says, else as before the run; null for a windowed run. */
  readonly watermark: Date | null;
}

export function reachedBy(progress: JobProgress): Reached {
  if (progress.stage !== "loading")
    return { ...NOTHING_READ, objectType: progress.stage === "begun" ? null : progress.stream.objectType };
  const { stream, plan, ledger } = progress;
  const { storedCursor, totals } = ledger;
  const watermark = storedCursor === null ? plan.previousWatermark : stream.summarize(storedCursor).watermark;
  return {
    objectType: stream.objectType,
    mode: plan.mode,
    totals,
    holdsNothing: plan.holdsNothing && totals.commits === 0,
    previousWatermark: plan.previousWatermark,
    watermark: plan.keepsCheckpoint ? watermark : null,
  };
}

const NOTHING_READ = {
  mode: null,
  totals: { recordsExtracted: 0, ...noRows(), commits: 0 },
  holdsNothing: false,
  previousWatermark: null,
  watermark: null,
} as const;
