import type { Change } from "injest";
import { countedAs, verdictOf, type Verdict } from "../../warehouse/verdict.js";
import type { StoredRow, Warehouse } from "../../warehouse/warehouse.js";
import type { Portion } from "../compare/portion.js";

export interface JudgedChange {
  readonly change: Change<unknown>;
  readonly verdict: Verdict | "quarantined";
}

/** Says of each change what a commit would do with it. */
export function judgeChanges(
  { changes, rows, copies }: Portion,
  warehouse: Pick<Warehouse, "canHold">,
): JudgedChange[] {
  return changes.map((change) => {
    if (change.op === "upsert" && !warehouse.canHold(change.record)) return { change, verdict: "quarantined" };
    const row = rows.get(change.id);
    const others = copies.get(change.id) ?? [];
    return { change, verdict: countedAs([row, ...others].map((one) => judge(change, one))) };
  });
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
