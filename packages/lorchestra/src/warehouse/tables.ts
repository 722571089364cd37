/**
 * The tables of a warehouse, as data: each warehouse makes them in its own dialect.
 *
 * The seed's columns (ARCHITECTURE.md says what the seed is) come first; the others are nullable, so that a table of an
 * earlier tool is extended in place, never rebuilt. docs/tables.md says what each column holds.
 */
export type ColumnType = "STRING" | "TIMESTAMP" | "JSON";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** True for the columns that a table must already have to be taken over. */
  readonly seed: boolean;
}

export interface Table {
  readonly name: TableName;
  readonly columns: readonly Column[];
  /** Columns in which some of our rows have nothing: one that allows no NULL would refuse these. */
  readonly emptyAtTimes: readonly string[];
  readonly clusterBy: readonly string[];
  /** A TIMESTAMP column whose day partitions the table, where the warehouse partitions. */
  readonly partitionBy: string | null;
}

export type TableName = "raw_objects" | "event_log" | "checkpoints" | "leases" | "quarantine";

export const TABLES: Readonly<Record<TableName, Table>> = {
  raw_objects: {
    name: "raw_objects",
    columns: [
      ...seed("STRING", "idem_key", "source_system", "connection_name", "object_type", "schema_ref", "external_id"),
      ...seed("JSON", "payload"),
      ...seed("TIMESTAMP", "first_seen", "last_seen"),
      ...added("STRING", "payload_hash"),
      ...added("TIMESTAMP", "deleted_at"),
      ...added("STRING", "api_version", "run_id", "request_id", "listed_hash"),
      ...added("TIMESTAMP", "object_created"),
    ],
    emptyAtTimes: ["deleted_at", "request_id", "listed_hash", "object_created"],
    clusterBy: ["source_system", "connection_name", "object_type"],
    partitionBy: null,
  },
  event_log: {
    name: "event_log",
    columns: [
      ...seed("STRING", "event_id", "event_type", "source_system", "connection_name", "target_object_type"),
      ...seed("STRING", "event_schema_ref", "correlation_id", "trace_id"),
      ...seed("TIMESTAMP", "created_at"),
      ...seed("STRING", "status", "error_message"),
      ...seed("JSON", "payload"),
    ],
    emptyAtTimes: ["target_object_type", "trace_id", "error_message"],
    clusterBy: ["source_system", "event_type"],
    partitionBy: "created_at",
  },
  checkpoints: {
    name: "checkpoints",
    columns: [
      ...seed("STRING", "connection_name", "stream"),
      ...seed("JSON", "cursor"),
      ...seed("STRING", "run_id"),
      ...seed("TIMESTAMP", "updated_at"),
    ],
    emptyAtTimes: [],
    clusterBy: [],
    partitionBy: null,
  },
  leases: {
    name: "leases",
    columns: [
      ...seed("STRING", "name", "holder", "run_id"),
      ...added("STRING", "epoch"),
      ...added("TIMESTAMP", "acquired_at", "expires_at", "newest_read_at"),
    ],
    emptyAtTimes: ["holder", "run_id", "acquired_at", "expires_at", "newest_read_at"],
    clusterBy: [],
    partitionBy: null,
  },
  quarantine: {
    name: "quarantine",
    columns: [...seed("STRING", "idem_key", "reason", "raw", "run_id"), ...added("TIMESTAMP", "created_at")],
    emptyAtTimes: [],
    clusterBy: [],
    partitionBy: null,
  },
};

function seed(type: ColumnType, ...names: string[]): Column[] {
  return names.map((name) => ({ name, type, seed: true }));
}

function added(type: ColumnType, ...names: string[]): Column[] {
  return names.map((name) => ({ name, type, seed: false }));
}
