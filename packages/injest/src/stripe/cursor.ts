import { SourceError } from "../errors.js";
import type { Cursor, CursorSummary } from "../source.js";
import { BELIEVED_BEHIND_MS } from "./second-reached.js";
import { shortRanges } from "./list/short-ranges.js";
import type { OpenRange } from "./list/open-range.js";

/** What a stream of Stripe remembers between runs. Times are Unix seconds by Stripe's clock. */
export interface StripeCursor {
  readonly apiVersion: string;
  /** Null where the key may not read it. */
  readonly account: string | null;
  /** Null where the key does not tell. */
  readonly live: boolean | null;
  /** Tells whether the key is the same as last time; nothing of it can be got back from this. */
  readonly keyPrint: string;
  /**
   * Everything created before this is in, and every change before this that Stripe tells of and had told by then; null while a
   * backfill is under way.
   */
  readonly watermark: number | null;
  /** Ranges of a backfill that are still to be listed. */
  readonly open: readonly OpenRange[];
  readonly feed: FeedPosition;
  /** What is created since then is still to be listed. */
  readonly listedUntil: number;
  readonly sweep: Sweep;
  /** How many objects the listing of everything that is under way has found so far; null with none under way. */
  readonly counted: number | null;
  /** How many objects the last listing of everything found, and when the oldest of them was created. */
  readonly objects: number;
  readonly oldest: number | null;
}

export interface FeedPosition {
  /** Stripe events since then are still to be read. */
  readonly from: number;
  /** When the last listing of everything began. What happened before then it showed: late Stripe events of that time say nothing new. */
  readonly floor: number;
  /** Stripe events that were read although they are no older than what will be read again; shortened to their hash. */
  readonly seen: readonly string[];
  /** The key might not read them at the last run: nothing is asked for besides before it may. */
  readonly isForbidden: boolean;
}

/** How far the rolling sweep has come in this round: what is still to be listed of it; null at a round's beginning. */
export interface Sweep {
  readonly rest: OpenRange | null;
  /** When the last step was made. */
  readonly at: number;
}

const VERSION = 1;

export function writeCursor(cursor: StripeCursor): Cursor {
  return {
    v: VERSION,
    api_version: cursor.apiVersion,
    account: cursor.account,
    live: cursor.live,
    key: cursor.keyPrint,
    watermark: cursor.watermark,
    open: shortRanges(cursor.open).map(writeRange),
    feed: writeFeed(cursor.feed),
    listed_until: cursor.listedUntil,
    sweep: { rest: cursor.sweep.rest && writeRange(cursor.sweep.rest), at: cursor.sweep.at },
    counted: cursor.counted,
    objects: cursor.objects,
    oldest: cursor.oldest,
  };
}

/** Throws SOURCE_CURSOR_INVALID for anything that `writeCursor` did not make. */
export function readCursor(cursor: Cursor): StripeCursor {
  const top = record(cursor);
  if (top["v"] !== VERSION) throw invalid();
  const feed = record(top["feed"]);
  const sweep = record(top["sweep"]);
  const read: StripeCursor = {
    apiVersion: text(top["api_version"]),
    account: top["account"] === null ? null : text(top["account"]),
    live: top["live"] === null ? null : bool(top["live"]),
    keyPrint: text(top["key"]),
    watermark: secondOrNull(top["watermark"]),
    open: list(top["open"]).map(readRange),
    feed: {
      from: second(feed["from"]),
      floor: second(feed["floor"]),
      seen: list(feed["seen"]).map(text),
      isForbidden: feed["forbidden"] === undefined ? false : bool(feed["forbidden"]),
    },
    listedUntil: second(top["listed_until"]),
    sweep: { rest: sweep["rest"] === null ? null : readRange(sweep["rest"]), at: second(sweep["at"]) },
    counted: secondOrNull(top["counted"]),
    objects: second(top["objects"]),
    oldest: secondOrNull(top["oldest"]),
  };
  return top["ahead_of_own"] === undefined ? read : byTheEarlierClock(read, second(top["ahead_of_own"]));
}

/**
 * A cursor of an earlier version, which went by Stripe's clock alone, and kept by how many seconds that was ahead of the machine's own:
 * as if it had gone by the earlier of the two. An event that it took for seen may have been read too early to be.
 */
function byTheEarlierClock(cursor: StripeCursor, ahead: number): StripeCursor {
  if (ahead <= 0 || ahead * 1000 > BELIEVED_BEHIND_MS) return cursor;
  const { from, floor, isForbidden } = cursor.feed;
  return {
    ...cursor,
    feed: { from: from - ahead, floor: floor - ahead, seen: [], isForbidden },
    listedUntil: cursor.listedUntil - ahead,
    watermark: cursor.watermark === null ? null : cursor.watermark - ahead,
  };
}

export function summarizeCursor(cursor: StripeCursor): CursorSummary {
  return {
    watermark: cursor.watermark === null ? null : new Date(cursor.watermark * 1000),
    openRanges: cursor.open.length,
    apiVersion: cursor.apiVersion,
  };
}

function writeFeed({ from, floor, seen, isForbidden }: FeedPosition): Cursor {
  return { from, floor, seen, ...(isForbidden ? { forbidden: true } : {}) };
}

/** `[from, until]`, or with the token `[from, until, id, created]`, or with others of its second `[…, [id, …]]`: cursors are short. */
function writeRange({ from, until, after }: OpenRange): Cursor {
  if (after === null) return [from, until];
  const place = [from, until, after.id, after.created];
  return after.beside === null ? place : [...place, [...after.beside]];
}

function readRange(value: unknown): OpenRange {
  const parts = list(value);
  const [from, until, id, created, beside] = parts;
  if (parts.length !== 2 && parts.length !== 4 && parts.length !== 5) throw invalid();
  const after =
    parts.length === 2
      ? null
      : { id: text(id), created: secondOrNull(created), beside: parts.length === 5 ? list(beside).map(text) : null };
  return { from: secondOrNull(from), until: secondOrNull(until), after };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid();
  return value as Record<string, unknown>;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid();
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw invalid();
  return value;
}

function bool(value: unknown): boolean {
  if (typeof value !== "boolean") throw invalid();
  return value;
}

function second(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw invalid();
  return value;
}

function secondOrNull(value: unknown): number | null {
  return value === null ? null : second(value);
}

function invalid(): SourceError {
  return new SourceError("SOURCE_CURSOR_INVALID", "the stored checkpoint is not one that this version can read", {
    hint: "Run with --full to read everything again and store a new checkpoint, or with the version that wrote it.",
  });
}
