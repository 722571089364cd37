import { DOUBLE, INTEGER, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { FEEDS } from "./commit-sql.js";
import { column, createFeed, JSON_TEXT, type Feed } from "./feed.js";
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

/** Numbers travel as DOUBLE, which holds every whole number that comes here: DuckDB's BIGINT would cost a BigInt each. */
export function createCommitFeeds(connection: DuckDBConnection): CommitFeeds {
  const feeds: CommitFeeds = {
    keys: createFeed(connection, FEEDS.keys, [
      column("position", INTEGER, (row) => row.position),
      column("idem_key", VARCHAR, (row) => row.idemKey),
      column("created", DOUBLE, (row) => row.created),
    ]),
    rows: createFeed<RowToWrite>(
      connection,
      FEEDS.rows,
      [
        column("idem_key", VARCHAR, (row) => row.idemKey),
        column("external_id", VARCHAR, (row) => row.change.id),
        {
          name: "payload",
          type: JSON_TEXT,
          texts: (rows) => feeds.spool?.read(rows.map((row) => row.change.payload)) ?? [],
        },
        column("first_seen_us", DOUBLE, (row) => row.version?.firstSeenUs ?? row.change.readAtMs * 1000),
        column("last_seen_us", DOUBLE, (row) => row.change.readAtMs * 1000),
        column("payload_hash", VARCHAR, (row) => row.change.payloadHash),
        column("api_version", VARCHAR, (row) => row.change.apiVersion),
        column("request_id", VARCHAR, (row) => row.change.requestId),
        column("listed_hash", VARCHAR, (row) => row.change.listedHash),
        column("created", DOUBLE, (row) => row.change.created),
        column("replaced_row", DOUBLE, (row) => row.version?.rowIds[0] ?? null),
      ],
      endOfPayloadChunk,
    ),
    replaced: createFeed(connection, FEEDS.replaced, [column("row_id", DOUBLE, (rowId) => rowId)]),
    deleted: createFeed(connection, FEEDS.deleted, [
      column("row_id", DOUBLE, (row) => row.rowId),
      column("deleted_at_us", DOUBLE, (row) => row.readAtMs * 1000),
    ]),
    checkpoint: createFeed(connection, FEEDS.checkpoint, [
      column("connection_name", VARCHAR, (row) => row.connectionName),
      column("stream", VARCHAR, (row) => row.stream),
      column("cursor", JSON_TEXT, (row) => row.cursor),
      column("run_id", VARCHAR, (row) => row.runId),
      column("updated_at_ms", DOUBLE, (row) => row.updatedAtMs),
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
