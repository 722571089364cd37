import type { Batch, Change, Clock, Cursor, Listed, RetrieveOptions, Stream } from "injest";
import { LorchestraError } from "../../errors.js";
import { failpoint } from "../../failpoint.js";
import { noRows, type RowCounts } from "../../warehouse/no-rows.js";
import type { Load, LoadResult, WarehouseCapabilities } from "../../warehouse/warehouse.js";
import type { DeleteGuard } from "../delete-guard.js";
import { distinctCount } from "./distinct-count.js";
import { inChunks } from "../in-chunks.js";
import { type Failure, untilFailure } from "../until-failure.js";

/**
 * What a job has staged and committed: batches go in, commits come out, and the exact counts stand here.
 *
 * The order that makes a crash harmless: a batch's rows are staged; rows that the warehouse holds in the ranges just
 * listed, and the source did not list, are read singly and staged too; only then the cursor that calls those ranges done
 * is stored, in one transaction with all of it.
 */
export interface LoadLedger {
  readonly totals: LoadTotals;
  /** The last cursor that is stored; null while there is none of this run. */
  readonly storedCursor: Cursor | null;
  take(batch: Batch<unknown>): Promise<void>;
  commitIsDue(): boolean;
  /**
   * Commits what was taken since the last commit; does nothing when nothing was. If the source fails while missing rows
   * are looked for, the rows are committed without the cursor, so that they are looked for again, and the failure is returned.
   */
  commit(): Promise<Failure | null>;
}

export interface LoadTotals extends Omit<LoadResult, "staged"> {
  readonly recordsExtracted: number;
  readonly commits: number;
}

export interface LedgerOptions {
  readonly load: Load;
  readonly stream: Stream<unknown>;
  readonly clock: Clock;
  readonly commitAfter: WarehouseCapabilities["commitAfter"];
  readonly guard: DeleteGuard;
  readonly runId: string;
  /** False for a windowed run. */
  readonly keepsCheckpoint: boolean;
  /** Its signal outlives an interruption: what is staged is still to be committed, with the rows that these reads decide on. */
  readonly retrieve: RetrieveOptions;
}

export function loadLedger({
  load,
  stream,
  clock,
  commitAfter,
  guard,
  runId,
  keepsCheckpoint,
  retrieve,
}: LedgerOptions): LoadLedger {
  const totals = { ...noRows(), commits: 0 };
  const extracted = distinctCount();
  let listed: Listed[] = [];
  let lastBatch: Batch<unknown> | undefined;
  let storedCursor: Cursor | null = null;
  let committedAtMs = clock.monotonicMs();

  const stage = async (changes: readonly Change<unknown>[], certainty: "certain" | "possible"): Promise<void> => {
    await load.append(changes);
    let deletes = 0;
    for (const change of changes) {
      if (change.op === "upsert") extracted.add(change.id);
      else deletes += 1;
    }
    await guard.stage(deletes, certainty);
  };

  /** Reads what may have been deleted, until the warehouse names no more such rows. */
  const reconcile = async (): Promise<Failure | null> => {
    for (let countsAll = true; ; countsAll = false) {
      const { ids, count } = await unlistedIds(load.unlisted(listed), countsAll);
      if (count === 0) return null;
      let isAnswered = false;
      for (const asked of sampleFirst(ids)) {
        const { failure, answered, gone } = await readSingly(asked);
        if (failure !== null) return failure;
        if (!isAnswered && gone === asked.length) await guard.foresee(gone, count);
        isAnswered ||= answered > 0;
      }
      if (!isAnswered) throw unanswered(stream.name, ids.length);
    }
  };

  const readSingly = async (ids: readonly string[]) => {
    const answers = untilFailure(stream.retrieve(ids, retrieve));
    let answered = 0;
    let gone = 0;
    for await (const changes of inChunks(answers.items)) {
      await stage(changes, "certain");
      answered += changes.length;
      gone += changes.filter(({ op }) => op === "delete").length;
    }
    return { failure: answers.failure, answered, gone };
  };

  return {
    get totals() {
      return { recordsExtracted: extracted.size, ...totals };
    },
    get storedCursor() {
      return storedCursor;
    },
    async take(batch) {
      await stage(batch.changes, "possible");
      listed.push(...batch.listed);
      lastBatch = batch;
    },
    commitIsDue: () =>
      load.staged.rows >= commitAfter.rows ||
      load.staged.sizeBytes >= commitAfter.sizeBytes ||
      clock.monotonicMs() - committedAtMs >= commitAfter.elapsedMs,
    async commit() {
      if (lastBatch === undefined) return null;
      const failure = listed.length === 0 ? null : await reconcile();
      const checkpoint = keepsCheckpoint && failure === null ? { cursor: lastBatch.cursor, runId } : null;
      if (checkpoint !== null || load.staged.rows > 0) {
        failpoint("before-commit");
        const deleteLimit = await guard.limit();
        const result = await load.commit(checkpoint, deleteLimit === undefined ? {} : { deleteLimit });
        failpoint("after-commit");
        guard.committed(result.deleted);
        addTo(totals, result);
        if (checkpoint !== null) storedCursor = checkpoint.cursor;
      }
      listed = [];
      lastBatch = undefined;
      committedAtMs = clock.monotonicMs();
      return failure;
    },
  };
}

/** Ids in memory: to find them takes a reading of the table's ids. */
const KEPT_IDS = 50_000;
/** So many rows are asked for before the others, so that a stream that lost everything is noticed by these. */
const SAMPLED = 500;

/** The first ids, and how many there are in all where that is wanted. */
async function unlistedIds(all: AsyncIterable<string>, countsAll: boolean): Promise<{ ids: string[]; count: number }> {
  const ids: string[] = [];
  let count = 0;
  for await (const id of all) {
    if (ids.length < KEPT_IDS) ids.push(id);
    count += 1;
    if (!countsAll && count === KEPT_IDS) break;
  }
  return { ids, count };
}

/** The ids in two groups, the first of which comes from everywhere: what was deleted often lies together. */
function sampleFirst(ids: readonly string[]): readonly (readonly string[])[] {
  const step = Math.max(1, Math.floor(ids.length / SAMPLED));
  const isSampled = (index: number): boolean => index % step === 0 && index < SAMPLED * step;
  const groups = [ids.filter((_, index) => isSampled(index)), ids.filter((_, index) => !isSampled(index))];
  return groups.filter((group) => group.length > 0);
}

/** A stream answers for each id, or fails; one that does neither would be asked for ever. */
function unanswered(stream: string, ids: number): LorchestraError {
  return new LorchestraError(
    "INTERNAL",
    `stream \`${stream}\` said nothing about ${ids === 1 ? "an object" : `${ids} objects`} that it was asked for`,
    {
      hint: "report this: nothing was stored of this commit",
      facts: { stream, ids },
    },
  );
}

function addTo(totals: RowCounts & { commits: number }, result: LoadResult): void {
  totals.inserted += result.inserted;
  totals.updated += result.updated;
  totals.unchanged += result.unchanged;
  totals.deleted += result.deleted;
  totals.stale += result.stale;
  totals.quarantined += result.quarantined;
  totals.commits += 1;
}
