import type { CommitPlan, Joining } from "./commit-plan.js";
import { daysSql } from "../creation-ranges.js";
import { column, literal } from "../api/quote.js";
import { lastReadSql, scopeSql } from "../read/scope-sql.js";
import { FIRST_COUNTS, type Verdict } from "../../verdict.js";

/**
 * `n_rows` counts rows of the target that are written or removed; the others count ids. `n_joined` of them, which `n_updated`
 * counts too, leave one row in place of several.
 */
export const COUNTS = ["n_inserted", "n_updated", "n_unchanged", "n_deleted", "n_stale", "n_joined", "n_rows"] as const;

/**
 * The one statement of a commit that costs, and the one whose bytes a dry run asks for.
 *
 * No column of the target is named beyond those that decide: each column that is named is billed a second time, beside
 * the partitions as a whole. Tombstones have a clause of their own, which is left out where none is staged.
 */
export function mergeSql(plan: CommitPlan): string {
  return `MERGE ${plan.tables.rawObjects} AS T
USING ${sourceSql(plan)} AS S
ON ${matchSql(plan)}
${updatesSql(plan)}
WHEN NOT MATCHED AND S.op = 'upsert' THEN
  INSERT ${columnsAndValues(insertedColumns(plan))}`;
}

/**
 * The same where an object that is updated has several rows, as another tool may have left them: of these it removes all that
 * are not newer than the change, and inserts one in their place. No UPDATE could leave one, because a row has nothing
 * to tell it from its copy.
 *
 * Such an object is twice in the source: once with its key, which the rows to be removed match, and once without, which matches
 * nothing and is inserted. What the change does not say is kept of the row that was read last; when it was first seen, of the first.
 */
export function joiningMergeSql(plan: CommitPlan, { otherColumns }: Joining): string {
  const others = otherColumns.map(column);
  const kept = others.map((name, index) => [name, `S.kept.other_${index}`]);
  const joined = { ...insertedColumns(plan), first_seen: "S.first_seen", ...Object.fromEntries(kept) };
  return `MERGE ${plan.tables.rawObjects} AS T
USING (
  SELECT S.*, role, IF(role = 'joined', CAST(NULL AS STRING), S.idem_key) AS match_key,
    D.first_seen AS first_seen${others.length === 0 ? "" : ", D.kept AS kept"}
  FROM ${sourceSql(plan)} AS S
  LEFT JOIN (
${doubledSql(plan, others)}
  ) AS D ON D.idem_key = S.idem_key
  CROSS JOIN UNNEST(['single', 'removed', 'joined']) AS role
  WHERE (D.idem_key IS NULL) = (role = 'single')
) AS S
ON ${matchSql(plan, "S.match_key")}
WHEN MATCHED AND S.role = 'removed' AND NOT ${STALE} THEN
  DELETE
${updatesSql(plan)}
WHEN NOT MATCHED AND S.role = 'joined' THEN
  INSERT ${columnsAndValues(joined)}
WHEN NOT MATCHED AND S.op = 'upsert' THEN
  INSERT ${columnsAndValues(insertedColumns(plan))}`;
}

/** The keys that an update finds several rows of, which it may replace. */
function doubledSql(plan: CommitPlan, others: readonly string[]): string {
  const columns = others.map((name, index) => `T.${name} AS other_${index}`);
  const kept =
    columns.length === 0
      ? ""
      : `,
      ARRAY_AGG(STRUCT(${columns.join(", ")}) ORDER BY T.last_seen DESC LIMIT 1)[OFFSET(0)] AS kept`;
  return `    SELECT S.idem_key AS idem_key, MIN(T.first_seen) AS first_seen${kept}
    FROM ${sourceSql(plan)} AS S
    JOIN ${plan.tables.rawObjects} AS T ON ${matchSql(plan)}
    WHERE S.op = 'upsert' AND NOT ${STALE}
    GROUP BY S.idem_key
    HAVING COUNT(*) > 1 AND COUNTIF(${writesSql(plan)}) > 0`;
}

function updatesSql(plan: CommitPlan): string {
  const { staged } = plan;
  const updates = Object.entries(insertedColumns(plan))
    .filter(([name]) => !KEPT_AT_UPDATES.has(name))
    .map(([name, value]) => `${name} = ${value}`);
  const tombstones = `
WHEN MATCHED AND S.op = 'delete' AND ${writesSql(plan)} THEN
  UPDATE SET deleted_at = S.read_at`;
  return `WHEN MATCHED AND S.op = 'upsert' AND ${writesSql(plan)} THEN
  UPDATE SET ${updates.join(", ")}${staged?.hasDeletes === true ? tombstones : ""}`;
}

/** The row's key, and when it came. */
const KEPT_AT_UPDATES: ReadonlySet<string> = new Set([
  "idem_key",
  "source_system",
  "connection_name",
  "object_type",
  "first_seen",
]);

function columnsAndValues(columns: Readonly<Record<string, string>>): string {
  return `(${Object.keys(columns).join(", ")})\n  VALUES (${Object.values(columns).join(", ")})`;
}

/** What a new row has in each column. */
function insertedColumns({ scope, schemaRef, runId }: CommitPlan): Readonly<Record<string, string>> {
  return {
    idem_key: "S.idem_key",
    source_system: literal(scope.sourceSystem),
    connection_name: literal(scope.connectionName),
    object_type: literal(scope.objectType),
    schema_ref: literal(schemaRef),
    external_id: "S.external_id",
    payload: "S.payload",
    first_seen: "S.read_at",
    last_seen: "S.read_at",
    payload_hash: "S.payload_hash",
    deleted_at: "CAST(NULL AS TIMESTAMP)",
    api_version: "S.api_version",
    run_id: literal(runId),
    request_id: "S.request_id",
    listed_hash: "S.listed_hash",
    object_created: "S.object_created",
  };
}

