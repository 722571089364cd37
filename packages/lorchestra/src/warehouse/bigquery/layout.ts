import { TABLES, type Table, type TableName } from "../tables.js";
import type { FieldSchema, TableResource } from "./api/resources.js";

/*
 * How the tables of tables.ts lie in BigQuery. `raw_objects` is partitioned by the month of `object_created`, so that a
 * MERGE scans, and bills, the months that it changes rather than the table: docs/decisions/0007-raw-objects-layout.md.
 */

/**
 * Columns by which a table is clustered; BigQuery takes four at most. With the creation last a commit reads the days that it
 * covers, where a month is large: of a key that is random it could not know what to leave out.
 */
const CLUSTERING: Partial<Record<TableName, readonly string[]>> = {
  raw_objects: [...TABLES.raw_objects.clusterBy, "object_created"],
};

export function fieldsOf(table: Table): FieldSchema[] {
  return table.columns.map(({ name, type }) => ({ name, type, mode: "NULLABLE" }));
}

/** The body that makes a table. */
export function newTable(table: Table, tableId: string): TableResource {
  const clustering = CLUSTERING[table.name] ?? table.clusterBy;
  return {
    tableReference: { tableId },
    schema: { fields: fieldsOf(table) },
    ...(table.name === "raw_objects" ? { timePartitioning: { type: "MONTH", field: "object_created" } } : {}),
    ...(table.partitionBy === null ? {} : { timePartitioning: { type: "DAY", field: table.partitionBy } }),
    ...(clustering.length === 0 ? {} : { clustering: { fields: clustering } }),
    labels: { tool: "lorchestra" },
  };
}

/** Whether filters on `object_created` save anything: not for a table in the layout of an earlier tool. */
export function isPartitionedByCreation(table: TableResource): boolean {
  return table.timePartitioning?.field === "object_created";
}

/**
 * A staging table: one row a change. `replaces` is the seq of an earlier change of the same id. Of a row to be quarantined only
 * these, op, idem_key, reason and raw matter.
 */
export const STAGING_FIELDS: readonly FieldSchema[] = [
  { name: "seq", type: "INT64" },
  { name: "replaces", type: "INT64" },
  { name: "op", type: "STRING" },
  { name: "idem_key", type: "STRING" },
  { name: "external_id", type: "STRING" },
  { name: "read_at", type: "TIMESTAMP" },
  { name: "payload_hash", type: "STRING" },
  { name: "api_version", type: "STRING" },
  { name: "request_id", type: "STRING" },
  { name: "listed_hash", type: "STRING" },
  { name: "object_created", type: "TIMESTAMP" },
  { name: "payload", type: "JSON" },
  { name: "reason", type: "STRING" },
  { name: "raw", type: "STRING" },
].map((field) => ({ ...field, mode: "NULLABLE" }));

/** What keeps a table that is already there from being taken over; null when nothing does. */
export function conflictOf(table: Table, found: TableResource): string | null {
  if (found.type !== undefined && found.type !== "TABLE") return `is no table that can be written to (${found.type})`;
  const columns = new Map((found.schema?.fields ?? []).map((field) => [field.name.toLowerCase(), field]));
  for (const { name, type, seed } of table.columns) {
    const column = columns.get(name);
    if (column === undefined) {
      if (seed) return `has no column ${name}`;
    } else if (column.type !== type || column.mode === "REPEATED") {
      return `has a column ${name} of type ${column.mode === "REPEATED" ? "ARRAY" : column.type}, not ${type}`;
    }
  }
  return null;
}

/** A column in which the table wants a value that some of our rows have not; null without one. */
export function requiredOf(table: Table, found: TableResource): string | null {
  const ours = new Set(table.columns.map(({ name }) => name));
  const refuses = ({ name, mode, defaultValueExpression }: FieldSchema): boolean =>
    mode === "REQUIRED" &&
    (ours.has(name.toLowerCase())
      ? table.emptyAtTimes.includes(name.toLowerCase())
      : defaultValueExpression === undefined);
  return (found.schema?.fields ?? []).find(refuses)?.name ?? null;
}

/**
 * What would take rows away from a table by itself; null when nothing does. A dataset hands its defaults on to the tables that
 * are made in it: in one that was made in a project without billing these are 60 days
 * (https://cloud.google.com/bigquery/docs/sandbox#limits), of which partitions by creation are older at once. How long events
 * are kept, which are partitioned by the day of the run, is for the dataset's owner to say.
 */
export function expiryOf(table: Table, found: TableResource): string | null {
  const { expirationTime, timePartitioning } = found;
  const isSet = (value: string | null | undefined): value is string => value !== undefined && value !== null;
  if (isSet(expirationTime)) return `is deleted by BigQuery at ${new Date(Number(expirationTime)).toISOString()}`;
  const partitionMs = timePartitioning?.expirationMs;
  if (!isSet(partitionMs) || Number(partitionMs) <= 0 || table.name === "event_log") return null;
  return `loses each partition by itself, ${Number(partitionMs) / 86_400_000} days after its rows were created`;
}

/** The body that takes from a table what `expiryOf` has found: null removes a value. */
export function withoutExpiry({ timePartitioning }: TableResource): TableResource {
  return {
    expirationTime: null,
    ...(timePartitioning === undefined ? {} : { timePartitioning: { ...timePartitioning, expirationMs: null } }),
  };
}

/** Columns that somebody else has added. */
export function otherColumnsOf(table: Table, found: TableResource): string[] {
  const ours = new Set(table.columns.map(({ name }) => name));
  return (found.schema?.fields ?? []).map(({ name }) => name).filter((name) => !ours.has(name.toLowerCase()));
}

/** The table's fields with those that it lacks after them; null when it lacks none. */
export function extendedFields(table: Table, found: TableResource): FieldSchema[] | null {
  const present = found.schema?.fields ?? [];
  const names = new Set(present.map((field) => field.name.toLowerCase()));
  const missing = fieldsOf(table).filter((field) => !names.has(field.name));
  return missing.length === 0 ? null : [...present, ...missing];
}

/**
 * A table as a source of SELECTs that may name every column: those that the table does not have yet are NULL. A dry run
 * meets such tables, because it adds no columns.
 */
export function completeSource(sqlName: string, table: Table, found: TableResource): string {
  const missing = extendedFields(table, found)?.slice(found.schema?.fields?.length ?? 0) ?? [];
  if (missing.length === 0) return sqlName;
  return `(SELECT *, ${missing.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`).join(", ")} FROM ${sqlName})`;
}
