import type { Change } from "injest";
import type { StoredRow, StreamScope, Warehouse } from "../warehouse/warehouse.js";
import { creationOf } from "./creation-of.js";

/** What a commit would do with one change. */
export type Verdict = "inserted" | "updated" | "unchanged" | "deleted" | "stale";

export interface JudgedChange {
  readonly change: Change<unknown>;
  readonly verdict: Verdict;
}

/** Says of each change what a commit would do with it: the rule of `Load.commit`, by reading only. */
export async function judgeChanges(
  warehouse: Warehouse,
  scope: StreamScope,
  changes: readonly Change<unknown>[],
): Promise<JudgedChange[]> {
  const rows = new Map<string, StoredRow>();
  for (let from = 0; from < changes.length; from += IDS_AT_ONCE) {
    const some = changes.slice(from, from + IDS_AT_ONCE);
    const ids = some.map(({ id }) => id);
    const options = { payload: false, created: creationOf(some) };
    for (const row of await warehouse.readRows(scope, ids, options)) rows.set(row.externalId, row);
  }
  return changes.map((change) => ({ change, verdict: verdictOf(change, rows.get(change.id)) }));
}

/** As many as `readRows` takes. */
const IDS_AT_ONCE = 10_000;

function verdictOf(change: Change<unknown>, row: StoredRow | undefined): Verdict {
  if (row === undefined) return change.op === "upsert" ? "inserted" : "unchanged";
  if (change.readAt < row.lastSeen || (row.deletedAt !== null && change.readAt < row.deletedAt)) return "stale";
  if (change.op === "delete") return row.deletedAt === null ? "deleted" : "unchanged";
  return row.deletedAt === null && row.payloadHash === change.record.contentHash ? "unchanged" : "updated";
}
