import type { Change } from "injest";

/** When the objects were created, in Unix seconds; undefined unless that is known of all of them. */
export function creationOf(changes: readonly Change<unknown>[]): number[] | undefined {
  const created = changes.map((change) => (change.op === "upsert" ? change.created : null));
  return created.includes(null) ? undefined : (created as number[]);
}
