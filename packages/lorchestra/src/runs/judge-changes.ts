import type { Change } from "injest";
import { verdictOf, type Verdict } from "../warehouse/verdict.js";
import type { StoredRow } from "../warehouse/warehouse.js";
import type { Portion } from "./portion.js";

export interface JudgedChange {
  readonly change: Change<unknown>;
  readonly verdict: Verdict;
}

/** Says of each change what a commit would do with it. */
export function judgeChanges({ changes, rows }: Portion): JudgedChange[] {
  return changes.map((change) => ({ change, verdict: judge(change, rows.get(change.id)) }));
}

function judge(change: Change<unknown>, row: StoredRow | undefined): Verdict {
  const payloadHash = change.op === "upsert" ? change.record.contentHash : null;
  const stored = row && {
    lastSeen: row.lastSeen.getTime(),
    deletedAt: row.deletedAt?.getTime() ?? null,
    payloadHash: row.payloadHash,
  };
  return verdictOf({ op: change.op, readAt: change.readAt.getTime(), payloadHash }, stored, false);
}
