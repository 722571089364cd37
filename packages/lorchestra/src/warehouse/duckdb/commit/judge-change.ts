import { countedAs, verdictOf, type Verdict } from "../../verdict.js";
import type { StagedChange } from "./staged-changes.js";

/** What a commit has to know of a row that a change meets. Instants in microseconds. */
export interface StoredVersion {
  readonly rowId: number;
  readonly payloadHash: string | null;
  readonly firstSeenUs: number | null;
  readonly lastSeenUs: number | null;
  readonly deletedAtUs: number | null;
}

/** What a change does, and to which rows. */
export interface JudgedChange {
  readonly verdict: Verdict;
  /** Of an update those whose place the written row takes, of a deletion those to mark. */
  readonly rows: readonly StoredVersion[];
}

/**
 * Says what a change does to the rows that it meets: usually one; several where an earlier tool stored a key more than once.
 *
 * Each of them is judged by itself, as BigQuery's MERGE does it: none is overwritten by an older reading, and none stays alive
 * that is older than the news of its deletion, whatever stands beside it. The change counts once. The row that an update writes
 * takes the place of all that are not newer than it, of those of the same content too.
 */
export function judgeChange(change: StagedChange, stored: readonly StoredVersion[], force: boolean): JudgedChange {
  const payloadHash = change.op === "upsert" ? change.payloadHash : null;
  const facts = { op: change.op, readAt: change.readAtMs * 1000, payloadHash };
  if (stored.length === 0) return { verdict: verdictOf(facts, undefined, force), rows: [] };
  const verdicts = stored.map(({ lastSeenUs, deletedAtUs, payloadHash }) =>
    verdictOf(facts, { lastSeen: lastSeenUs, deletedAt: deletedAtUs, payloadHash }, force),
  );
  const verdict = countedAs(verdicts);
  if (verdict === "updated") return { verdict, rows: stored.filter((_, index) => verdicts[index] !== "stale") };
  if (verdict === "deleted") return { verdict, rows: stored.filter((_, index) => verdicts[index] === "deleted") };
  return { verdict, rows: [] };
}

/** The row of which a written one keeps what a change does not say: the one that was read last, but seen since the first of them. */
export function keptOf([first, ...others]: readonly [StoredVersion, ...StoredVersion[]]): StoredVersion {
  return others.reduce((kept, other) => {
    const newer = (other.lastSeenUs ?? 0) > (kept.lastSeenUs ?? 0) ? other : kept;
    const firstSeenUs = Math.min(kept.firstSeenUs ?? Infinity, other.firstSeenUs ?? Infinity);
    return { ...newer, firstSeenUs: Number.isFinite(firstSeenUs) ? firstSeenUs : null };
  }, first);
}
