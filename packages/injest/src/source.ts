import type { JsonValue } from "./json-value.js";

/**
 * Where a stream stands: which ranges are still open, and up to where its changes are known.
 *
 * It survives a JSON round trip, and is under 64 KB whatever the account. Only the stream that made it knows what is in it.
 */
export type Cursor = JsonValue;

/** A record's text as the source sent it: nothing is lost, and it is parsed only where somebody looks inside. */
export interface RawRecord<R> {
  /** The JSON text, byte for byte as sent; for a completed nested list, with all of its items spliced in. */
  readonly json: string;
  /** `json` in UTF-8, not a copy: do not change it. As long as it is held, the whole response stays in memory. */
  readonly bytes: Uint8Array;
  /** The length of `bytes`. */
  readonly sizeBytes: number;
  /**
   * SHA-256, 64 lower-case hex digits, of the record without insignificant white space and without the fields that
   * change with each reading. Equal for a record that was listed and one that was retrieved.
   */
  readonly contentHash: string;
  /** Parses the text anew at each call. */
  parse(): R;
}

/** The whole object as it was at `readAt`, never a part of it. */
export interface Upsert<R> {
  readonly op: "upsert";
  readonly id: string;
  readonly record: RawRecord<R>;
  /** The server's time, in ms, at which the request was sent. Strictly later than `ReadOptions.newestReadAt`. */
  readonly readAt: Date;
  /** Unix seconds; null for the few objects that have none. Never changes in an object's life. */
  readonly created: number | null;
  readonly apiVersion: string;
  readonly requestId: string | null;
  /**
   * The hash, made like `contentHash`, of what the source's list showed of a record whose nested lists were completed then.
   * Absent for a record that came whole.
   */
  readonly listedHash?: string;
}

/** The object was looked for at `readAt` and the source said that it does not exist (any more). */
export interface Delete {
  readonly op: "delete";
  readonly id: string;
  readonly readAt: Date;
  readonly requestId: string | null;
}

export type Change<R> = Upsert<R> | Delete;

/** Whole seconds since the epoch: `from` is in the range, `until` is not; null means without a bound. */
export interface CreatedRange {
  readonly from: number | null;
  readonly until: number | null;
}

/**
 * A range of `created` that was listed to its end.
 *
 * Every object that the source lists in `range` is among the changes of this batch or in `alsoPresent`. What else a
 * warehouse holds in the range may have been deleted: `retrieve` it.
 */
export interface Listed {
  readonly range: CreatedRange;
  /** Ids of the range that came with earlier batches: those of a second that several pages share. */
  readonly alsoPresent: readonly string[];
}

/**
 * A piece of a read. Within one read an id comes at most once, unless the object changed in between: then the last one counts.
 *
 * A read that finishes a listing of everything, and then brings what changed meanwhile, counts as two reads here. The second one
 * begins after the first cursor that has a watermark.
 */
export interface Batch<R> {
  readonly changes: readonly Change<R>[];
  readonly listed: readonly Listed[];
  /** Store it only once these and all earlier changes are durable. It may be made when it is asked for: ask only where you store it. */
  readonly cursor: Cursor;
}

/** What happened in a read, for progress lines, counts and the event log. Observers must be quick and must not throw. */
export type ReadEvent =
  /** One has left for the source. */
  | { readonly type: "request"; readonly endpoint: string }
  | { readonly type: "retry"; readonly endpoint: string; readonly reason: string; readonly delayMs: number }
  | { readonly type: "rate-limited"; readonly endpoint: string; readonly reason: string | null }
  /** `remaining` is an estimate of the objects still to list; null where nothing is known. */
  | {
      readonly type: "progress";
      readonly objects: number;
      readonly pages: number;
      readonly nestedPages: number;
      readonly remaining: number | null;
    }
  /** `limit` and `inUse` are requests per second at the stream's own endpoint. */
  | { readonly type: "rate"; readonly inUse: number; readonly limit: number }
  /** Something that a person should know although it is no error: a gap that was re-listed, a feed that is forbidden. */
  | { readonly type: "notice"; readonly code: NoticeCode; readonly message: string };

export type NoticeCode =
  | "FEED_EXPIRED"
  | "FEED_FORBIDDEN"
  | "API_VERSION_CHANGED"
  | "STREAM_NOT_ENABLED"
  | "POSITION_AHEAD"
  | "RESUMED";

export interface ReadOptions {
  /** The last stored checkpoint of this stream. With a `window`, give it too: only its account and mode are compared. */
  readonly cursor?: Cursor;
  /** Stored checkpoints of other streams of the same account. Only their account and mode are compared. */
  readonly accountOf?: readonly Cursor[];
  /** Reads only what was created in [since, until); without either, everything. Do not store the cursors of such a read. */
  readonly window?: { readonly since?: Date; readonly until?: Date };
  /** Lists everything again, whatever the cursor says. Its account and mode are compared all the same. */
  readonly full?: boolean;
  /** Without a cursor: what was created since then is read first, everything else later in the same read. */
  readonly firstSince?: Date;
  /** The newest `readAt` that is stored for this stream. Every `readAt` of this read is later. */
  readonly newestReadAt?: Date;
  /**
   * Resolves to the stored `listedHash` of each of these ids that has one. Where the list shows a record as it was, the rolling
   * sweep then neither completes its nested lists nor yields it.
   */
  readonly listedHashes?: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /**
   * Ids of a few objects that are stored and not deleted, of this stream: several, as some may be gone. Asked for only where a key
   * that was changed may not tell its account: where the source has none of them, it is another account's.
   */
  readonly storedIds?: () => Promise<readonly string[]>;
  /** Aborting ends the iteration with the signal's reason; batches already yielded stay good. */
  readonly signal?: AbortSignal;
  readonly observe?: (event: ReadEvent) => void;
}

