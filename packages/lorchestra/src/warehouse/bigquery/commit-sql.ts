import type { Cursor } from "injest";
import type { StreamScope } from "../warehouse.js";
import { monthsSql, type MonthRange } from "./creation-ranges.js";
import { fenceSql, renewInCommitSql, type Fence } from "./lease-sql.js";
import { json, literal, timestamp } from "./quote.js";

/** Tables as SQL takes their names. */
export interface CommitTables {
  readonly rawObjects: string;
  readonly checkpoints: string;
  readonly leases: string;
  readonly quarantine: string;
}

export interface CommitPlan {
  readonly tables: CommitTables;
  readonly scope: StreamScope;
  readonly runId: string;
  readonly schemaRef: string;
  readonly fence: Fence;
  /** Null when nothing is staged: then only the checkpoint is stored. */
  readonly staged: {
    readonly table: string;
    /** Rows that a later change of the same id has replaced. */
    readonly supersededSeqs: readonly number[];
    /** Null: the target is not partitioned by creation, or too little is known to filter. */
    readonly months: readonly MonthRange[] | null;
    readonly hasQuarantined: boolean;
    readonly force: boolean;
    readonly deleteLimit: number | null;
    /** The lease keeps no newest read yet: it has to be looked up. */
    readonly isNewestUnknown: boolean;
  } | null;
  /** Null: a windowed run stores none. */
  readonly checkpoint: { readonly cursor: Cursor; readonly runId: string; readonly updatedAt: Date } | null;
}

/**
 * A whole commit as one script: fence, counts, rows, quarantine, checkpoint and lease in one transaction.
 *
 * The counts come before the change and must agree with what it then writes, or the transaction fails. Whether there is
 * anything to update decides the statement: a MERGE that can update bills the partitions whole, an INSERT only what it
 * reads (https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation).
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
  const { deleteLimit } = staged;
  const writes = statements(
    `IF counted.n_rows > counted.n_inserted THEN
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
    `DECLARE counted STRUCT<${COUNTS.map((name) => `${name} INT64`).join(", ")}, newest_written TIMESTAMP>`,
    supersededSql(staged),
    "BEGIN TRANSACTION",
    fenceSql(tables.leases, fence),
    `SET counted = (\n${countSql(plan)}\n)`,
    // Beyond the limit only the epoch moves: the script has one way to its end, and one result.
    deleteLimit === null ? writes.slice(0, -1) : `IF counted.n_deleted <= ${deleteLimit} THEN\n${writes}\nEND IF`,
    "COMMIT TRANSACTION",
    `SELECT ${outcomeSql(deleteLimit)} AS outcome, ${COUNTED_COLUMNS}`,
  );
}

function outcomeSql(deleteLimit: number | null): string {
  return deleteLimit === null ? "'committed'" : `IF(counted.n_deleted <= ${deleteLimit}, 'committed', 'delete_limit')`;
}

/** `n_rows` counts rows of the target that are written; the others count ids. */
export const COUNTS = ["n_inserted", "n_updated", "n_unchanged", "n_deleted", "n_stale", "n_rows"] as const;

const COUNTED_COLUMNS = COUNTS.map((name) => `counted.${name} AS ${name}`).join(", ");

/** The one statement of a commit that costs: for a dry run of its bytes. */
export function mergeSql(plan: CommitPlan): string {
  const { staged, tables, runId, schemaRef, scope } = plan;
  const set = (column: string, value: string, otherwise: string): string =>
    `    ${column} = IF(S.op = 'upsert', ${value}, ${otherwise})`;
  const updates = [
    ...["payload", "payload_hash", "api_version", "request_id", "listed_hash", "object_created"].map((name) =>
      set(name, `S.${name}`, `T.${name}`),
    ),
    set("schema_ref", literal(schemaRef), "T.schema_ref"),
    set("last_seen", "S.read_at", "T.last_seen"),
    set("run_id", literal(runId), "T.run_id"),
    set("deleted_at", "CAST(NULL AS TIMESTAMP)", "S.read_at"),
  ];
  return `MERGE ${tables.rawObjects} AS T
USING ${staged?.table} AS S
ON ${matchSql(plan)}
WHEN MATCHED AND ${writesSql(plan)} THEN
  UPDATE SET
${updates.join(",\n")}
WHEN NOT MATCHED AND S.op = 'upsert' THEN
  INSERT (${INSERTED.join(", ")})
  VALUES (${insertedValues(scope, schemaRef, runId)})`;
}

const INSERTED = [
  "idem_key",
  "source_system",
  "connection_name",
  "object_type",
  "schema_ref",
  "external_id",
  "payload",
  "first_seen",
  "last_seen",
  "payload_hash",
  "deleted_at",
  "api_version",
  "run_id",
  "request_id",
  "listed_hash",
  "object_created",
];

