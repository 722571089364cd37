import type { DuckDBConnection } from "@duckdb/node-api";
import { FEEDS } from "./commit-sql.js";
import { createFeed, jsonColumn, numberColumn, textColumn, type Feed } from "./feed.js";
import type { StoredVersion } from "./judge-change.js";
import type { Spool } from "./spool.js";
import type { StagedChange, StagedUpsert } from "./staged-changes.js";

/** What the feeds have to know of a commit beside their rows, which are the staged changes themselves: a commit makes no object for a row. */
export interface CommitContext {
  /** Holds the payloads. */
  readonly spool: Spool;
  readonly idemKey: (id: string) => string;
  /** Of changes that take the place of a row, that row. */
  readonly kept: ReadonlyMap<StagedUpsert, StoredVersion>;
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
  readonly keys: Feed<StagedChange>;
  readonly objects: Feed<StagedChange>;
  readonly rows: Feed<StagedUpsert>;
  readonly replaced: Feed<number>;
  readonly deleted: Feed<{ rowId: number; readAtMs: number }>;
  readonly checkpoint: Feed<CheckpointRow>;
  /** Call it before any of them is read. */
  begin(context: CommitContext): void;
  forget(): void;
}

export function createCommitFeeds(connection: DuckDBConnection): CommitFeeds {
  let context: CommitContext | null = null;
  const now = (): CommitContext => {
    if (context === null) throw new Error("the feeds are read outside of a commit");
    return context;
  };
  const idemKey = ({ id }: StagedChange): string => now().idemKey(id);
  const keptBy = (change: StagedUpsert): StoredVersion | undefined => now().kept.get(change);
  const feeds: CommitFeeds = {
    keys: createFeed<StagedChange>(connection, FEEDS.keys, [
      numberColumn("position", (_change, index) => index),
      textColumn("idem_key", idemKey),
      numberColumn("created", creationOf),
    ]),
    objects: createFeed<StagedChange>(connection, FEEDS.objects, [
      numberColumn("position", (_change, index) => index),
      textColumn("idem_key", idemKey),
      textColumn("external_id", (change) => change.id),
    ]),
    rows: createFeed<StagedUpsert>(
      connection,
      FEEDS.rows,
      [
        textColumn("idem_key", idemKey),
        textColumn("external_id", (change) => change.id),
        jsonColumn("payload", (changes) => now().spool.read(changes.map((change) => change.payload))),
        numberColumn("first_seen_us", (change) => keptBy(change)?.firstSeenUs ?? change.readAtMs * 1000),
        numberColumn("last_seen_us", (change) => change.readAtMs * 1000),
        textColumn("payload_hash", (change) => change.payloadHash),
        textColumn("api_version", (change) => change.apiVersion),
        textColumn("request_id", (change) => change.requestId),
        textColumn("listed_hash", (change) => change.listedHash),
        numberColumn("created", (change) => change.created),
        numberColumn("replaced_row", (change) => keptBy(change)?.rowId ?? null),
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
    begin: (next) => {
      context = next;
    },
    forget: () => {
      feeds.keys.set([]);
      feeds.objects.set([]);
      feeds.rows.set([]);
      feeds.replaced.set([]);
      feeds.deleted.set([]);
      feeds.checkpoint.set([]);
      context = null;
    },
  };
  return feeds;
}

/** Unix seconds; null where the change does not say when its object was created. */
export function creationOf(change: StagedChange): number | null {
  return change.op === "upsert" ? change.created : null;
}

/** Fewer rows at a time keep DuckDB's copies of the payloads small: 40 MB less at the peak, and no slower. */
const PAYLOAD_CHUNK_ROWS = 512;
const PAYLOAD_CHUNK_BYTES = 1024 * 1024;

function endOfPayloadChunk(rows: readonly StagedUpsert[], start: number): number {
  let end = start;
  for (let bytes = 0; end < rows.length && end < start + PAYLOAD_CHUNK_ROWS; end += 1) {
    bytes += rows[end]?.payload.sizeBytes ?? 0;
    if (bytes > PAYLOAD_CHUNK_BYTES && end > start) break;
  }
  return end;
}
