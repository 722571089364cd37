import { TABLES } from "../../tables.js";
import type { StreamScope } from "../../warehouse.js";
import { quoteName, quoteText } from "../names.js";
import { type Bounds, seenWithinSql } from "./seen-bounds.js";

/** The names of the feeds that the statements below read. */
export const FEEDS = {
  keys: "lorchestra_staged_keys",
  objects: "lorchestra_staged_objects",
  rows: "lorchestra_rows_to_write",
  replaced: "lorchestra_rows_to_replace",
  deleted: "lorchestra_rows_to_mark",
  checkpoint: "lorchestra_checkpoint",
} as const;

/**
 * By the creation of their objects, within the bounds that all such rows are within, and by their keys among these doubtful
 * rows; or by their keys alone.
 */
export type FindBy = { readonly seen: readonly Bounds[]; readonly doubtful: readonly DoubtfulRows[] } | "key";

/** Rows whose creation is not known: the column that is NULL in them. */
export type DoubtfulRows =
  /** It stands nowhere. */
  | "object_created"
  /** It was taken from the payload of an earlier tool, which may have it in another time zone. */
  | "payload_hash";

/**
 * The rows that the staged keys have. Searches the narrow `object_created` first, because an object's creation never
 * changes, and reads keys and hashes only of rows created in the same seconds; a change that does not say when its object
 * was created is searched by its key in the whole table.
 *
 * Each step is materialised, so that DuckDB does not join in another order: it would look for the keys in the whole table
 * first, three times as much work for a commit of new rows at a million (`node bench/duckdb/write-path.js`).
 */
export function findRowsSql(rawObjects: string, by: FindBy): string {
  return `WITH staged AS MATERIALIZED (
  SELECT position, idem_key, make_timestamp((created * 1000000)::BIGINT) AS created FROM ${FEEDS.keys}()
), ${by === "key" ? allRowsSql(rawObjects) : rowsNearSql(rawObjects, by)}
SELECT s.position, c.row_id::DOUBLE, c.payload_hash, epoch_us(c.first_seen)::DOUBLE, epoch_us(c.last_seen)::DOUBLE,
  epoch_us(c.deleted_at)::DOUBLE
FROM staged AS s JOIN candidates AS c ON c.idem_key = s.idem_key`;
}

function allRowsSql(rawObjects: string): string {
  return `candidates AS (
  SELECT rowid AS row_id, idem_key, payload_hash, first_seen, last_seen, deleted_at FROM ${rawObjects}
)`;
}

function rowsNearSql(rawObjects: string, { seen, doubtful }: Exclude<FindBy, "key">): string {
  const dated = `SELECT rowid AS row_id, object_created FROM ${rawObjects}`;
  const near = [
    ...(seen.length === 0
      ? []
      : [
          `SELECT row_id FROM (
  ${seenWithinSql(seen, dated, "object_created IS NOT NULL")}
  ) WHERE object_created IN (SELECT created FROM staged)`,
        ]),
    ...doubtful.map(
      (column) => `SELECT rowid AS row_id FROM ${rawObjects}
  WHERE ${column} IS NULL AND idem_key IN (SELECT idem_key FROM staged)`,
    ),
  ];
  return `near AS MATERIALIZED (
  ${near.join(doubtful.includes("payload_hash") ? "\n  UNION " : "\n  UNION ALL ")}
), candidates AS MATERIALIZED (
  SELECT r.rowid AS row_id, r.idem_key, r.payload_hash, r.first_seen, r.last_seen, r.deleted_at
  FROM near JOIN ${rawObjects} AS r ON r.rowid = near.row_id
)`;
}

/**
 * All rows that the staged objects have, wherever they lie: by their keys, and by their ids where a hand, or an earlier tool,
 * gave them another key or another date. Reads the whole table. Parameters: source_system, connection_name, object_type.
 */
export function findObjectRowsSql(rawObjects: string): string {
  return `WITH staged AS MATERIALIZED (
  SELECT position, idem_key, external_id FROM ${FEEDS.objects}()
), found AS MATERIALIZED (
  SELECT s.position, r.rowid AS row_id FROM staged AS s JOIN ${rawObjects} AS r ON r.idem_key = s.idem_key
  UNION SELECT s.position, r.rowid AS row_id FROM staged AS s JOIN ${rawObjects} AS r ON r.external_id = s.external_id
  WHERE ${OF_STREAM}
)
SELECT f.position, f.row_id::DOUBLE, r.payload_hash, epoch_us(r.first_seen)::DOUBLE, epoch_us(r.last_seen)::DOUBLE,
  epoch_us(r.deleted_at)::DOUBLE
FROM found AS f JOIN ${rawObjects} AS r ON r.rowid = f.row_id`;
}

export interface WriteOptions {
  readonly scope: StreamScope;
  readonly schemaRef: string;
  readonly runId: string;
  /** Columns that are not ours: an updated row keeps what it has in them, a new one gets their defaults. */
  readonly otherColumns: readonly string[];
}

