import type { Change } from "injest";
import { MAX_PAYLOAD_BYTES, whyNotStorable } from "./storable.js";
import { toWellFormed } from "../well-formed.js";

/** A change as a line of a spool file. */
export interface StagedLine {
  readonly text: string;
  readonly sizeBytes: number;
  readonly isQuarantined: boolean;
}

/** How much of a payload that is too large for any row is kept for people to look at, in UTF-16 units. */
const RAW_EXCERPT = 1_000_000;

/** Where a row stands among those of its staging table. */
export interface LinePlace {
  readonly seq: number;
  /** The seq of an earlier change of the same id, which no longer counts; null where there is none. */
  readonly replaces: number | null;
}

/** Writes a change as one row of the staging table; what BigQuery cannot keep goes to `quarantine`, as plain text. */
export function stagedLine(change: Change<unknown>, place: LinePlace, idemKey: string): StagedLine {
  const common = {
    ...place,
    op: change.op,
    idem_key: idemKey,
    external_id: change.id,
    read_at: change.readAt.toISOString(),
  };
  if (change.op === "delete") return line({ ...common, request_id: change.requestId });
  const { record } = change;
  const reason = whyNotStorable(record.json, record.sizeBytes);
  if (reason !== null) return quarantinedLine(place, idemKey, reason, record.json);
  const head = JSON.stringify({
    ...common,
    payload_hash: record.contentHash,
    api_version: change.apiVersion,
    request_id: change.requestId,
    listed_hash: change.listedHash ?? null,
    object_created: change.created === null ? null : new Date(change.created * 1000).toISOString(),
  });
  // The payload goes in as sent. Valid JSON has line breaks only between its tokens, where a space does as well.
  const payload = /[\r\n]/.test(record.json) ? record.json.replaceAll(/[\r\n]/g, " ") : record.json;
  const text = `${head.slice(0, -1)}${PAYLOAD_KEY}${payload}}\n`;
  return { text, sizeBytes: head.length + record.sizeBytes + PAYLOAD_KEY.length + 2, isQuarantined: false };
}

/** A row that a load has refused, as the row of `quarantine` in its place: a later change of its id replaces it all the same. */
export function refusedLine(text: string, reason: string): StagedLine {
  const start = text.indexOf(PAYLOAD_KEY);
  const head = JSON.parse(`${text.slice(0, start)}}`) as LinePlace & { idem_key: string };
  return quarantinedLine(
    { seq: head.seq, replaces: head.replaces },
    head.idem_key,
    reason,
    text.slice(start + PAYLOAD_KEY.length, text.trimEnd().length - 1),
  );
}

const PAYLOAD_KEY = `,"payload":`;

function quarantinedLine(place: LinePlace, idemKey: string, reason: string, json: string): StagedLine {
  const isTooLarge = Buffer.byteLength(json) > MAX_PAYLOAD_BYTES;
  const raw = toWellFormed(isTooLarge ? json.slice(0, RAW_EXCERPT) : json);
  return { ...line({ ...place, op: "quarantine", idem_key: idemKey, reason, raw }), isQuarantined: true };
}

function line(row: object): StagedLine {
  const text = `${JSON.stringify(row)}\n`;
  return { text, sizeBytes: Buffer.byteLength(text), isQuarantined: false };
}
