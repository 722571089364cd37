import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { failpoint } from "../../../failpoint.js";
import { deleteLimitError } from "../../delete-limit.js";
import { noRows } from "../../no-rows.js";
import type { Checkpoint, CommitOptions, LoadOptions, LoadResult, StreamScope } from "../../warehouse.js";
import {
  deleteReplacedSql,
  type DoubtfulRows,
  dropCheckpointSql,
  type FindBy,
  findObjectRowsSql,
  findRowsSql,
  forgetOthersSql,
  insertRowsSql,
  keepOthersSql,
  markDeletedSql,
  storeCheckpointSql,
} from "./commit-sql.js";
import { createCommitFeeds, creationOf } from "./commit-feeds.js";
import { judgeChange, keptOf, type StoredVersion } from "./judge-change.js";
import type { TableNames } from "../names.js";
import { allSeenSql, type SeenBounds } from "./seen-bounds.js";
import type { Spool } from "./spool.js";
import type { StagedChange, StagedUpsert } from "./staged-changes.js";

/** What one commit applies. */
export interface CommitPlan {
  readonly scope: StreamScope;
  readonly options: LoadOptions;
  readonly changes: readonly StagedChange[];
  readonly spool: Spool;
  readonly checkpoint: Checkpoint | null;
  readonly updatedAtMs: number;
  /** More commits are probably to come, for which it pays to know `SeenBounds`; or it costs nothing. */
  readonly wantsBounds: boolean;
  /** What the stream may have of rows among which those of dated changes have to be looked for by their keys, too. */
  readonly doubtful: readonly DoubtfulRows[];
  readonly commitOptions: CommitOptions;
  readonly otherColumns: readonly string[];
}

/** Applies plans inside the writer's transactions; see README.md for the protocol. */
export interface Committer {
  apply(plan: CommitPlan): Promise<LoadResult>;
}

export function createCommitter(connection: DuckDBConnection, names: TableNames, seen: SeenBounds): Committer {
  const feeds = createCommitFeeds(connection);
  const rawObjects = names.quoted("raw_objects");
  const checkpoints = names.quoted("checkpoints");

  async function apply(plan: CommitPlan): Promise<LoadResult> {
    const stored = new Map<StagedChange, StoredVersion[]>();
    const kept = new Map<StagedUpsert, StoredVersion>();
    feeds.begin({ spool: plan.spool, idemKey: plan.options.idemKey, kept });
    if (plan.commitOptions.force === true) await findObjects(plan, stored);
    else await findByCreation(plan, stored);
    const judged = judgeAll(plan, stored, kept);
    const { deleteLimit = Infinity } = plan.commitOptions;
    if (judged.counts.deleted > deleteLimit) throw deleteLimitError(plan.scope, judged.counts.deleted, deleteLimit);
    await writeRows(plan, judged, kept);
    await markDeleted(judged.marked);
    if (plan.checkpoint !== null) await storeCheckpoint(plan, plan.checkpoint);
    failpoint("in-commit");
    return judged.counts;
  }

  async function knowSeen(): Promise<void> {
    const result = await connection.run(allSeenSql(rawObjects));
    const rows = (await result.getRows()) as [number, number, number, boolean][];
    seen.know(
      rows.map(([stretch, fromUs, untilUs, isTold]) => ({ stretch, seen: isTold ? { fromUs, untilUs } : null })),
    );
  }

  async function findByCreation(plan: CommitPlan, stored: Map<StagedChange, StoredVersion[]>): Promise<void> {
    const dated = plan.changes.filter((change) => creationOf(change) !== null);
    const undated = plan.changes.filter((change) => creationOf(change) === null);
    if (plan.wantsBounds && seen.isWanting) await knowSeen();
    await findDated(dated, plan.doubtful, stored);
    await findVersions(undated, "key", stored);
  }

  /** A repair trusts neither the keys nor the dates that are in the table. */
  async function findObjects(
    { changes, scope }: CommitPlan,
    stored: Map<StagedChange, StoredVersion[]>,
  ): Promise<void> {
    feeds.objects.set(changes);
    const { sourceSystem, connectionName, objectType } = scope;
    const sql = findObjectRowsSql(rawObjects);
    const result = await connection.run(sql, [sourceSystem, connectionName, objectType]);
    addVersions(changes, await result.getRows(), stored);
  }

  async function findDated(
    changes: readonly StagedChange[],
    doubtful: readonly DoubtfulRows[],
    stored: Map<StagedChange, StoredVersion[]>,
  ): Promise<void> {
    const bounds = seen.ofSeconds(changes.map((change) => creationOf(change) ?? 0));
    if (bounds.length + doubtful.length > 0) await findVersions(changes, { seen: bounds, doubtful }, stored);
  }

  async function findVersions(
    changes: readonly StagedChange[],
    by: FindBy,
    stored: Map<StagedChange, StoredVersion[]>,
  ): Promise<void> {
    if (changes.length === 0) return;
    feeds.keys.set(changes);
    const result = await connection.run(findRowsSql(rawObjects, by));
    addVersions(changes, await result.getRows(), stored);
  }

  async function writeRows(
    { scope, options, otherColumns }: CommitPlan,
    judged: JudgedChanges,
    kept: ReadonlyMap<StagedUpsert, StoredVersion>,
  ): Promise<void> {
    const { written, replaced } = judged;
    if (written.length === 0) return;
    for (const { created, readAtMs } of written) if (created !== null) seen.add(created, readAtMs * 1000);
    const insert = async (rows: readonly StagedUpsert[], otherColumns: readonly string[]): Promise<void> => {
      if (rows.length === 0) return;
      const { schemaRef, runId } = options;
      feeds.rows.set(rows);
      await connection.run(insertRowsSql(rawObjects, { scope, schemaRef, runId, otherColumns }));
    };
    const keepsOthers = otherColumns.length > 0 && replaced.length > 0;
    feeds.replaced.set(replaced);
    if (keepsOthers) await connection.run(keepOthersSql(rawObjects, otherColumns));
    // The old ones first: whoever has made the key unique would have it twice otherwise.
    if (replaced.length > 0) await connection.run(deleteReplacedSql(rawObjects));
    if (!keepsOthers) return insert(written, []);
    await insert(
      written.filter((change) => !kept.has(change)),
      [],
    );
    await insert(
      written.filter((change) => kept.has(change)),
      otherColumns,
    );
    await connection.run(forgetOthersSql());
  }

  async function markDeleted(marked: JudgedChanges["marked"]): Promise<void> {
    if (marked.length === 0) return;
    feeds.deleted.set(marked);
    await connection.run(markDeletedSql(rawObjects));
  }

  async function storeCheckpoint({ scope, updatedAtMs }: CommitPlan, checkpoint: Checkpoint): Promise<void> {
    const { connectionName, stream } = scope;
    const cursor = JSON.stringify(checkpoint.cursor);
    feeds.checkpoint.set([{ connectionName, stream, cursor, runId: checkpoint.runId, updatedAtMs }]);
    await connection.run(dropCheckpointSql(checkpoints));
    await connection.run(storeCheckpointSql(checkpoints));
  }

  return {
    apply: async (plan) => {
      try {
        return await apply(plan);
      } finally {
        feeds.forget();
      }
    },
  };
}