/**
 * Writes whole rows: new ones, and those that take the place of an older version. With `otherColumns` only the latter, of
 * which `keepOthersSql` has kept what they have there.
 */
export function insertRowsSql(rawObjects: string, { scope, schemaRef, runId, otherColumns }: WriteOptions): string {
  const values: Record<string, string> = {
    idem_key: "s.idem_key",
    source_system: quoteText(scope.sourceSystem),
    connection_name: quoteText(scope.connectionName),
    object_type: quoteText(scope.objectType),
    schema_ref: quoteText(schemaRef),
    external_id: "s.external_id",
    payload: "s.payload",
    first_seen: "make_timestamp(s.first_seen_us::BIGINT)",
    last_seen: "make_timestamp(s.last_seen_us::BIGINT)",
    payload_hash: "s.payload_hash",
    deleted_at: "NULL",
    api_version: "s.api_version",
    run_id: quoteText(runId),
    request_id: "s.request_id",
    listed_hash: "s.listed_hash",
    object_created: "make_timestamp((s.created * 1000000)::BIGINT)",
  };
  const columns = TABLES.raw_objects.columns.map(({ name }) => name);
  const names = [...columns, ...otherColumns].map(quoteName).join(", ");
  const own = columns.map((name) => values[name]);
  const others = otherColumns.map((_, index) => `kept.other_${index}`);
  const join = others.length === 0 ? "" : `\nJOIN ${KEPT} AS kept ON kept.row_id = s.replaced_row::BIGINT`;
  return `INSERT INTO ${rawObjects} (${names})
SELECT ${[...own, ...others].join(", ")}
FROM ${FEEDS.rows}() AS s${join}`;
}

const KEPT = "temp.lorchestra_kept";

/** Keeps what the rows that are to be replaced have in columns that are not ours. */
export function keepOthersSql(rawObjects: string, otherColumns: readonly string[]): string {
  const others = otherColumns.map((name, index) => `${quoteName(name)} AS other_${index}`);
  return `CREATE OR REPLACE TEMP TABLE lorchestra_kept AS
SELECT rowid AS row_id, ${others.join(", ")} FROM ${rawObjects}
WHERE rowid IN (SELECT row_id::BIGINT FROM ${FEEDS.replaced}())`;
}

export function forgetOthersSql(): string {
  return `DROP TABLE ${KEPT}`;
}

/** Removes the versions whose place new rows take: a payload is not updated in place, which would write its whole row group again. */
export function deleteReplacedSql(rawObjects: string): string {
  return `DELETE FROM ${rawObjects} WHERE rowid IN (SELECT row_id::BIGINT FROM ${FEEDS.replaced}())`;
}

export function markDeletedSql(rawObjects: string): string {
  return `UPDATE ${rawObjects} AS r SET deleted_at = make_timestamp(d.deleted_at_us::BIGINT)
FROM ${FEEDS.deleted}() AS d WHERE r.rowid = d.row_id::BIGINT`;
}

export function dropCheckpointSql(checkpoints: string): string {
  return `DELETE FROM ${checkpoints}
WHERE (connection_name, stream) IN (SELECT (connection_name, stream) FROM ${FEEDS.checkpoint}())`;
}

export function storeCheckpointSql(checkpoints: string): string {
  return `INSERT INTO ${checkpoints} (connection_name, stream, "cursor", run_id, updated_at)
SELECT connection_name, stream, "cursor", run_id, make_timestamp_ms(updated_at_ms::BIGINT) FROM ${FEEDS.checkpoint}()`;
}

/**
 * Whether the table has no rows, of any stream; whether some of this one have no date of creation, and whether some are an
 * earlier tool's. Parameters: as for `dateRowsSql`.
 */
export function lookAtTableSql(rawObjects: string): string {
  const has = (condition: string): string => `EXISTS (SELECT 1 FROM ${rawObjects} WHERE ${condition})`;
  return `SELECT NOT ${has("true")}, ${has(UNDATED)}, ${has(`payload_hash IS NULL AND ${OF_STREAM}`)}`;
}

/** Dates such rows from their payloads, as far as these tell. Parameters: source_system, connection_name, object_type. */
export function dateRowsSql(rawObjects: string): string {
  const created = createdInPayload("payload");
  return `UPDATE ${rawObjects} SET object_created = make_timestamp(${created} * 1000000)
WHERE ${UNDATED}
  AND ${created} IS NOT NULL`;
}

const OF_STREAM = "source_system = $1 AND connection_name = $2 AND object_type = $3";
const UNDATED = `object_created IS NULL AND ${OF_STREAM}`;

/**
 * Unix seconds as the payload has them; NULL also for what is no instant of our time, and for a text that DuckDB cannot
 * parse, such as one with lone surrogates.
 */
export function createdInPayload(payload: string): string {
  return `TRY_CAST(TRY_CAST(${payload}::VARCHAR AS JSON) ->> '$.created' AS UINTEGER)::BIGINT`;
}
