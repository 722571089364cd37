import type { Change } from "injest";
import type { Spool, SpooledText } from "./spool.js";

/** A change as it waits: all of it but the payload, which is in the spool. */
export type StagedChange = StagedUpsert | StagedDelete;

export interface StagedUpsert {
  readonly op: "upsert";
  readonly id: string;
  readonly readAtMs: number;
  readonly payload: SpooledText;
  readonly payloadHash: string;
  readonly listedHash: string | null;
  readonly apiVersion: string;
  readonly requestId: string | null;
  /** Unix seconds. */
  readonly created: number | null;
}

export interface StagedDelete {
  readonly op: "delete";
  readonly id: string;
  readonly readAtMs: number;
}

/** The changes since the last commit, one an id. */
export interface StagedChanges {
  readonly rows: number;
  readonly sizeBytes: number;
  add(change: Change<unknown>): void;
  has(id: string): boolean;
  /** In the order in which their ids came. */
  all(): StagedChange[];
  clear(): void;
}

export function createStagedChanges(spool: Spool): StagedChanges {
  const byId = new Map<string, StagedChange>();
  let rows = 0;
  let sizeBytes = 0;
  return {
    get rows() {
      return rows;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    add(change) {
      rows += 1;
      sizeBytes += BYTES_BESIDE_PAYLOAD;
      const readAtMs = change.readAt.getTime();
      const known = byId.get(change.id);
      if (known !== undefined && readAtMs < known.readAtMs) return;
      byId.set(change.id, staged(change, readAtMs));
    },
    has: (id) => byId.has(id),
    all: () => [...byId.values()],
    clear() {
      byId.clear();
      spool.clear();
      rows = 0;
      sizeBytes = 0;
    },
  };

  function staged(change: Change<unknown>, readAtMs: number): StagedChange {
    if (change.op === "delete") return { op: "delete", id: change.id, readAtMs };
    const { record, created, apiVersion, requestId, listedHash = null } = change;
    const payload = spool.write(record.bytes);
    sizeBytes += payload.sizeBytes;
    return {
      op: "upsert",
      id: change.id,
      readAtMs,
      payload,
      payloadHash: record.contentHash,
      listedHash,
      apiVersion,
      requestId,
      created,
    };
  }
}

/** About what a staged change takes up in memory. */
const BYTES_BESIDE_PAYLOAD = 300;
