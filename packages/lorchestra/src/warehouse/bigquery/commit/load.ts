import type { Change, Listed } from "injest";
import type { Place } from "../address.js";
import { LorchestraError } from "../../../errors.js";
import { failpoint } from "../../../failpoint.js";
import { TABLES } from "../../tables.js";
import type { Checkpoint, CommitOptions, Load, LoadOptions, LoadResult, StreamScope } from "../../warehouse.js";
import { type CommitCounts, runCommit, type CommitTools } from "./commit.js";
import type { CommitPlan, Joining } from "./commit-plan.js";
import { dayOf, dayRanges, type DayRange } from "../creation-ranges.js";
import { isPartitionedByCreation, otherColumnsOf } from "../layout.js";
import { leaseLost, nextEpochOf, type Lease } from "../lease/lease.js";
import type { Reads } from "../read/reads.js";
import { shortHash } from "../api/short-hash.js";
import type { Spool } from "./spool.js";
import { stagedLine } from "./staged-line.js";
import { createStaging, type Staging } from "./staging.js";

export interface LoadTools extends CommitTools {
  readonly reads: Reads;
  readonly spool: () => Promise<Spool>;
  readonly place: Place;
  /** Dates the checkpoint. */
  readonly nowMs: () => number;
}

/** What is known of a staged id: enough to tell which of its changes counts. */
interface Staged {
  readonly seq: number;
  readonly readAtMs: number;
  readonly op: "upsert" | "delete" | "quarantine";
  readonly created: number | null;
}

/** What an interrupted run may spend on closing a load, in ms. */
const INTERRUPTED_MS = 3000;

/** The part of a staging table's name that belongs to a stream. */
export function streamKey(scope: StreamScope): string {
  return shortHash(scope.sourceSystem, scope.connectionName, scope.stream);
}