/** `cursor` as for a read, because an object that is gone and one of another account give the same answer. */
export type RetrieveOptions = Pick<
  ReadOptions,
  "cursor" | "accountOf" | "storedIds" | "newestReadAt" | "signal" | "observe"
>;

/** What a read would take, from a few probes. */
export interface ReadEstimate {
  readonly objects: Interval;
  readonly requests: Interval;
  /** At the rate limit in force and the latency just measured. */
  readonly durationMs: Interval;
  /** Bytes of JSON. */
  readonly sizeBytes: Interval;
  /** Requests that the estimate itself took. */
  readonly probes: number;
}

export interface Interval {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** A cursor in words for people. */
export interface CursorSummary {
  /** The stream is complete up to this time; null while a backfill is under way. */
  readonly watermark: Date | null;
  readonly openRanges: number;
  readonly apiVersion: string;
}

/**
 * One kind of object of a source.
 *
 * Reading is lazy: nothing is sent before the first `next()`. Several streams of one source may be read at once and
 * share its rate limit; one stream must not be read twice at the same time by the same consumer.
 */
export interface Stream<R> {
  /** As in the source's address: "payment_intents". */
  readonly name: string;
  /** As in the records: "payment_intent". */
  readonly objectType: string;
  readonly facts: RecordFacts;
  /** Ends when everything that the options ask for has been yielded. Throws `SourceError`, SOURCE_OPTION_INVALID for an invalid time. */
  read(options?: ReadOptions): AsyncIterable<Batch<R>>;
  /**
   * Reads these objects one by one, at most once each, in any order. An object that no longer exists comes as a delete.
   * Throws `SourceError`; where the cursor is of another account or mode, SOURCE_ACCOUNT_CHANGED or SOURCE_MODE_CHANGED before
   * anything else.
   */
  retrieve(ids: readonly string[], options?: RetrieveOptions): AsyncIterable<Change<R>>;
  /** Says what `read` would take; sends a few requests, reads nothing else. */
  estimate(options?: Pick<ReadOptions, "window" | "signal">): Promise<ReadEstimate>;
  /** Puts a cursor of this stream into words. Throws `SourceError` SOURCE_CURSOR_INVALID for anything else. */
  summarize(cursor: Cursor): CursorSummary;
}

/**
 * What the catalogue knows of a stream's records, as data: for whoever compares them or sums them up.
 *
 * A path is dotted, and `[]` passes through an array: "lines.data[].url" is the field of each item.
 */
export interface RecordFacts {
  /** What the records' ids begin with: "cus_". Only a hint where to look first; empty where ids tell nothing. */
  readonly idPrefixes: readonly string[];
  /** Fields that change with each reading: stored, but neither hashed nor compared. */
  readonly volatileFields: readonly string[];
  /** Lists inside a record, which the stream completes: "lines". */
  readonly nestedLists: readonly string[];
  /** So many records come with one request of a listing at most: listing fewer costs no less. */
  readonly pageSize: number;
  /**
   * How late the source may be: a new record, or an event, may show up to `lateSeconds` after its time, and a read looks so far
   * back for it. The source keeps events for `keptSeconds`.
   */
  readonly events: { readonly lateSeconds: number; readonly keptSeconds: number };
  /** The amount that can be summed, in the currency's smallest unit, and its currency; null where there is none. */
  readonly money: { readonly amount: string; readonly currency: string } | null;
}

/** A notice of the source that one object changed. */
export interface SourceEvent {
  /** The object that it names. */
  readonly objectId: string;
  readonly id: string;
  readonly type: string;
  readonly created: Date;
}

export interface Source {
  /** "stripe" */
  readonly name: string;
  readonly streams: Readonly<Record<string, Stream<unknown>>>;
  /** Sends one request that needs a valid key. Resolves to the key's account, or null where the key may not tell. Throws `SourceError`. */
  check(options?: { signal?: AbortSignal }): Promise<string | null>;
  /**
   * The source's own events since `since` that name an object, as far back as it keeps them, in any order; with the name of a
   * `stream`, those that name an object of it; and with a cursor of that stream as `unreadBy`, only those that a read which goes
   * on from it would act on: it begins where the read would, and leaves out what reads before have met. Throws `SourceError`,
   * SOURCE_OPTION_INVALID for a stream that there is not, SOURCE_FORBIDDEN where the key may not read events, or the account has
   * none, and SOURCE_CURSOR_INVALID for a cursor that is none.
   */
  events(options: {
    since: Date;
    stream?: string;
    unreadBy?: Cursor;
    signal?: AbortSignal;
  }): AsyncIterable<SourceEvent>;
  /** Closes connections; reads under way end with an error. */
  close(): Promise<void>;
}
