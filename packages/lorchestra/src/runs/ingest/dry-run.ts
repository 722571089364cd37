import type { Batch, Change, Stream } from "injest";
import type { StoredRow, StreamScope, Warehouse } from "../../warehouse/warehouse.js";
import { noRows } from "../../warehouse/no-rows.js";
import { deleteLimitError } from "../../warehouse/delete-limit.js";
import { deleteLimitOf } from "../delete-guard.js";
import { type Difference, differencesOf } from "../compare/differences.js";
import { type DistinctCount, distinctCount } from "./distinct-count.js";
import { outcomeOf } from "../job/job-outcome.js";
import { emptyReport } from "../job/job-report.js";
import { type JudgedChange, judgeChanges } from "./judge-changes.js";
import { type PortionContext, withRows } from "../compare/portion.js";
import { planRead } from "../read/read-plan.js";
import { readPortions } from "../compare/read-portions.js";
import { requestCounts, tallyReads } from "../read/read-tally.js";
import { startReading } from "../read/reading.js";
import type { Failure } from "../until-failure.js";
import type { RunContext } from "../run-context.js";
import type { JobReport, Notice, SampleChange } from "../run-report.js";
import { scopeOf, streamOf } from "../stream-scope.js";

/**
 * Reads what a run would read and says what it would do; writes nothing, creates nothing, takes no lease.
 *
 * The counts are those that a run would have had at this moment. Memory stays bounded: changes are judged in portions.
 */
export async function dryRun(
  job: { readonly name: string; readonly stream: string },
  context: RunContext,
): Promise<JobReport> {
  const startedMs = context.clock.monotonicMs();
  const { tally, observe } = tallyReads(context.observe);
  const counts = noRows();
  const extracted = distinctCount();
  const sample: SampleChange[] = [];
  let stream: Stream<unknown> | null = null;
  let holdsNothing = false;
  let limitNotice: readonly Notice[] = [];

  const read = async (): Promise<Failure | null> => {
    stream = streamOf(context.source, job.name, job.stream);
    const { warehouse, signal, options } = context;
    const scope = scopeOf(context, stream);
    const plan = await planRead(context, stream, scope);
    holdsNothing = plan.holdsNothing;
    const reading = startReading(stream, { ...plan.options, signal, observe });
    const retrieve = { ...plan.retrieve, signal, observe };
    try {
      const { openSpill } = context;
      const { allowDeletes } = options;
      const portions = {
        warehouse,
        scope,
        stream,
        retrieve,
        openSpill,
        payload: false,
        allowDeletes,
        findsAllRows: false,
      };
      // What was read counts also where the run is interrupted before it is compared.
      for await (const portion of readPortions(countingReads(reading.batches, extracted), portions)) {
        const judged = judgeChanges(portion, warehouse);
        for (const { verdict } of judged) counts[verdict] += 1;
        if (!portion.isListed) countReads(portion.changes, extracted);
        await addToSample(sample, judged, { ...portions, showValues: options.showValues });
      }
    } finally {
      await reading.stop();
    }
    if (!options.allowDeletes) limitNotice = await limitNoticeOf(warehouse, scope, counts.deleted);
    return reading.failure;
  };

  const failure = await read().catch((error: unknown) => ({ error }));
  const outcome = outcomeOf(failure, holdsNothing, context.signal);
  return {
    ...emptyReport(job, context),
    object_type: (stream as Stream<unknown> | null)?.objectType ?? null,
    status: outcome.status,
    records_extracted: extracted.size,
    ...counts,
    ...requestCounts(tally),
    duration_ms: Math.round(context.clock.monotonicMs() - startedMs),
    notices: [...tally.notices, ...limitNotice, ...(outcome.notice === null ? [] : [outcome.notice])],
    sample,
    error: outcome.error,
  };
}

async function* countingReads(
  batches: AsyncIterable<Batch<unknown>>,
  extracted: DistinctCount,
): AsyncGenerator<Batch<unknown>, void, undefined> {
  for await (const batch of batches) {
    countReads(batch.changes, extracted);
    yield batch;
  }
}

function countReads(changes: readonly Change<unknown>[], extracted: DistinctCount): void {
  for (const { op, id } of changes) if (op === "upsert") extracted.add(id);
}

/** So many changes are shown, of the changes that were met first. */
const SAMPLED = 10;

/** Takes changes into the sample while there is room; only for these the warehouse's payloads are read. */
async function addToSample(
  sample: SampleChange[],
  judged: readonly JudgedChange[],
  options: PortionContext & { readonly showValues: boolean },
): Promise<void> {
  const { stream, showValues } = options;
  const shown = judged.filter(({ verdict }) => verdict in ACTIONS).slice(0, SAMPLED - sample.length);
  if (shown.length === 0) return;
  const updated = shown.filter(({ verdict }) => verdict === "updated").map(({ change }) => change);
  const none = new Map<string, StoredRow>();
  const rows = updated.length === 0 ? none : (await withRows(updated, { ...options, payload: true })).rows;
  for (const { change, verdict } of shown) {
    const differences = changedFields(change, rows.get(change.id)?.payload ?? null, stream.facts.volatileFields);
    sample.push({
      id: change.id,
      action: ACTIONS[verdict as keyof typeof ACTIONS],
      paths: differences.map(({ path }) => path),
      ...(showValues && differences.length > 0 && { values: valuesOf(differences) }),
    });
  }
}

const ACTIONS = { inserted: "insert", updated: "update", deleted: "delete" } as const;

function changedFields(
  change: Change<unknown>,
  stored: string | null,
  volatileFields: readonly string[],
): Difference[] {
  return change.op === "delete" || stored === null ? [] : differencesOf(stored, change.record.json, volatileFields);
}

function valuesOf(differences: readonly Difference[]): Record<string, readonly [string | null, string | null]> {
  return Object.fromEntries(differences.map(({ path, stored, read }) => [path, [stored, read] as const]));
}

/** Says that the run itself would refuse so many deletions. */
async function limitNoticeOf(warehouse: Warehouse, scope: StreamScope, deletes: number): Promise<Notice[]> {
  if (deletes === 0) return [];
  const limit = deleteLimitOf(await warehouse.countLive(scope));
  if (deletes <= limit) return [];
  const { code, message, hint } = deleteLimitError(scope, deletes, limit);
  return [{ code, message: `${message}: ${hint}` }];
}