/** Opens a load under a lease that was just taken; see README.md for the protocol. */
export function createLoad(tools: LoadTools, scope: StreamScope, lease: Lease, options: LoadOptions): Load {
  const { dataset, leases } = tools;
  const { runId } = options;
  const ending = new AbortController();
  const signal = options.signal === undefined ? ending.signal : AbortSignal.any([ending.signal, options.signal]);
  let staged = new Map<string, Staged>();
  /** Seqs of staged rows that a later change of their id has taken the place of. */
  let replaced: number[] = [];
  let sizeBytes = 0;
  let seq = 0;
  let commits = 0;
  let staging = newStaging();
  let dropping: Promise<void> = Promise.resolve();
  let partitioned: Promise<boolean> | undefined;

  function newStaging(): Staging {
    commits += 1;
    const name = `staging_${streamKey(scope)}_${shortHash(runId, lease.epoch)}_${commits}` as const;
    return createStaging({ ...tools, scope, runId, name, signal });
  }

  async function append(changes: readonly Change<unknown>[]): Promise<void> {
    signal.throwIfAborted();
    if (lease.isLost) throw leaseLost(lease);
    for (const change of changes) {
      const known = staged.get(change.id);
      const readAtMs = change.readAt.getTime();
      if (known !== undefined && readAtMs < known.readAtMs) continue;
      if (known !== undefined) replaced.push(known.seq);
      seq += 1;
      const place = { seq, replaces: known?.seq ?? null };
      const line = stagedLine(change, place, options.idemKey(change.id));
      const created = change.op === "upsert" ? change.created : null;
      staged.set(change.id, { seq, readAtMs, op: line.isQuarantined ? "quarantine" : change.op, created });
      sizeBytes += line.sizeBytes;
      await staging.write(line);
    }
  }

  async function* unlisted(listed: readonly Listed[]): AsyncGenerator<string> {
    const present = new Set(listed.flatMap((each) => each.alsoPresent));
    const ids = tools.reads.liveIds(
      scope,
      listed.map((each) => each.range),
      signal,
    );
    for await (const id of ids) {
      if (!present.has(id) && !staged.has(id)) yield id;
    }
  }

  async function commit(checkpoint: Checkpoint | null, commitOptions: CommitOptions = {}): Promise<LoadResult> {
    signal.throwIfAborted();
    if (lease.isLost) throw leaseLost(lease);
    markRefused(await staging.complete());
    if (staged.size === 0 && checkpoint === null) return result(0, {});
    failpoint("after-load");
    const counts = await commitStaged(checkpoint, commitOptions);
    const quarantined = countOp("quarantine");
    if (counts.n_rows > 0) lease.keepsNewestRead = true;
    const outcome = result(quarantined, counts);
    const finished = staging;
    staged = new Map();
    replaced = [];
    sizeBytes = 0;
    staging = newStaging();
    // Nobody waits for a table that no statement reads any more.
    dropping = Promise.all([dropping, finished.drop()]).then(() => undefined);
    return outcome;
  }

  async function commitStaged(checkpoint: Checkpoint | null, commitOptions: CommitOptions): Promise<CommitCounts> {
    let joining: Joining | null = null;
    for (;;) {
      const plan = await planOf(checkpoint, commitOptions, joining);
      const id = `commit_${shortHash(dataset.sqlName("raw_objects"), lease.name, lease.epoch)}`;
      const counts = await runCommit(tools, plan, lease, id, signal);
      if (counts !== "several rows") return counts;
      joining = { otherColumns: await otherColumns() };
    }
  }

  async function planOf(
    checkpoint: Checkpoint | null,
    { force = false, deleteLimit }: CommitOptions,
    joining: Joining | null,
  ): Promise<CommitPlan> {
    return {
      tables: {
        rawObjects: dataset.sqlName("raw_objects"),
        checkpoints: dataset.sqlName("checkpoints"),
        leases: dataset.sqlName("leases"),
        quarantine: dataset.sqlName("quarantine"),
      },
      scope,
      runId,
      schemaRef: options.schemaRef,
      fence: {
        name: lease.name,
        holder: lease.holder,
        epoch: lease.epoch,
        nextEpoch: nextEpochOf(lease),
        held: leases.held(),
      },
      checkpoint: checkpoint === null ? null : { ...checkpoint, updatedAt: new Date(tools.nowMs()) },
      staged:
        staged.size === 0
          ? null
          : {
              table: staging.table,
              rows: staging.written - replaced.length,
              mayRepeat: staging.mayRepeat,
              hasReplaced: replaced.length > 0,
              days: await days(),
              joining,
              hasDeletes: countOp("delete") > 0,
              hasQuarantined: countOp("quarantine") > 0,
              force,
              deleteLimit: deleteLimit ?? null,
              isNewestUnknown: !lease.keepsNewestRead,
            },
    };
  }

  /** As they are now: somebody may have added one since the load began. */
  async function otherColumns(): Promise<string[]> {
    const table = await dataset.table("raw_objects", signal);
    return table === null ? [] : otherColumnsOf(TABLES.raw_objects, table);
  }

  /** Whoever takes the lease drops what is staged: that it is gone then means no more than that. */
  async function whileHeld<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isGone = error instanceof LorchestraError && error.code === "WAREHOUSE_NOT_FOUND";
      if (isGone && (await leases.inspect(lease, signal)) === "lost") throw leaseLost(lease);
      throw error;
    }
  }

  /** The days of creation among which a staged change can find its row; null when all have to be searched. */
  async function days(): Promise<DayRange[] | null> {
    partitioned ??= dataset
      .table("raw_objects", signal)
      .then((table) => table !== null && isPartitionedByCreation(table));
    if (!(await partitioned)) return null;
    const found = new Set<number>();
    for (const { created } of staged.values()) {
      if (created !== null) found.add(dayOf(created));
    }
    // A tombstone does not say when its object was created: its row does.
    if (countOp("delete") > 0) {
      for await (const created of tools.reads.creationOfStagedDeletes(scope, staging.table, signal))
        found.add(dayOf(created));
    }
    return dayRanges(found);
  }

  /** What a load has refused counts as quarantined, unless a later change of the same id has taken its place. */
  function markRefused(refused: readonly number[]): void {
    if (refused.length === 0) return;
    const seqs = new Set(refused);
    for (const [id, known] of staged) {
      if (seqs.has(known.seq)) staged.set(id, { ...known, op: "quarantine" });
    }
  }

  function countOp(op: Staged["op"]): number {
    let count = 0;
    for (const known of staged.values()) if (known.op === op) count += 1;
    return count;
  }

  function result(quarantined: number, counts: Partial<CommitCounts>): LoadResult {
    const { n_inserted = 0, n_updated = 0, n_unchanged = 0, n_deleted = 0, n_stale = 0 } = counts;
    return {
      staged: staged.size,
      inserted: n_inserted,
      updated: n_updated,
      unchanged: n_unchanged,
      deleted: n_deleted,
      stale: n_stale,
      quarantined,
    };
  }

  return {
    append: (changes) => whileHeld(() => append(changes)),
    get staged() {
      return { rows: staged.size, sizeBytes };
    },
    unlisted,
    commit: (checkpoint, commitOptions) => whileHeld(() => commit(checkpoint, commitOptions)),
    [Symbol.asyncDispose]: async () => {
      ending.abort(new Error("the load was closed"));
      const closing = Promise.all([dropping, staging.drop(), leases.release(lease)]);
      // An interrupted run has seconds left: what is not dropped then expires, or goes with the next run.
      const isInterrupted = options.signal?.aborted === true;
      await (isInterrupted ? Promise.race([closing, tools.pace.sleep(INTERRUPTED_MS)]) : closing);
    },
  };
}
