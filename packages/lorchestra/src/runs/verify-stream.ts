import type { RetrieveOptions, Stream } from "injest";
import { type CompareContext, comparePortion, comparePortions } from "./compare-portion.js";
import { outcomeOf } from "./job-outcome.js";
import { type EventsLacking, laterChanges } from "./later-changes.js";
import { planRead } from "./read-plan.js";
import { readPortions } from "./read-portions.js";
import { requestCounts, tallyReads } from "./read-tally.js";
import { startReading } from "./reading.js";
import type { Repair } from "./repair.js";
import { repairing } from "./repair-job.js";
import type { RunContext } from "./run-context.js";
import { sampleLedger } from "./sample-ledger.js";
import { readSample } from "./sample-rows.js";
import { scopeOf, streamOf } from "./stream-scope.js";
import { type VerificationLedger, verificationLedger } from "./verification-ledger.js";
import {
  FAULTS,
  isFault,
  type RepairResult,
  type SampleResult,
  type StreamVerification,
  type VerifyStatus,
} from "./verify-report.js";

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
  job: { readonly name: string; readonly stream: string },
  context: RunContext,
  options: VerifyOptions,
): Promise<StreamVerification> {
  const startedMs = context.clock.monotonicMs();
  const { tally, observe } = tallyReads(context.observe);
  const notices: { code: string; message: string }[] = [];
  let stream: Stream<unknown> | null = null;
  let watermark: Date | null = null;
  let ledger: VerificationLedger = verificationLedger(null);
  let sample: SampleResult | null = null;
  let repaired: RepairResult | null = null;

  const verify = async (): Promise<null> => {
    stream = streamOf(context.source, job.name, job.stream);
    ledger = verificationLedger(stream.facts);
    const scope = scopeOf(context, stream);
    const plan = await planRead(context, stream, scope);
    watermark = plan.previousWatermark;
    const retrieve: RetrieveOptions = { ...plan.retrieve, signal: context.signal, observe };
    const { warehouse, openSpill } = context;
    const { allowDeletes } = context.options;
    using later = laterChanges(context, stream, watermark, (why) => notices.push(EVENTS_LACKING[why]));
    const portions = { warehouse, scope, stream, retrieve, openSpill, payload: true, allowDeletes };
    const comparing: CompareContext = { ...portions, later };

    const compareAll = async (repair: Repair | null): Promise<void> => {
      if (options.sample === null) await compareListed(comparing, ledger, repair);
      else
        sample = await compareSample(comparing, ledger, repair, {
          size: options.sample,
          random: options.random ?? Math.random,
        });
    };
    if (!options.repair) await compareAll(null);
    else
      await repairing(job, context, comparing, async (repair) => {
        repaired = repair.result;
        await compareAll(repair);
      });
    return null;
  };

  const outcome = outcomeOf(await verify().catch((error: unknown) => ({ error })), null, context.signal);
  return {
    job: job.name,
    connection_name: context.connection.name,
    object_type: (stream as Stream<unknown> | null)?.objectType ?? null,
    status: outcome.status === "completed" ? statusOf(ledger, sample, repaired) : outcome.status,
    in_source: ledger.inSource,
    in_warehouse: ledger.inWarehouse,
    standings: ledger.standings,
    money: ledger.money(),
    findings: ledger.findings,
    sample,
    repair: repaired,
    watermark: (watermark as Date | null)?.toISOString() ?? null,
    ...requestCounts(tally),
    duration_ms: Math.round(context.clock.monotonicMs() - startedMs),
    notices: [...tally.notices, ...notices, ...(outcome.notice === null ? [] : [outcome.notice])],
    error: outcome.error,
  };
}

const EVENTS_LACKING: Readonly<Record<EventsLacking, { readonly code: string; readonly message: string }>> = {
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
  context: CompareContext,
  ledger: VerificationLedger,
  repair: Repair | null,
): Promise<void> {
  const reading = startReading(context.stream, { ...context.retrieve, full: true });
  try {
    for await (const compared of comparePortions(readPortions(reading.batches, context), context)) {
      ledger.add(compared);
      await repair?.take(compared.filter(({ standing }) => isFault(standing)).map(({ change }) => change.id));
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
    await repair?.take(compared.filter(({ standing }) => isFault(standing)).map(({ change }) => change.id));
  }
  return counts.result();
}

/** A repaired sample says nothing good of the rest: where it had faults, so has that. */
function statusOf(
  { standings }: VerificationLedger,
  sample: SampleResult | null,
  repaired: RepairResult | null,
): VerifyStatus {
  const isSound = FAULTS.every((fault) => standings[fault] === 0);
  if (sample !== null && !sample.complete) return isSound ? "sampled" : "different";
  return isSound || repaired?.remaining === 0 ? "equal" : "different";
}