function insertedValues(scope: StreamScope, schemaRef: string, runId: string): string {
  return [
    "S.idem_key",
    literal(scope.sourceSystem),
    literal(scope.connectionName),
    literal(scope.objectType),
    literal(schemaRef),
    "S.external_id, S.payload, S.read_at, S.read_at, S.payload_hash, CAST(NULL AS TIMESTAMP), S.api_version",
    literal(runId),
    "S.request_id, S.listed_hash, S.object_created",
  ].join(", ");
}

function insertSql({ tables, staged, scope, schemaRef, runId, ...rest }: CommitPlan): string {
  const plan = { tables, staged, scope, schemaRef, runId, ...rest };
  return `INSERT INTO ${tables.rawObjects} (${INSERTED.join(", ")})
SELECT ${insertedValues(scope, schemaRef, runId)}
FROM ${staged?.table} AS S
LEFT JOIN ${tables.rawObjects} AS T ON ${matchSql(plan)}
WHERE S.op = 'upsert' AND T.idem_key IS NULL`;
}

/** Counts ids by what becomes of them; a key that an earlier tool stored twice is one id and two rows. */
function countSql(plan: CommitPlan): string {
  const { staged, tables } = plan;
  return `SELECT AS STRUCT
  COUNTIF(D.outcome = 1) AS n_inserted,
  COUNTIF(D.outcome = 2) AS n_updated,
  COUNTIF(D.outcome = 5) AS n_unchanged,
  COUNTIF(D.outcome = 3) AS n_deleted,
  COUNTIF(D.outcome = 4) AS n_stale,
  IFNULL(SUM(D.written), 0) AS n_rows,
  MAX(IF(D.outcome IN (1, 2, 3), D.read_at, CAST(NULL AS TIMESTAMP))) AS newest_written
FROM (
  SELECT
    S.idem_key AS idem_key,
    MAX(S.read_at) AS read_at,
    MIN(CASE
      WHEN T.idem_key IS NULL THEN IF(S.op = 'upsert', 1, 5)
      WHEN ${writesSql(plan)} THEN IF(S.op = 'upsert', 2, 3)
      WHEN ${STALE} THEN 4
      ELSE 5
    END) AS outcome,
    COUNTIF(IF(T.idem_key IS NULL, S.op = 'upsert', ${writesSql(plan)})) AS written
  FROM ${staged?.table} AS S
  LEFT JOIN ${tables.rawObjects} AS T ON ${matchSql(plan)}
  WHERE S.op IN ('upsert', 'delete')
  GROUP BY S.idem_key
) AS D`;
}

/** Never true of a row whose \`last_seen\` an earlier tool left empty. */
const STALE = "IFNULL(S.read_at < GREATEST(T.last_seen, IFNULL(T.deleted_at, T.last_seen)), FALSE)";

/** Whether a staged change alters the row that it matches. */
function writesSql({ staged }: CommitPlan): string {
  const differs =
    staged?.force === true
      ? "TRUE"
      : "(T.deleted_at IS NOT NULL OR T.payload_hash IS NULL OR T.payload_hash != S.payload_hash)";
  return `(NOT ${STALE} AND IF(S.op = 'upsert', ${differs}, T.deleted_at IS NULL))`;
}

/** The key decides; the rest lets BigQuery skip what cannot match. */
function matchSql({ staged, scope }: CommitPlan): string {
  const terms = ["T.idem_key = S.idem_key", scopeSql(scope, "T.")];
  if (staged !== null && staged.months !== null) terms.push(monthsSql("T.object_created", staged.months));
  return terms.join("\n  AND ");
}

/** The rows of a stream, by the columns that the table is clustered by. */
export function scopeSql(scope: StreamScope, alias = ""): string {
  return [
    `${alias}source_system = ${literal(scope.sourceSystem)}`,
    `${alias}connection_name = ${literal(scope.connectionName)}`,
    `${alias}object_type = ${literal(scope.objectType)}`,
  ].join(" AND ");
}

/** The latest instant at which a row was read, or found to be deleted. */
export function newestReadAtSql(rawObjects: string, scope: StreamScope): string {
  const newest = "GREATEST(last_seen, IFNULL(deleted_at, last_seen))";
  return `SELECT MAX(${newest}) AS newest FROM ${rawObjects} WHERE ${scopeSql(scope)}`;
}

function supersededSql(staged: NonNullable<CommitPlan["staged"]>): string | null {
  if (staged.supersededSeqs.length === 0) return null;
  return `DELETE FROM ${staged.table} WHERE seq IN (${staged.supersededSeqs.join(", ")})`;
}

/** What was refused before is refused again at each reading: it is kept once. */
function quarantineSql({ tables, staged, runId }: CommitPlan): string {
  return `INSERT INTO ${tables.quarantine} (idem_key, reason, raw, run_id, created_at)
SELECT S.idem_key, S.reason, S.raw, ${literal(runId)}, CURRENT_TIMESTAMP()
FROM ${staged?.table} AS S
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
