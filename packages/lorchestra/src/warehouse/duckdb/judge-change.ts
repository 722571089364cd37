import { verdictOf, type Verdict } from "../verdict.js";
import type { StagedChange } from "./staged-changes.js";

/** What a commit has to know of the row that a change meets. Instants in microseconds. */
export interface StoredVersion {
  /** Usually one; several where an earlier tool stored a key more than once. */
  readonly rowIds: readonly number[];
  readonly payloadHash: string | null;
  readonly firstSeenUs: number | null;
  readonly lastSeenUs: number | null;
  readonly deletedAtUs: number | null;
}

/** Says what a change does to the row that it meets. */
export function judgeChange(change: StagedChange, stored: StoredVersion | undefined, force: boolean): Verdict {
  const row = stored && {
    lastSeen: stored.lastSeenUs,
    deletedAt: stored.deletedAtUs,
    payloadHash: stored.payloadHash,
  };
  const payloadHash = change.op === "upsert" ? change.payloadHash : null;
  return verdictOf({ op: change.op, readAt: change.readAtMs * 1000, payloadHash }, row, force);
}

/** Takes a further row of the same key into account: the one that was read last speaks for all of them. */
export function joinVersions(a: StoredVersion, b: StoredVersion): StoredVersion {
  const newer = (b.lastSeenUs ?? 0) > (a.lastSeenUs ?? 0) ? b : a;
  const firstSeen = [a.firstSeenUs, b.firstSeenUs].filter((instant) => instant !== null);
  return {
    ...newer,
    rowIds: [...a.rowIds, ...b.rowIds],
    firstSeenUs: firstSeen.length === 0 ? null : Math.min(...firstSeen),
  };
}
