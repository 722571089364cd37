import type { Change } from "injest";
import type { StoredRow } from "../warehouse/warehouse.js";
import type { Portion } from "./portion.js";

/** What a commit would do with one change. */
export type Verdict = "inserted" | "updated" | "unchanged" | "deleted" | "stale";

export interface JudgedChange {
  readonly change: Change<unknown>;
  readonly verdict: Verdict;
}

/** Says of each change what a commit would do with it: the rule of `Load.commit`. */
export function judgeChanges({ changes, rows }: Portion): JudgedChange[] {
  return changes.map((change) => ({ change, verdict: verdictOf(change, rows.get(change.id)) }));
}

function verdictOf(change: Change<unknown>, row: StoredRow | undefined): Verdict {
  if (row === undefined) return change.op === "upsert" ? "inserted" : "unchanged";
  if (change.readAt < row.lastSeen || (row.deletedAt !== null && change.readAt < row.deletedAt)) return "stale";
  if (change.op === "delete") return row.deletedAt === null ? "deleted" : "unchanged";
  return row.deletedAt === null && row.payloadHash === change.record.contentHash ? "unchanged" : "updated";
}
