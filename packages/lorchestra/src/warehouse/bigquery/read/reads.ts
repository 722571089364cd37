import type { CreatedRange } from "injest";
import type { EventRow, EventType } from "../../../events/event-row.js";
import { TABLES } from "../../tables.js";
import { namesObject } from "../../names-object.js";
import type {
  QuarantinedObject,
  ReadRowsOptions,
  ScannedRow,
  ScanRowsOptions,
  StoredCheckpoint,
  StoredRow,
  StreamScope,
} from "../../warehouse.js";
import { newestReadAtSql } from "./scope-sql.js";
import type { Dataset } from "../dataset.js";
import { completeSource, isPartitionedByCreation } from "../layout.js";
import type { Leases } from "../lease/lease.js";
import {
  creationOfDeletesSql,
  countLiveSql,
  liveIdsSql,
  monthsOfRowsSql,
  quarantinedSql,
  rowsSql,
  scanSql,
  scanUndatedSql,
  undatedLiveIdsSql,
  unfinishedJobsSql,
} from "./read-sql.js";
import { inGroups } from "../api/in-groups.js";
import { literal } from "../api/quote.js";
import { instantOf, nullableInstant, type TextRow } from "../api/rows.js";
import { ROWS_A_SCAN, scanRanges } from "./scan-ranges.js";
import type { Statements } from "../api/statements.js";

/** Everything that only reads. Where the tables do not exist yet there is nothing to read, and no error. */
export interface Reads {
  readCheckpoint(scope: StreamScope): Promise<StoredCheckpoint | null>;
  otherCheckpoints(scope: StreamScope): Promise<StoredCheckpoint[]>;
  newestReadAt(scope: StreamScope): Promise<Date | null>;
  countLive(scope: StreamScope): Promise<number>;
  readRows(scope: StreamScope, externalIds: readonly string[], options: ReadRowsOptions): Promise<StoredRow[]>;
  scanRows(scope: StreamScope, options: ScanRowsOptions): AsyncGenerator<ScannedRow>;
  readQuarantined(idemKeys: readonly string[]): Promise<QuarantinedObject[]>;
  liveIds(scope: StreamScope, ranges: readonly CreatedRange[], signal?: AbortSignal): AsyncGenerator<string>;
  /** Unix seconds, of the rows that staged tombstones match. */
  creationOfStagedDeletes(scope: StreamScope, staging: string, signal?: AbortSignal): AsyncGenerator<number>;
  unfinishedJobs(scope: StreamScope): Promise<readonly EventRow[]>;
}

