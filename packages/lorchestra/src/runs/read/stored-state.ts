import type { StoredCheckpoint, StreamScope, Warehouse } from "../../warehouse/warehouse.js";

/** What the warehouse has of a stream. */
export interface StoredState {
  readonly checkpoint: StoredCheckpoint | null;
  /** When the newest of its rows was read; null where there is none. */
  readonly newestReadAt: Date | null;
  /** It has neither a checkpoint nor a row, not even one of a deleted object. */
  readonly holdsNothing: boolean;
}

export async function readStoredState(
  warehouse: Pick<Warehouse, "readCheckpoint" | "newestReadAt">,
  scope: StreamScope,
): Promise<StoredState> {
  const [checkpoint, newestReadAt] = await Promise.all([
    warehouse.readCheckpoint(scope),
    warehouse.newestReadAt(scope),
  ]);
  return { checkpoint, newestReadAt, holdsNothing: checkpoint === null && newestReadAt === null };
}
