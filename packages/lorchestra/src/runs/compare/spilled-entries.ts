import { deserialize, serialize } from "node:v8";
import type { Change, RawRecord } from "injest";
import type { ScannedRow } from "../../warehouse/warehouse.js";

/** What of a read waits in a spill: a change, or an id that a listing names again. */
export type ReadEntry = { readonly change: Change<unknown> } | { readonly alsoPresent: string };

export function encodeRead(entry: ReadEntry): Uint8Array {
  if (!("change" in entry) || entry.change.op === "delete") return serialize(entry);
  const { record, ...rest } = entry.change;
  return serialize({ change: { ...rest, record: { bytes: record.bytes, contentHash: record.contentHash } } });
}

export function decodeRead(bytes: Uint8Array): ReadEntry {
  const entry = deserialize(bytes) as ReadEntry;
  if (!("change" in entry) || entry.change.op === "delete") return entry;
  return { change: { ...entry.change, record: new SpilledRecord(entry.change.record) } };
}

export function encodeRow(row: ScannedRow): Uint8Array {
  return serialize(row);
}

export function decodeRow(bytes: Uint8Array): ScannedRow {
  return deserialize(bytes) as ScannedRow;
}

/** The same, without the response or the block that it came with: for what is held for long. */
export function detached(change: Change<unknown>): Change<unknown> {
  if (change.op === "delete") return change;
  const { record, ...rest } = change;
  return { ...rest, record: new SpilledRecord({ bytes: Buffer.from(record.bytes), contentHash: record.contentHash }) };
}

class SpilledRecord implements RawRecord<unknown> {
  readonly bytes: Buffer;
  readonly contentHash: string;

  constructor({ bytes, contentHash }: Pick<RawRecord<unknown>, "bytes" | "contentHash">) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.contentHash = contentHash;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  get json(): string {
    return this.bytes.toString("utf8");
  }

  parse(): unknown {
    return JSON.parse(this.json);
  }
}
