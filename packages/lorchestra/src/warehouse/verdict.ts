/** What a commit does with one change. */
export type Verdict = "inserted" | "updated" | "unchanged" | "deleted" | "stale";

/** A change, as far as its verdict goes. */
export interface ChangeFacts {
  readonly op: "upsert" | "delete";
  readonly readAt: number;
  /** Null for a delete. */
  readonly payloadHash: string | null;
}

/** The row that it meets. */
export interface RowFacts {
  readonly lastSeen: number | null;
  readonly deletedAt: number | null;
  readonly payloadHash: string | null;
}

/** A change that meets several rows of one key counts as the first of these that it does with one of them. */
export const FIRST_COUNTS = [
  "inserted",
  "updated",
  "deleted",
  "stale",
  "unchanged",
] as const satisfies readonly Verdict[];

/** As what a change counts that meets several rows of one key, by what it does with each of them. */
export function countedAs(verdicts: readonly Verdict[]): Verdict {
  return FIRST_COUNTS.find((one) => verdicts.includes(one)) ?? "unchanged";
}

/**
 * The rule of `Load.commit`, for whoever judges in memory; BigQuery's commits state it in SQL (`merge-sql.ts`). Instants are in any
 * unit, the same on both sides. With `force` what is equal is updated, too.
 */
export function verdictOf(change: ChangeFacts, row: RowFacts | undefined, force: boolean): Verdict {
  if (row === undefined) return change.op === "upsert" ? "inserted" : "unchanged";
  if (change.readAt < Math.max(row.lastSeen ?? 0, row.deletedAt ?? 0)) return "stale";
  const isDeleted = row.deletedAt !== null;
  if (change.op === "delete") return isDeleted ? "unchanged" : "deleted";
  const isEqual = change.payloadHash === row.payloadHash && !isDeleted;
  return isEqual && !force ? "unchanged" : "updated";
}
