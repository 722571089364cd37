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

export type Verdict = "inserted" | "updated" | "unchanged" | "deleted" | "stale";

/** Says what a change does to the row that it meets, as `Load.commit` promises. */
export function judgeChange(change: StagedChange, stored: StoredVersion | undefined, force: boolean): Verdict {
  if (stored === undefined) return change.op === "upsert" ? "inserted" : "unchanged";
  const newestUs = Math.max(stored.lastSeenUs ?? 0, stored.deletedAtUs ?? 0);
  if (change.readAtMs * 1000 < newestUs) return "stale";
  const isDeleted = stored.deletedAtUs !== null;
  if (change.op === "delete") return isDeleted ? "unchanged" : "deleted";
  const isEqual = change.payloadHash === stored.payloadHash && !isDeleted;
  return isEqual && !force ? "unchanged" : "updated";
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
