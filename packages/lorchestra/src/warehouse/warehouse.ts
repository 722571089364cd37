import type { Change, CreatedRange, Cursor, Interval, JsonValue, Listed, RawRecord } from "injest";
import type { EventRow } from "../events/event-row.js";

/**
 * A place that holds the tables of `tables.ts`: the seam behind which each warehouse stands.
 *
 * One process holds one `Warehouse`. Several of its jobs may load at once, each into its own `Load`. Every method throws
 * `LorchestraError` with one of the WAREHOUSE_ codes, ALREADY_RUNNING or LEASE_LOST. A warehouse retries by itself what is
 * worth retrying, so a thrown error is final for this run.
 */
export interface Warehouse extends AsyncDisposable {
  /** For people: "duckdb ./lorchestra.duckdb", "bigquery my-project.events_dev". */
  readonly label: string;
  /** Identifies its place: the same however that is named, in an address or the environment, and of no other place. Not for people. */
  readonly identity: string;
  readonly capabilities: WarehouseCapabilities;
  /**
   * Whether its place (a file, a dataset) is there; false where `prepare` would make it. Creates nothing. Throws what would keep
   * a run from making or writing it, as far as that shows without writing, also when opened with access "read".
   */
  exists(signal?: AbortSignal): Promise<boolean>;
  /** Makes the tables that are missing and adds the columns that are missing; harmless when nothing is. Never called for a dry run. */
  prepare(): Promise<void>;
  /**
   * Takes the stream's lease and opens a staging area; drops what a dead run left staged.
   * Throws ALREADY_RUNNING, with the holder's facts, when another run has the lease.
   */
  beginLoad(scope: StreamScope, options: LoadOptions): Promise<Load>;
  /** Null when there is none, also when the tables do not exist yet. */
  readCheckpoint(scope: StreamScope): Promise<StoredCheckpoint | null>;
  /** Those of the other streams of the same connection, in any order; none when the tables do not exist yet. */
  otherCheckpoints(scope: StreamScope): Promise<readonly StoredCheckpoint[]>;
  /** The latest `last_seen` or `deleted_at` of the stream's rows; null without rows. */
  newestReadAt(scope: StreamScope): Promise<Date | null>;
  /** How many rows of the stream are not deleted. */
  countLive(scope: StreamScope): Promise<number>;
  /** The rows of these ids, in any order; an id without a row is left out. Reads only. At most 10,000 ids a call. */
  readRows(scope: StreamScope, externalIds: readonly string[], options: ReadRowsOptions): Promise<StoredRow[]>;
  /**
   * Every row of the stream that names an object, deleted ones too, in any order, each as it is soon after this begins. Reads only.
   * For a caller who compares so many objects that looking them up would read the table again and again.
   */
  scanRows(scope: StreamScope, options: ScanRowsOptions): AsyncIterable<ScannedRow>;
  /** Whether the table can keep a record as it is, as far as that shows before it is loaded: else a commit puts it into quarantine. */
  canHold(record: Pick<RawRecord<unknown>, "json" | "sizeBytes">): boolean;
  /** The objects of these keys that the warehouse refused, several of a key perhaps. Reads only. At most 10,000 keys a call. */
  readQuarantined(idemKeys: readonly string[]): Promise<QuarantinedObject[]>;
  /**
   * Ids of the stream's live rows whose `created` lies in one of the ranges. Rows whose `created` is not known belong to ranges
   * with `from: null`. Rows that name no object are left out. Reads only.
   */
  liveIds(scope: StreamScope, ranges: readonly CreatedRange[], signal?: AbortSignal): AsyncIterable<string>;
  /** Adds rows to `event_log`, each at most once by `event_id`, however often it is called. */
  appendEvents(rows: readonly EventRow[]): Promise<void>;
  /**
   * The `job.started` rows of this connection and object type that have neither a `job.completed` nor a `job.failed` of the
   * same correlation_id, connection and object type. If the caller holds the lease, these are jobs that were killed. Rows of an
   * earlier tool, in the same table, are left out.
   */
  unfinishedJobs(scope: StreamScope): Promise<readonly EventRow[]>;
  /** What loading so many objects would take, for `lorchestra plan`. Reads only, and bills nothing. */
  estimateLoad(expected: { readonly objects: Interval; readonly sizeBytes: Interval }): Promise<LoadEstimate>;
  /**
   * Runs one statement of BigQuery's dialect, as `lorchestra sql` takes it, or of the warehouse's own where `dialect` says so.
   * Rows come lazily. Read-only unless the warehouse cannot tell.
   */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Totals of this process, where the warehouse counts such things; null where it does not. */
  usage(): WarehouseUsage | null;
}