export function createReads(dataset: Dataset, statements: Statements, leases: Leases): Reads {
  /** Null where there is no such table. */
  async function source(name: "raw_objects" | "event_log", signal?: AbortSignal): Promise<string | null> {
    const found = await dataset.table(name, signal);
    return found === null ? null : completeSource(dataset.sqlName(name), TABLES[name], found);
  }

  async function* select(
    name: "raw_objects" | "event_log",
    sqlOf: (source: string) => string,
    options: { what: string; scope: StreamScope; signal?: AbortSignal | undefined },
  ): AsyncGenerator<TextRow> {
    const from = await source(name, options.signal);
    if (from !== null) {
      const { scope, ...rest } = options;
      yield* statements.select(sqlOf(from), { ...rest, streams: [scope.stream] });
    }
  }

  async function first(
    sqlOf: (source: string) => string,
    what: string,
    scope: StreamScope,
  ): Promise<TextRow | undefined> {
    for await (const row of select("raw_objects", sqlOf, { what, scope })) return row;
    return undefined;
  }

  /** A table that is not partitioned by creation would be billed whole for each range. */
  async function rangesToScan(scope: StreamScope, signal: AbortSignal | undefined): Promise<CreatedRange[]> {
    const table = await dataset.table("raw_objects", signal);
    if (table === null || !isPartitionedByCreation(table) || Number(table.numRows ?? 0) <= ROWS_A_SCAN) {
      return scanRanges([]);
    }
    const months: { from: number; rows: number }[] = [];
    const options = { what: "count rows by month", scope, signal };
    for await (const row of select("raw_objects", (from) => monthsOfRowsSql(from, scope), options)) {
      months.push({ from: instantOf(row["month"] ?? "0").getTime() / 1000, rows: Number(row["n"] ?? 0) });
    }
    return scanRanges(months);
  }

  async function checkpoints(
    { connectionName }: StreamScope,
    isWanted: (stream: string | null | undefined) => boolean,
  ): Promise<StoredCheckpoint[]> {
    // Listing the rows of a small table is free and takes one request; a query would bill 10 MB and take a second.
    const table = await dataset.rows("checkpoints");
    const rows =
      table?.rows.filter((row) => row["connection_name"] === connectionName && isWanted(row["stream"])) ?? [];
    return rows.map((row) => ({
      cursor: JSON.parse(row["cursor"] ?? "null") as StoredCheckpoint["cursor"],
      runId: row["run_id"] ?? "",
      updatedAt: nullableInstant(row["updated_at"]) ?? new Date(0),
    }));
  }

  return {
    readCheckpoint: async (scope) => (await checkpoints(scope, (stream) => stream === scope.stream))[0] ?? null,
    otherCheckpoints: (scope) => checkpoints(scope, (stream) => stream !== scope.stream),
    newestReadAt: async (scope) => {
      // Each commit keeps it in the lease's row. Rows of an earlier tool are there without any commit of ours.
      const kept = await leases.newestReadAt(scope);
      if (kept !== null) return kept;
      const row = await first((from) => newestReadAtSql(from, scope), "find the newest row", scope);
      return nullableInstant(row?.["newest"]);
    },
    countLive: async (scope) =>
      Number((await first((from) => countLiveSql(from, scope), "count rows", scope))?.["n"] ?? 0),
    readRows: async (scope, externalIds, options) => {
      const rows: StoredRow[] = [];
      if (externalIds.length === 0) return rows;
      for (const ids of asStatementsTake(externalIds)) {
        const sqlOf = (from: string): string => rowsSql(from, scope, ids, options);
        for await (const row of select("raw_objects", sqlOf, { what: "read rows", scope, signal: options.signal }))
          rows.push(storedRow(row));
      }
      return rows;
    },
    scanRows: async function* (scope, { payload, signal }) {
      const options = { what: "read all rows", scope, signal };
      for (const range of await rangesToScan(scope, signal)) {
        for await (const row of select("raw_objects", (from) => scanSql(from, scope, payload, range), options)) {
          if (namesObject(row["external_id"] ?? null)) yield scannedRow(row);
        }
      }
      for await (const row of select("raw_objects", (from) => scanUndatedSql(from, scope, payload), options)) {
        if (namesObject(row["external_id"] ?? null)) yield scannedRow(row);
      }
    },
    readQuarantined: async (idemKeys) => {
      const found: QuarantinedObject[] = [];
      if (idemKeys.length === 0 || (await dataset.table("quarantine")) === null) return found;
      for (const keys of asStatementsTake(idemKeys)) {
        const sql = quarantinedSql(dataset.sqlName("quarantine"), keys);
        for await (const row of statements.select(sql, { what: "read the quarantine" }))
          found.push({ idemKey: row["idem_key"] ?? "", reason: row["reason"] ?? "", raw: row["raw"] ?? "" });
      }
      return found;
    },
    liveIds: async function* (scope, ranges, signal) {
      if (ranges.length === 0) return;
      const options = { what: "list ids", scope, signal };
      let undated = 0;
      for await (const row of select("raw_objects", (from) => liveIdsSql(from, scope, ranges), options)) {
        const id = row["external_id"] ?? null;
        if (id === null) undated += 1;
        else if (namesObject(id)) yield id;
      }
      if (undated === 0) return;
      for await (const row of select("raw_objects", (from) => undatedLiveIdsSql(from, scope, ranges), options)) {
        const id = row["external_id"] ?? null;
        if (namesObject(id)) yield id;
      }
    },
    creationOfStagedDeletes: async function* (scope, staging, signal) {
      const sql = creationOfDeletesSql(dataset.sqlName("raw_objects"), staging, scope);
      for await (const row of statements.select(sql, { what: "find deleted rows", streams: [scope.stream], signal })) {
        yield instantOf(row["object_created"] ?? "0").getTime() / 1000;
      }
    },
    unfinishedJobs: async (scope) => {
      const rows: EventRow[] = [];
      const sqlOf = (from: string): string => unfinishedJobsSql(from, scope);
      for await (const row of select("event_log", sqlOf, { what: "find unfinished jobs", scope }))
        rows.push(eventRow(row));
      return rows;
    },
  };
}

/** A statement may have 1 MB (https://cloud.google.com/bigquery/quotas#query_jobs), which 10,000 usual ids are far from. */
const MAX_LITERALS_BYTES = 800_000;

/** Texts in as few groups as there must be for each to fit into a statement, all its literals together. */
function asStatementsTake(texts: readonly string[]): string[][] {
  return inGroups(new Set(texts), (text) => Buffer.byteLength(literal(text)) + 2, { size: MAX_LITERALS_BYTES });
}

function scannedRow(row: TextRow): ScannedRow {
  const created = row["created"] ?? null;
  return { ...storedRow(row), created: created === null ? null : Number(created) };
}

function storedRow(row: TextRow): StoredRow {
  return {
    idemKey: row["idem_key"] ?? "",
    externalId: row["external_id"] ?? "",
    payloadHash: row["payload_hash"] ?? null,
    payload: row["payload"] ?? null,
    firstSeen: nullableInstant(row["first_seen"]) ?? new Date(0),
    lastSeen: nullableInstant(row["last_seen"]) ?? new Date(0),
    deletedAt: nullableInstant(row["deleted_at"]),
    apiVersion: row["api_version"] ?? null,
    runId: row["run_id"] ?? null,
    requestId: row["request_id"] ?? null,
    listedHash: row["listed_hash"] ?? null,
  };
}

function eventRow(row: TextRow): EventRow {
  return {
    event_id: row["event_id"] ?? "",
    event_type: (row["event_type"] ?? "job.started") as EventType,
    source_system: row["source_system"] ?? "",
    connection_name: row["connection_name"] ?? null,
    target_object_type: row["target_object_type"] ?? null,
    event_schema_ref: row["event_schema_ref"] ?? null,
    correlation_id: row["correlation_id"] ?? "",
    trace_id: row["trace_id"] ?? null,
    created_at: nullableInstant(row["created_at"]) ?? new Date(0),
    status: row["status"] === "failed" ? "failed" : "ok",
    error_message: row["error_message"] ?? null,
    payload: JSON.parse(row["payload"] ?? "null") as EventRow["payload"],
  };
}
