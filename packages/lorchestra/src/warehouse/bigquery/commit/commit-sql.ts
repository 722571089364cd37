import type { CommitPlan } from "./commit-plan.js";
import { fenceSql, renewInCommitSql } from "../lease/lease-sql.js";
import { COUNTS, countSql, insertSql, joiningMergeSql, mergeSql, sourceSql } from "./merge-sql.js";
import { json, literal, timestamp } from "../api/quote.js";
import { newestReadAtSql } from "../read/scope-sql.js";

/**
 * A whole commit as one script: fence, counts, rows, quarantine, checkpoint and lease in one transaction.
 *
 * What is staged must be what was sent. The counts come before the change and must agree with what it then writes, or the
 * transaction fails. What there is to do decides the statement: a MERGE that can update bills the partitions whole, an INSERT
 * only what it reads (https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation).
 * One that joins rows reads them once more: it is there only after a commit has found such rows.
 */
export function commitSql(plan: CommitPlan): string {
  const { tables, staged, fence } = plan;
  if (staged === null) {
    return statements(
      "BEGIN TRANSACTION",
      fenceSql(tables.leases, fence),
      checkpointSql(plan),
      renewInCommitSql(tables.leases, fence, null),
      "COMMIT TRANSACTION",
      "SELECT 'committed' AS outcome",
    );
  }
  const joins =
    staged.joining === null
      ? ""
      : `IF counted.n_joined > 0 THEN
${joiningMergeSql(plan, staged.joining)};
  ASSERT @@row_count = counted.n_rows AS 'counts';
ELSE`;
  const writes = statements(
    `${joins}IF counted.n_rows > counted.n_inserted THEN
${mergeSql(plan)};
  ASSERT @@row_count = counted.n_rows AS 'counts';
ELSEIF counted.n_inserted > 0 THEN
${insertSql(plan)};
  ASSERT @@row_count = counted.n_inserted AS 'counts';
END IF`,
    staged.hasQuarantined ? quarantineSql(plan) : null,
    checkpointSql(plan),
    renewInCommitSql(tables.leases, fence, newestSql(plan)),
  );
  return statements(
    `DECLARE counted STRUCT<${COUNTS.map((name) => `${name} INT64`).join(", ")}, newest_written TIMESTAMP, n_staged INT64>`,
    "BEGIN TRANSACTION",
    fenceSql(tables.leases, fence),
    `SET counted = (\n${countSql(plan)}\n)`,
    `ASSERT counted.n_staged = ${staged.rows} AS 'staged'`,
    // Else only the epoch moves: the script has one way to its end, and one result.
    `IF ${outcomeSql(staged)} = 'committed' THEN\n${writes}\nEND IF`,
    "COMMIT TRANSACTION",
    `SELECT ${outcomeSql(staged)} AS outcome, ${COUNTED_COLUMNS}`,
  );
}

function outcomeSql({ deleteLimit, joining }: NonNullable<CommitPlan["staged"]>): string {
  const limited = deleteLimit === null ? "" : ` WHEN counted.n_deleted > ${deleteLimit} THEN 'delete_limit'`;
  const unjoined = joining === null ? " WHEN counted.n_joined > 0 THEN 'several_rows'" : "";
  return limited + unjoined === "" ? "'committed'" : `CASE${limited}${unjoined} ELSE 'committed' END`;
}

const COUNTED_COLUMNS = COUNTS.map((name) => `counted.${name} AS ${name}`).join(", ");

/** What was refused before is refused again at each reading: it is kept once. */
export function quarantineSql(plan: CommitPlan): string {
  const { tables, runId } = plan;
  return `INSERT INTO ${tables.quarantine} (idem_key, reason, raw, run_id, created_at)
SELECT S.idem_key, S.reason, S.raw, ${literal(runId)}, CURRENT_TIMESTAMP()
FROM ${sourceSql(plan)} AS S
WHERE S.op = 'quarantine' AND NOT EXISTS (
  SELECT 1 FROM ${tables.quarantine} AS Q WHERE Q.idem_key = S.idem_key AND Q.reason = S.reason AND Q.raw = S.raw
)`;
}

function checkpointSql({ tables, scope, checkpoint }: CommitPlan): string | null {
  if (checkpoint === null) return null;
  const { cursor, runId, updatedAt } = checkpoint;
  const [connection, stream] = [literal(scope.connectionName), literal(scope.stream)];
  return `DELETE FROM ${tables.checkpoints} WHERE connection_name = ${connection} AND stream = ${stream};
INSERT INTO ${tables.checkpoints} (connection_name, stream, cursor, run_id, updated_at)
VALUES (${connection}, ${stream}, ${json(cursor)}, ${literal(runId)}, ${timestamp(updatedAt)})`;
}

function newestSql({ tables, scope, staged }: CommitPlan): string {
  return staged?.isNewestUnknown === true
    ? `(${newestReadAtSql(tables.rawObjects, scope)})`
    : "GREATEST(newest_read_at, IFNULL(counted.newest_written, newest_read_at))";
}

function statements(...parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null).join(";\n")};`;
}