/** The same where nothing is updated: it bills what it reads, and no partition whole. */
export function insertSql(plan: CommitPlan): string {
  const { rawObjects } = plan.tables;
  const columns = insertedColumns(plan);
  return `INSERT INTO ${rawObjects} (${Object.keys(columns).join(", ")})
SELECT ${Object.values(columns).join(", ")}
FROM ${sourceSql(plan)} AS S
LEFT JOIN ${rawObjects} AS T ON ${matchSql(plan)}
WHERE S.op = 'upsert' AND T.idem_key IS NULL`;
}

/** Verdicts as numbers: the least is the one that counts. */
const OUTCOMES = Object.fromEntries(FIRST_COUNTS.map((verdict, index) => [verdict, index + 1])) as Readonly<
  Record<Verdict, number>
>;

/** Counts ids by what becomes of them; a key that another tool stored twice is one id and two rows. */
export function countSql(plan: CommitPlan): string {
  const { tables } = plan;
  return `SELECT AS STRUCT
  COUNTIF(D.outcome = ${OUTCOMES.inserted}) AS n_inserted,
  COUNTIF(D.outcome = ${OUTCOMES.updated}) AS n_updated,
  COUNTIF(D.outcome = ${OUTCOMES.unchanged}) AS n_unchanged,
  COUNTIF(D.outcome = ${OUTCOMES.deleted}) AS n_deleted,
  COUNTIF(D.outcome = ${OUTCOMES.stale}) AS n_stale,
  COUNTIF(D.outcome = ${OUTCOMES.updated} AND D.replaceable > 1) AS n_joined,
  IFNULL(SUM(IF(D.outcome = ${OUTCOMES.updated} AND D.replaceable > 1, D.replaceable + 1, D.written)), 0) AS n_rows,
  MAX(IF(D.outcome IN (${OUTCOMES.inserted}, ${OUTCOMES.updated}, ${OUTCOMES.deleted}), D.read_at, CAST(NULL AS TIMESTAMP))) AS newest_written,
  ${stagedRowsSql(plan)} AS n_staged
FROM (
  SELECT
    S.idem_key AS idem_key,
    MAX(S.read_at) AS read_at,
    MIN(CASE
      WHEN T.idem_key IS NULL THEN IF(S.op = 'upsert', ${OUTCOMES.inserted}, ${OUTCOMES.unchanged})
      WHEN ${writesSql(plan)} THEN IF(S.op = 'upsert', ${OUTCOMES.updated}, ${OUTCOMES.deleted})
      WHEN ${STALE} THEN ${OUTCOMES.stale}
      ELSE ${OUTCOMES.unchanged}
    END) AS outcome,
    COUNTIF(IF(T.idem_key IS NULL, S.op = 'upsert', ${writesSql(plan)})) AS written,
    COUNTIF(T.idem_key IS NOT NULL AND NOT ${STALE}) AS replaceable
  FROM ${sourceSql(plan)} AS S
  LEFT JOIN ${tables.rawObjects} AS T ON ${matchSql(plan)}
  WHERE S.op IN ('upsert', 'delete')
  GROUP BY S.idem_key
) AS D`;
}

/**
 * The staged rows that count: those that no later change has replaced, and each once, since an attempt at a load that was given
 * up may have added the same rows as the one after it. Rows of one seq are of one file, and so the same; but for one that was
 * refused by one attempt and not by the other, which is quarantined.
 */
export function sourceSql({ staged }: CommitPlan): string {
  const table = String(staged?.table);
  if (staged === null || !(staged.mayRepeat || staged.hasReplaced)) return table;
  const latest = staged.hasReplaced
    ? `seq NOT IN (SELECT replaces FROM ${table} WHERE replaces IS NOT NULL)`
    : // QUALIFY wants a WHERE before it.
      "TRUE";
  const once = staged.mayRepeat ? " QUALIFY ROW_NUMBER() OVER (PARTITION BY seq ORDER BY op) = 1" : "";
  return `(SELECT * FROM ${table} WHERE ${latest}${once})`;
}

/** How many staged rows count; -1 where some are there twice. */
function stagedRowsSql(plan: CommitPlan): string {
  return `(SELECT IF(COUNT(*) = COUNT(DISTINCT C.seq), COUNT(*), -1) FROM ${sourceSql(plan)} AS C)`;
}

/** Never true of a row that does not say when it was read or found to be deleted, as an earlier tool may have left it. */
const STALE = `IFNULL(S.read_at < ${lastReadSql("T.")}, FALSE)`;

/** Whether a staged change alters the row that it matches. */
function writesSql({ staged }: CommitPlan): string {
  const differs =
    staged?.force === true
      ? "TRUE"
      : "(T.deleted_at IS NOT NULL OR T.payload_hash IS NULL OR T.payload_hash != S.payload_hash)";
  return `(NOT ${STALE} AND IF(S.op = 'upsert', ${differs}, T.deleted_at IS NULL))`;
}

/** The key decides; the rest lets BigQuery skip what cannot match. */
function matchSql({ staged, scope }: CommitPlan, key = "S.idem_key"): string {
  const terms = [`T.idem_key = ${key}`, scopeSql(scope, "T.")];
  if (staged !== null && staged.days !== null) terms.push(daysSql("T.object_created", staged.days));
  return terms.join("\n  AND ");
}
