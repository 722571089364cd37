import type { DuckDBConnection } from "@duckdb/node-api";
import { LorchestraError } from "../../errors.js";
import { failpoint } from "../../failpoint.js";
import type { Checkpoint, CommitOptions, LoadOptions, LoadResult, StreamScope } from "../warehouse.js";
import {
  deleteReplacedSql,
  dropCheckpointSql,
  findRowsSql,
  insertRowsSql,
  markDeletedSql,
  storeCheckpointSql,
} from "./commit-sql.js";
import { createCommitFeeds, type RowToWrite } from "./commit-feeds.js";
import { joinVersions, judgeChange, type StoredVersion, type Verdict } from "./judge-change.js";
import type { TableNames } from "./names.js";
import type { Spool } from "./spool.js";
import type { StagedChange } from "./staged-changes.js";

/** What one commit applies. */
export interface CommitPlan {
  readonly scope: StreamScope;
  readonly options: LoadOptions;
  readonly changes: readonly StagedChange[];
  readonly spool: Spool;
  readonly checkpoint: Checkpoint | null;
  readonly updatedAtMs: number;
  readonly commitOptions: CommitOptions;
  readonly otherColumns: readonly string[];
}

/** Applies plans inside the writer's transactions; see README.md for the protocol. */
export interface Committer {
  apply(plan: CommitPlan): Promise<LoadResult>;
}

export function createCommitter(connection: DuckDBConnection, names: TableNames): Committer {
  const feeds = createCommitFeeds(connection);
  const rawObjects = names.quoted("raw_objects");
  const checkpoints = names.quoted("checkpoints");

  async function apply(plan: CommitPlan): Promise<LoadResult> {
    const judged = await judgeAll(plan);
    const counts = countVerdicts(judged);
    const { deleteLimit = Infinity } = plan.commitOptions;
    if (counts.deleted > deleteLimit) throw tooManyDeletions(plan.scope, counts.deleted, deleteLimit);
    await writeRows(plan, judged);
    await markDeleted(judged);
    if (plan.checkpoint !== null) await storeCheckpoint(plan, plan.checkpoint);
    failpoint("in-commit");
    return counts;
  }

  async function judgeAll({ changes, options, commitOptions }: CommitPlan): Promise<JudgedChange[]> {
    const stored = new Map<StagedChange, StoredVersion>();
    const keyed = changes.map((change) => ({ change, idemKey: options.idemKey(change.id) }));
    await findRows(
      keyed.filter(({ change }) => creationOf(change) !== null),
      "creation",
      stored,
    );
    await findRows(
      keyed.filter(({ change }) => creationOf(change) === null),
      "key",
      stored,
    );
    return keyed.map(({ change, idemKey }) => {
      const version = stored.get(change);
      return { change, idemKey, version, verdict: judgeChange(change, version, commitOptions.force ?? false) };
    });
  }

  async function findRows(
    keyed: readonly KeyedChange[],
    by: "creation" | "key",
    stored: Map<StagedChange, StoredVersion>,
  ): Promise<void> {
    if (keyed.length === 0) return;
    feeds.keys.set(keyed.map(({ change, idemKey }, position) => ({ position, idemKey, created: creationOf(change) })));
    const result = await connection.run(findRowsSql(rawObjects, by));
    for (const [position, rowId, payloadHash, firstSeenUs, lastSeenUs, deletedAtUs] of await result.getRows()) {
      const change = keyed[position as number]?.change;
      if (change === undefined) continue;
      const version = { rowIds: [rowId], payloadHash, firstSeenUs, lastSeenUs, deletedAtUs } as StoredVersion;
      const other = stored.get(change);
      stored.set(change, other === undefined ? version : joinVersions(other, version));
    }
  }

  async function writeRows(plan: CommitPlan, judged: readonly JudgedChange[]): Promise<void> {
    const written = judged.flatMap(rowToWrite);
    if (written.length === 0) return;
    const { scope, options, otherColumns } = plan;
    feeds.spool = plan.spool;
    feeds.rows.set(written);
    await connection.run(
      insertRowsSql(rawObjects, { scope, schemaRef: options.schemaRef, runId: options.runId, otherColumns }),
    );
    const replaced = written.flatMap(({ version }) => version?.rowIds ?? []);
    if (replaced.length === 0) return;
    feeds.replaced.set(replaced);
    await connection.run(deleteReplacedSql(rawObjects));
  }

  async function markDeleted(judged: readonly JudgedChange[]): Promise<void> {
    const marks = judged.flatMap(({ change, version, verdict }) =>
      verdict === "deleted" ? (version?.rowIds ?? []).map((rowId) => ({ rowId, readAtMs: change.readAtMs })) : [],
    );
    if (marks.length === 0) return;
    feeds.deleted.set(marks);
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

interface KeyedChange {
  readonly change: StagedChange;
  readonly idemKey: string;
}

interface JudgedChange extends KeyedChange {
  readonly version: StoredVersion | undefined;
  readonly verdict: Verdict;
}

function rowToWrite({ change, idemKey, version, verdict }: JudgedChange): RowToWrite[] {
  if (change.op === "delete" || (verdict !== "inserted" && verdict !== "updated")) return [];
  return [{ change, idemKey, version }];
}

function creationOf(change: StagedChange): number | null {
  return change.op === "upsert" ? change.created : null;
}

function countVerdicts(judged: readonly JudgedChange[]): LoadResult {
  const counts = { staged: judged.length, inserted: 0, updated: 0, unchanged: 0, deleted: 0, stale: 0, quarantined: 0 };
  for (const { verdict } of judged) counts[verdict] += 1;
  return counts;
}

function tooManyDeletions(scope: StreamScope, deletions: number, limit: number): LorchestraError {
  return new LorchestraError(
    "DELETE_LIMIT",
    `stream \`${scope.stream}\` of \`${scope.connectionName}\` would mark ${deletions} rows as deleted, more than ${limit}`,
    {
      hint: "see in the source whether these objects are gone; if so, run again with --allow-deletes",
      facts: { stream: scope.stream, connection: scope.connectionName, deletions, limit },
    },
  );
}
