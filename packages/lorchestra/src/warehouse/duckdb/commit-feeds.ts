import type { DuckDBConnection } from "@duckdb/node-api";
import { FEEDS } from "./commit-sql.js";
import { createFeed, jsonColumn, numberColumn, textColumn, type Feed } from "./feed.js";
import type { StoredVersion } from "./judge-change.js";
import type { Spool } from "./spool.js";
import type { StagedUpsert } from "./staged-changes.js";

/** A row that a commit writes whole. */
export interface RowToWrite {
  readonly idemKey: string;
  readonly change: StagedUpsert;
  /** The version whose place it takes. */
  readonly version: StoredVersion | undefined;
}

export interface CheckpointRow {
  readonly connectionName: string;
  readonly stream: string;
  /** JSON. */
  readonly cursor: string;
  readonly runId: string;
  readonly updatedAtMs: number;
}

/** What the statements of a commit read from this process. */
export interface CommitFeeds {
  readonly keys: Feed<{ position: number; idemKey: string; created: number | null }>;
  readonly rows: Feed<RowToWrite>;
  readonly replaced: Feed<number>;
  readonly deleted: Feed<{ rowId: number; readAtMs: number }>;
  readonly checkpoint: Feed<CheckpointRow>;
  /** Holds the payloads of the rows to write. */
  spool: Spool | null;
  forget(): void;
}

export function createCommitFeeds(connection: DuckDBConnection): CommitFeeds {
  const feeds: CommitFeeds = {
    keys: createFeed(connection, FEEDS.keys, [
      numberColumn("position", (row) => row.position),
      textColumn("idem_key", (row) => row.idemKey),
      numberColumn("created", (row) => row.created),
    ]),
    rows: createFeed<RowToWrite>(
      connection,
      FEEDS.rows,
      [
        textColumn("idem_key", (row) => row.idemKey),
        textColumn("external_id", (row) => row.change.id),
        jsonColumn("payload", (rows) => feeds.spool?.read(rows.map((row) => row.change.payload)) ?? []),
        numberColumn("first_seen_us", (row) => row.version?.firstSeenUs ?? row.change.readAtMs * 1000),
        numberColumn("last_seen_us", (row) => row.change.readAtMs * 1000),
        textColumn("payload_hash", (row) => row.change.payloadHash),
        textColumn("api_version", (row) => row.change.apiVersion),
        textColumn("request_id", (row) => row.change.requestId),
        textColumn("listed_hash", (row) => row.change.listedHash),
        numberColumn("created", (row) => row.change.created),
        numberColumn("replaced_row", (row) => row.version?.rowIds[0] ?? null),
      ],
      endOfPayloadChunk,
    ),
    replaced: createFeed(connection, FEEDS.replaced, [numberColumn("row_id", (rowId) => rowId)]),
    deleted: createFeed(connection, FEEDS.deleted, [
      numberColumn("row_id", (row) => row.rowId),
      numberColumn("deleted_at_us", (row) => row.readAtMs * 1000),
    ]),
    checkpoint: createFeed(connection, FEEDS.checkpoint, [
      textColumn("connection_name", (row) => row.connectionName),
      textColumn("stream", (row) => row.stream),
      jsonColumn("cursor", (rows) => rows.map(({ cursor }) => Buffer.from(cursor))),
      textColumn("run_id", (row) => row.runId),
      numberColumn("updated_at_ms", (row) => row.updatedAtMs),
    ]),
    spool: null,
    forget: () => {
      feeds.keys.set([]);
      feeds.rows.set([]);
      feeds.replaced.set([]);
      feeds.deleted.set([]);
      feeds.checkpoint.set([]);
      feeds.spool = null;
    },
  };
  return feeds;
}

/** Fewer rows at a time keep DuckDB's copies of the payloads small: 40 MB less at the peak, and no slower. */
const PAYLOAD_CHUNK_ROWS = 512;
const PAYLOAD_CHUNK_BYTES = 1024 * 1024;

function endOfPayloadChunk(rows: readonly RowToWrite[], start: number): number {
  let end = start;
  for (let bytes = 0; end < rows.length && end < start + PAYLOAD_CHUNK_ROWS; end += 1) {
    bytes += rows[end]?.change.payload.sizeBytes ?? 0;
    if (bytes > PAYLOAD_CHUNK_BYTES && end > start) break;
  }
  return end;
}
