import type { RetrieveOptions } from "injest";
import { type CompareContext, comparePortion, comparePortions } from "../compare/compare-portion.js";
import { outcomeOf } from "../job/job-outcome.js";
import { type EventsLacking, laterChanges } from "../compare/later-changes.js";
import { planRead } from "../read/read-plan.js";
import { type ReadContext, readPortions } from "../compare/read-portions.js";
import { requestCounts, tallyReads } from "../read/read-tally.js";
import { startReading } from "../read/reading.js";
import type { Repair } from "./repair.js";
import { type RepairContext, repairing } from "./repair-job.js";
import type { RunContext } from "../run-context.js";
import type { Notice } from "../run-report.js";
import { sampleLedger } from "./sample-ledger.js";
import { readSample } from "./sample-rows.js";
import { scopeOf, streamOf } from "../stream-scope.js";
import { type VerificationLedger, verificationLedger } from "./verification-ledger.js";
import {
  FAULTS,
  isFault,
  type RepairResult,
  type SampleResult,
  type StreamVerification,
  type VerifyStatus,
} from "../verify-report.js";

export interface VerifyOptions {
  /** Draws so many rows, and lists windows of the source, instead of listing everything; null lists everything. */
  readonly sample: number | null;
  readonly repair: boolean;
  /** In [0, 1), for the sample. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * Compares one stream's rows with the source, and repairs what is at fault where that is asked for. What goes wrong is in
 * the report. Without a repair it only reads, and takes no lease.
 */
export async function verifyStream(
  job: VerifiedJob,
  context: RunContext,
  options: VerifyOptions,
): Promise<StreamVerification> {
  const startedMs = context.clock.monotonicMs();
  const { tally, observe } = tallyReads(context.observe);
  const found: Found = {
    objectType: null,
    ledger: verificationLedger(null),
    watermark: null,
    holdsNothing: false,
    sample: null,
    repaired: null,
    notices: [],
  };
  const failure = await verifyInto(found, job, { ...context, observe }, options).catch((error: unknown) => ({ error }));
  const outcome = outcomeOf(failure ?? null, found.holdsNothing, context.signal);
  const { ledger, sample, repaired } = found;
  return {
    job: job.name,
    connection_name: context.connection.name,
    object_type: found.objectType,
    status: outcome.status === "completed" ? statusOf(found) : outcome.status,
    in_source: ledger.inSource,
    in_warehouse: ledger.inWarehouse,
    standings: ledger.standings,
    money: ledger.money(),
    findings: ledger.findings,
    sample,
    repair: repaired,
    watermark: found.watermark?.toISOString() ?? null,
    ...requestCounts(tally),
    duration_ms: Math.round(context.clock.monotonicMs() - startedMs),
    notices: [...tally.notices, ...found.notices, ...(outcome.notice === null ? [] : [outcome.notice])],
    error: outcome.error,
  };
}

interface VerifiedJob {
  readonly name: string;
  readonly stream: string;
}

/** What a verification has found so far, as its report has it also where it then fails. */
interface Found {
  /** Null while the stream was not looked up. */
  objectType: string | null;
  ledger: VerificationLedger;
  watermark: Date | null;
  /** The warehouse has neither a row nor a checkpoint of the stream. */
  holdsNothing: boolean;
  /** Null unless a sample was drawn. */
  sample: SampleResult | null;
  /** Null unless a repair has begun. */
  repaired: RepairResult | null;
  readonly notices: Notice[];
}

async function verifyInto(found: Found, job: VerifiedJob, context: RunContext, options: VerifyOptions): Promise<void> {
  const { source, warehouse, openSpill, signal, observe } = context;
  const stream = streamOf(source, job.name, job.stream);
  found.objectType = stream.objectType;
  found.ledger = verificationLedger(stream.facts);
  const scope = scopeOf(context, stream);

  const compare = async (openRepair: ((context: RepairContext) => Repair) | null): Promise<void> => {
    // Of a repair only now, where the stream is held: what another run has committed before that is no longer behind.
    const plan = await planRead(context, stream, scope);
    found.watermark = plan.previousWatermark;
    found.holdsNothing = plan.holdsNothing;
    using later = laterChanges(context, stream, plan.checkpoint, (why) => found.notices.push(EVENTS_LACKING[why]));
    const retrieve: RetrieveOptions = { ...plan.retrieve, signal, observe };
    const { allowDeletes } = context.options;
    const checkpointVersion = plan.checkpoint?.apiVersion ?? null;
    const portions = { warehouse, scope, stream, retrieve, openSpill, payload: true, allowDeletes, findsAllRows: true };
    const comparing = { ...portions, later, checkpointVersion, holdsNothing: plan.holdsNothing };
    const repair = openRepair?.(comparing) ?? null;
    found.repaired = repair?.result ?? null;
    if (options.sample === null) return await compareListed(comparing, found.ledger, repair);
    const draw = { size: options.sample, random: options.random ?? Math.random };
    found.sample = await compareSample(comparing, found.ledger, repair, draw);
  };
  await (options.repair ? repairing(job, context, scope, compare) : compare(null));
}

const EVENTS_LACKING: Readonly<Record<EventsLacking, Notice>> = {
  forbidden: {
    code: "FEED_FORBIDDEN",
    message: "the key may not read events: a change since the last run cannot be told from a fault",
  },
  expired: {
    code: "FEED_EXPIRED",
    message:
      "the last run is longer ago than events are kept: a change soon after it cannot be told from a fault, before another run",
  },
};

/** Lists everything, and compares portion by portion. */
async function compareListed(
  context: CompareContext & ReadContext,
  ledger: VerificationLedger,
  repair: Repair | null,
): Promise<void> {
  const reading = startReading(context.stream, { ...context.retrieve, full: true });
  try {
    for await (const compared of comparePortions(readPortions(reading.batches, context), context)) {
      ledger.add(compared);
      await repair?.take(compared.filter(({ standing }) => isFault(standing)));
    }
  } finally {
    await reading.stop();
  }
  if (reading.failure !== null) throw reading.failure.error;
}

async function compareSample(
  context: CompareContext,
  ledger: VerificationLedger,
  repair: Repair | null,
  draw: { size: number; random: () => number },
): Promise<SampleResult> {
  const counts = sampleLedger();
  const newFrom = context.later?.since ?? null;
  for await (const { from, portion } of readSample({ ...context, ...draw, newFrom, onFacts: counts.onFacts })) {
    const compared = counts.firstTime(await comparePortion(portion, context));
    counts.add(from, compared);
    ledger.add(compared);
    await repair?.take(compared.filter(({ standing }) => isFault(standing)));
  }
  return counts.result();
}

/** A repaired sample says nothing good of the rest: where it had faults, so has that. */
function statusOf({ ledger: { standings }, sample, repaired }: Found): VerifyStatus {
  const isSound = FAULTS.every((fault) => standings[fault] === 0);
  if (sample !== null && !sample.complete) return isSound ? "sampled" : "different";
  return isSound || repaired?.remaining === 0 ? "equal" : "different";
}
