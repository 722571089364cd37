import { createdInPayload } from "../commit/commit-sql.js";
import { type Bounds, EVER, seenWithinSql } from "../commit/seen-bounds.js";

/** True of a column that the table has: a table of an earlier tool is read as it stands. */
export type HasColumn = (column: string) => boolean;

/** Every statement on `raw_objects` has these as its first parameters. */
const SCOPE_SQL = "source_system = $1 AND connection_name = $2 AND object_type = $3";

function liveSql(has: HasColumn): string {
  return has("deleted_at") ? `${SCOPE_SQL} AND deleted_at IS NULL` : SCOPE_SQL;
}

export function countLiveSql(rawObjects: string, has: HasColumn): string {
  return `SELECT count(*)::DOUBLE FROM ${rawObjects} WHERE ${liveSql(has)}`;
}

/** In milliseconds. An earlier tool's `infinity` is no time, and must not hide those of the other rows. */
export function newestReadSql(rawObjects: string, has: HasColumn): string {
  const newest = has("deleted_at")
    ? "greatest(max(epoch_us(last_seen)), max(epoch_us(deleted_at)))"
    : "max(epoch_us(last_seen))";
  return `SELECT ${newest}::DOUBLE / 1000 FROM ${rawObjects} WHERE ${SCOPE_SQL}`;
}

/**
 * Parameters: the scope's, then the ids as a list. Instants in milliseconds.
 *
 * Finds the rows by narrow columns first: joined by their ids, DuckDB would read the payloads of nearly all rows for a few.
 */
export function rowsSql(rawObjects: string, has: HasColumn, withPayload: boolean): string {
  return `WITH found AS MATERIALIZED (
  SELECT rowid AS row_id FROM ${rawObjects} WHERE ${SCOPE_SQL} AND external_id IN (SELECT unnest($4::VARCHAR[]))
)
SELECT ${rowColumns(has, withPayload).join(", ")} FROM found JOIN ${rawObjects} AS r ON r.rowid = found.row_id`;
}

/** All rows, as `rowsSql` has them, each with its `created` in Unix seconds after it. Only of rows that lack it the payload is looked into. */
export function scanSqls(rawObjects: string, has: HasColumn, withPayload: boolean): string[] {
  const select = (created: string, condition: string): string =>
    `SELECT ${[...rowColumns(has, withPayload), created].join(", ")} FROM ${rawObjects} WHERE ${SCOPE_SQL} AND ${condition}`;
  const inPayload = `${createdInPayload("payload")}::DOUBLE`;
  if (!has("object_created")) return [select(inPayload, "true")];
  return [select("epoch(object_created)", "object_created IS NOT NULL"), select(inPayload, "object_created IS NULL")];
}

function rowColumns(has: HasColumn, withPayload: boolean): string[] {
  const text = (column: string): string => (has(column) ? column : "NULL::VARCHAR");
  const instant = (column: string): string => (has(column) ? `epoch_us(${column})::DOUBLE / 1000` : "NULL::DOUBLE");
  return [
    "idem_key",
    "external_id",
    text("payload_hash"),
    withPayload ? "payload::VARCHAR" : "NULL::VARCHAR",
    instant("first_seen"),
    instant("last_seen"),
    instant("deleted_at"),
    text("api_version"),
    text("run_id"),
    text("request_id"),
    text("listed_hash"),
  ];
}

/** Parameters: the keys as a list. */
export function quarantinedSql(quarantine: string): string {
  return `SELECT idem_key, reason, raw FROM ${quarantine} WHERE idem_key IN (SELECT unnest($1::VARCHAR[]))`;
}

/** Where to look for live rows: a condition on `object_created`, and bounds that all such rows are within. */
export interface Near {
  readonly condition: string;
  readonly seen: readonly Bounds[];
}

/** Ids of all live rows. */
export function allLiveIdsSql(rawObjects: string, has: HasColumn): string {
  return `SELECT external_id, NULL::DOUBLE FROM ${rawObjects} WHERE ${liveSql(has)}`;
}

/**
 * Ids of live rows near the ranges with their `created` in Unix seconds, NULL where it is not known; null for all rows. Reads
 * narrow columns first, and the payload only of rows that lack them.
 *
 * One statement after the other for each of the bounds: in a union each would take as much memory for the condition's list.
 */
export function liveIdsSqls(rawObjects: string, has: HasColumn, near: Near | null): string[] {
  const undated = `SELECT rowid AS row_id, ${createdInPayload("payload")}::DOUBLE AS created FROM ${rawObjects}
  WHERE ${has("object_created") ? "object_created IS NULL" : "true"} AND ${liveSql(has)}`;
  const { condition, seen } = near ?? { condition: "true", seen: [EVER] };
  const dated = has("object_created")
    ? seen.map((bounds) => seenWithinSql([bounds], datedSql(rawObjects), `object_created IS NOT NULL AND ${condition}`))
    : [];
  const [first, ...others] = dated;
  return [first === undefined ? undated : `${first}\n  UNION ALL ${undated}`, ...others].map(
    (rows) => `WITH near AS MATERIALIZED (
  ${rows}
)
SELECT r.external_id, near.created
FROM near JOIN ${rawObjects} AS r ON r.rowid = near.row_id
WHERE ${liveSql(has)}`,
  );
}

function datedSql(rawObjects: string): string {
  return `SELECT rowid AS row_id, epoch(object_created) AS created FROM ${rawObjects}`;
}

/** Parameters: connection_name, stream. */
export function checkpointSql(checkpoints: string, of: "the stream" | "the others"): string {
  return `SELECT "cursor"::VARCHAR, run_id, epoch_us(updated_at)::DOUBLE / 1000 FROM ${checkpoints}
WHERE connection_name = $1 AND stream ${of === "the stream" ? "=" : "<>"} $2`;
}