/** Adds what a search has found to what the changes are judged by. */
function addVersions(
  changes: readonly StagedChange[],
  found: readonly (readonly DuckDBValue[])[],
  stored: Map<StagedChange, StoredVersion[]>,
): void {
  for (const [position, rowId, payloadHash, firstSeenUs, lastSeenUs, deletedAtUs] of found) {
    const change = changes[position as number];
    if (change === undefined) continue;
    const version = { rowId, payloadHash, firstSeenUs, lastSeenUs, deletedAtUs } as StoredVersion;
    const others = stored.get(change);
    if (others === undefined) stored.set(change, [version]);
    else others.push(version);
  }
}

interface JudgedChanges {
  readonly counts: LoadResult;
  readonly written: readonly StagedUpsert[];
  /** Rows whose place a written one takes. */
  readonly replaced: readonly number[];
  /** Rows to mark as deleted. */
  readonly marked: readonly { readonly rowId: number; readonly readAtMs: number }[];
}

/** Puts into `kept` what written rows keep of those whose place they take. */
function judgeAll(
  { changes, commitOptions: { force = false } }: CommitPlan,
  stored: ReadonlyMap<StagedChange, readonly StoredVersion[]>,
  kept: Map<StagedUpsert, StoredVersion>,
): JudgedChanges {
  const counts = { staged: changes.length, ...noRows() };
  const written: StagedUpsert[] = [];
  const replaced: number[] = [];
  const marked: { rowId: number; readAtMs: number }[] = [];
  for (const change of changes) {
    const { verdict, rows } = judgeChange(change, stored.get(change) ?? [], force);
    counts[verdict] += 1;
    if (verdict === "deleted") {
      for (const { rowId } of rows) marked.push({ rowId, readAtMs: change.readAtMs });
    } else if (change.op === "upsert" && (verdict === "inserted" || verdict === "updated")) {
      written.push(change);
      for (const { rowId } of rows) replaced.push(rowId);
      const [first, ...others] = rows;
      if (first !== undefined) kept.set(change, keptOf([first, ...others]));
    }
  }
  return { counts, written, replaced, marked };
}