export interface WarehouseCapabilities {
  /** A commit is due at the first of these. */
  readonly commitAfter: { readonly rows: number; readonly sizeBytes: number; readonly elapsedMs: number };
  /** How long a commit may take at most before an interrupted run drops what is staged, in ms. */
  readonly commitDeadlineMs: number;
  /** How many bytes of records may be read ahead while a commit is under way: memory that buys time where commits are slow. */
  readonly readAheadBytes: number;
  /** What a call of `readRows` costs. With "billed" a run makes only a few of those that it could do without. */
  readonly rowLookups: "cheap" | "billed";
}

/** What a warehouse has spent, summed over this process. */
export interface WarehouseUsage {
  readonly bytes_processed: number;
  readonly bytes_billed: number;
  readonly jobs_run: number;
  readonly slot_ms: number;
}

/** What a load would take; each figure rests on the assumptions, which are printed with it. */
export interface LoadEstimate {
  /** Bytes that the rows will take up in the warehouse. */
  readonly storedBytes: Interval;
  /** Null where the warehouse bills nothing. */
  readonly bytesBilled: Interval | null;
  readonly priceUsd: Interval | null;
  /** One sentence each. */
  readonly assumptions: readonly string[];
}

/** One stream of one connection: what a checkpoint, a lease and a load belong to. */
export interface StreamScope {
  readonly sourceSystem: string;
  readonly connectionName: string;
  readonly stream: string;
  readonly objectType: string;
}

export interface LoadOptions {
  readonly runId: string;
  /** Makes the row's key of an object's id. */
  readonly idemKey: (externalId: string) => string;
  readonly schemaRef: string;
  /**
   * Aborted when an interrupted run has waited for `commitDeadlineMs`. A call under way then rejects soon, with the signal's
   * reason. Whether its commit took place is open, and either is right.
   */
  readonly signal?: AbortSignal;
}

/**
 * Changes on their way into `raw_objects`: they wait in a staging area, unseen, until `commit`.
 *
 * Calls do not overlap: one `append` or `commit` at a time. Disposal drops what was not committed and frees the lease. It
 * never throws for a load that failed.
 */
export interface Load extends AsyncDisposable {
  /** Stages changes. Of several changes of one id the one with the latest `readAt` counts, and of equals the last. */
  append(changes: readonly Change<unknown>[]): Promise<void>;
  /** Since the last commit: distinct rows are only known at the commit. */
  readonly staged: { readonly rows: number; readonly sizeBytes: number };
  /**
   * Ids of live rows whose `created` lies in the listed ranges, but that are neither staged nor in `alsoPresent`. They may have
   * been deleted. Call it before `commit`, with what was listed since the last commit.
   */
  unlisted(listed: readonly Listed[]): AsyncIterable<string>;
  /**
   * Applies what is staged and stores the checkpoint, in one transaction. Afterwards both are durable. If it throws, both are or
   * neither is, and the stored checkpoint tells which. Without a checkpoint (a windowed run) it stores only the rows.
   *
   * - A change whose `readAt` is before the row's `last_seen` or `deleted_at` is stale, and changes nothing.
   * - An upsert with the `payload_hash` of a row that is not deleted changes nothing, unless `force`.
   * - An upsert of a deleted row revives it.
   * - A delete sets `deleted_at` to its `readAt`, and nothing else. One of an unknown or already deleted row changes nothing.
   *
   * Where one key has several rows, as an earlier tool may have left them, each is judged by itself. The change counts once: as
   * updated if it updates one of them, else as deleted, else as stale. An update leaves one row in place of all that are not
   * newer.
   */
  commit(checkpoint: Checkpoint | null, options?: CommitOptions): Promise<LoadResult>;
}

