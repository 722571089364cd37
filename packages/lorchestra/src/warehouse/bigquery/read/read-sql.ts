import type { CreatedRange } from "injest";
import { joinRanges } from "../../created-ranges.js";
import type { ReadRowsOptions, StreamScope } from "../../warehouse.js";
import { dayOf, dayRanges, daysSql } from "../creation-ranges.js";
import { scopeSql } from "./scope-sql.js";
import { literal, timestamp } from "../api/quote.js";

export function countLiveSql(rawObjects: string, scope: StreamScope): string {
  return `SELECT COUNT(*) AS n FROM ${rawObjects} WHERE ${scopeSql(scope)} AND deleted_at IS NULL`;
}

export function rowsSql(
  rawObjects: string,
  scope: StreamScope,
  ids: readonly string[],
  { payload, created }: ReadRowsOptions,
): string {
  return `SELECT ${rowColumns(payload)}
FROM ${rawObjects}
WHERE ${scopeSql(scope)} AND external_id IN (${ids.map(literal).join(", ")})${
    created === undefined ? "" : `\n  AND ${daysSql("object_created", dayRanges(created.map(dayOf)))}`
  }`;
}

/** The rows created in the range, each with its `created`. */
export function scanSql(rawObjects: string, scope: StreamScope, payload: boolean, range: CreatedRange): string {
  return `SELECT ${rowColumns(payload)}, UNIX_SECONDS(object_created) AS created
FROM ${rawObjects}
WHERE ${scopeSql(scope)} AND ${rangeSql("object_created", range)}`;
}

/** The rows that do not say when they were created: their payloads do, if anything does. */
export function scanUndatedSql(rawObjects: string, scope: StreamScope, payload: boolean): string {
  return `SELECT ${rowColumns(payload)}, ${CREATED_IN_PAYLOAD} AS created
FROM ${rawObjects}
WHERE ${scopeSql(scope)} AND object_created IS NULL`;
}

/** How many rows were created in each month, the oldest first. */
export function monthsOfRowsSql(rawObjects: string, scope: StreamScope): string {
  return `SELECT TIMESTAMP_TRUNC(object_created, MONTH) AS month, COUNT(*) AS n
FROM ${rawObjects}
WHERE ${scopeSql(scope)} AND object_created IS NOT NULL
GROUP BY month
ORDER BY month`;
}

function rowColumns(withPayload: boolean): string {
  return [
    "idem_key, external_id, payload_hash, first_seen, last_seen, deleted_at, api_version, run_id, request_id, listed_hash",
    // Of no payload TO_JSON_STRING would make the text of JSON's null.
    ...(withPayload ? ["IF(payload IS NULL, CAST(NULL AS STRING), TO_JSON_STRING(payload)) AS payload"] : []),
  ].join(", ");
}

const TOLD_IN_PAYLOAD = "SAFE_CAST(JSON_VALUE(payload, '$.created') AS INT64)";
/**
 * NULL also for what is no instant of our time, such as one in milliseconds: TIMESTAMP_SECONDS would end the query with that
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type has the range).
 */
const CREATED_IN_PAYLOAD = `IF(${TOLD_IN_PAYLOAD} BETWEEN 0 AND ${2 ** 32 - 1}, ${TOLD_IN_PAYLOAD}, NULL)`;

export function quarantinedSql(quarantine: string, idemKeys: readonly string[]): string {
  return `SELECT idem_key, reason, raw
FROM ${quarantine}
WHERE idem_key IN (${idemKeys.map(literal).join(", ")})`;
}

/**
 * Ids of live rows created in one of the ranges, and how many live rows do not say when they were created. Reads narrow
 * columns only.
 */
export function liveIdsSql(rawObjects: string, scope: StreamScope, ranges: readonly CreatedRange[]): string {
  return `SELECT IF(object_created IS NULL, CAST(NULL AS STRING), external_id) AS external_id
FROM ${rawObjects}
WHERE ${scopeSql(scope)} AND deleted_at IS NULL
  AND (object_created IS NULL OR ${within("object_created", ranges)})`;
}

/**
 * The same for rows without \`object_created\`: of an earlier tool, whose payload says when, and of the few objects that
 * have no creation, which lie in the ranges that begin nowhere. Only these rows' payloads are read where the table is
 * partitioned.
 */
export function undatedLiveIdsSql(rawObjects: string, scope: StreamScope, ranges: readonly CreatedRange[]): string {
  const created = `TIMESTAMP_SECONDS(${CREATED_IN_PAYLOAD})`;
  const beginsNowhere = ranges.some((range) => range.from === null) ? "D.created IS NULL OR " : "";
  return `SELECT D.external_id AS external_id
FROM (
  SELECT external_id, ${created} AS created
  FROM ${rawObjects}
  WHERE object_created IS NULL AND deleted_at IS NULL AND ${scopeSql(scope)}
) AS D
WHERE ${beginsNowhere}${within("D.created", ranges)}`;
}

export function creationOfDeletesSql(rawObjects: string, staging: string, scope: StreamScope): string {
  return `SELECT DISTINCT T.object_created AS object_created
FROM ${staging} AS S
JOIN ${rawObjects} AS T ON T.idem_key = S.idem_key AND ${scopeSql(scope, "T.")}
WHERE S.op = 'delete' AND T.object_created IS NOT NULL`;
}

export function unfinishedJobsSql(eventLog: string, scope: StreamScope): string {
  const ofStream = (alias: string): string =>
    `${alias}.source_system = 'lorchestra' AND ${alias}.connection_name = ${literal(scope.connectionName)}
    AND ${alias}.target_object_type = ${literal(scope.objectType)}`;
  return `SELECT A.event_id, A.event_type, A.source_system, A.connection_name, A.target_object_type, A.event_schema_ref,
  A.correlation_id, A.trace_id, A.created_at, A.status, A.error_message, TO_JSON_STRING(A.payload) AS payload
FROM ${eventLog} AS A
WHERE A.event_type = 'job.started' AND ${ofStream("A")}
  AND NOT EXISTS (
    SELECT 1 FROM ${eventLog} AS B
    WHERE B.event_type IN ('job.completed', 'job.failed') AND ${ofStream("B")}
      AND B.correlation_id = A.correlation_id
  )
ORDER BY A.created_at`;
}

function within(column: string, ranges: readonly CreatedRange[]): string {
  const each = joinRanges(ranges).map((range) => rangeSql(column, range));
  return each.length === 0 ? "FALSE" : `(${each.join(" OR ")})`;
}

function rangeSql(column: string, { from, until }: CreatedRange): string {
  const terms = [
    ...(from === null ? [] : [`${column} >= ${timestamp(new Date(from * 1000))}`]),
    ...(until === null ? [] : [`${column} < ${timestamp(new Date(until * 1000))}`]),
  ];
  return terms.length === 0 ? `${column} IS NOT NULL` : `(${terms.join(" AND ")})`;
}