export interface CommitOptions {
  /**
   * For a repair: writes every staged upsert that is not stale, also when the hash is equal. A warehouse may take rows of the
   * stream for rows of the object's key that have its id under another key, or another creation.
   */
  readonly force?: boolean;
  /** With more deletions than this nothing is written and DELETE_LIMIT is thrown. Without it there is no limit. */
  readonly deleteLimit?: number;
}

/** Exact counts of one commit; `staged` = inserted + updated + unchanged + deleted + stale + quarantined, in distinct ids. */
export interface LoadResult {
  readonly staged: number;
  readonly inserted: number;
  /** Of rows that were there, revived ones included. */
  readonly updated: number;
  /** Equal hash; also deletes of rows that were unknown or already deleted. */
  readonly unchanged: number;
  readonly deleted: number;
  readonly stale: number;
  /** Refused by the warehouse, kept in `quarantine` with a reason. */
  readonly quarantined: number;
}

export interface Checkpoint {
  readonly cursor: Cursor;
  readonly runId: string;
}

export interface StoredCheckpoint extends Checkpoint {
  readonly updatedAt: Date;
}

export interface ReadRowsOptions {
  /** Whether the payloads come with them. */
  readonly payload: boolean;
  /**
   * When the objects were created, in Unix seconds, if that is known of all of them. A warehouse that bills look-ups need not
   * look where such rows cannot be. Default: it looks everywhere.
   */
  readonly created?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StoredRow {
  readonly idemKey: string;
  readonly externalId: string;
  readonly payloadHash: string | null;
  /** The payload's JSON text; null unless it was asked for, and for a row without one. */
  readonly payload: string | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly deletedAt: Date | null;
  readonly apiVersion: string | null;
  readonly runId: string | null;
  readonly requestId: string | null;
  /** The `listedHash` of the change that wrote the payload; null where it had none. */
  readonly listedHash: string | null;
}

export interface ScanRowsOptions {
  /** Whether the payloads come with them. */
  readonly payload: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ScannedRow extends StoredRow {
  /** Unix seconds; null where it is not known. */
  readonly created: number | null;
}

/** An object that a warehouse could not keep. */
export interface QuarantinedObject {
  readonly idemKey: string;
  /** In words for people. */
  readonly reason: string;
  /** The payload's text, or only its beginning where it is too large for the quarantine, too. */
  readonly raw: string;
}

export interface QueryOptions {
  /** Values for `?` placeholders, only with `dialect: "native"`. */
  readonly parameters?: readonly (string | number | boolean | null)[];
  readonly dialect?: "bigquery" | "native";
  readonly signal?: AbortSignal;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /**
   * One JSON value a column: timestamps as ISO 8601 in UTC, civil times (DATETIME) without a zone, JSON columns as their text,
   * 64-bit integers as numbers where exact, else as decimal strings.
   */
  readonly rows: AsyncIterable<readonly JsonValue[]>;
}

/** How a warehouse is opened. */
export interface OpenOptions {
  /** Stands before every table's name: "test_" with --test-table. */
  readonly tablePrefix: "" | "test_";
  /** "read" creates and changes nothing, not even a file: what does not exist is empty. */
  readonly access: "read" | "write";
  readonly runId: string;
  readonly nowMs: () => number;
  /**
   * Aborted when the command is asked to stop. Calls that may wait for long, as for a place that cannot be reached, reject soon
   * after that with its reason; a load goes by its own signal. Default: never.
   */
  readonly signal?: AbortSignal;
}
