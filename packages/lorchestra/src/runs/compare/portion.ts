import type { Change, RetrieveOptions, Stream } from "injest";
import type { StoredRow, StreamScope, Warehouse } from "../../warehouse/warehouse.js";
import { creationOf } from "./creation-of.js";

/** Changes, each id once, beside the rows of these ids, where there are such. */
export interface Portion {
  /** Whether they were listed, or named by the feed; else the source did not list them, and they were read singly. */
  readonly isListed: boolean;
  readonly changes: readonly Change<unknown>[];
  readonly rows: ReadonlyMap<string, StoredRow>;
  /** Of ids that have several rows, those beside the one in `rows`. */
  readonly copies: ReadonlyMap<string, readonly StoredRow[]>;
}

/** What it takes to put changes beside their rows. */
export interface PortionContext {
  readonly warehouse: Warehouse;
  readonly scope: StreamScope;
  readonly stream: Stream<unknown>;
  readonly retrieve: RetrieveOptions;
  /** Whether the rows come with their payloads. */
  readonly payload: boolean;
}

/**
 * Objects of this size on average are looked up, however many they are: a scan holds the payloads of two thousand rows at
 * a time, and of so large ones there are never so many that looking them up would matter.
 */
export const LARGE_OBJECT_BYTES = 32 * 1024;

/** With the batch that fills it no more than `readRows` takes; of payloads the same amount comes from the warehouse. */
export const FULL_PORTION = { changes: 9_000, sizeBytes: 16 * 1024 * 1024 };
/** So many objects that the source did not list are read singly before they are compared. */
export const RETRIEVED_AT_ONCE = 500;

/** The changes beside their rows as they are now. */
export async function withRows(
  changes: readonly Change<unknown>[],
  { warehouse, scope, payload, retrieve }: Pick<PortionContext, "warehouse" | "scope" | "payload" | "retrieve">,
  isListed = false,
): Promise<Portion> {
  const ids = changes.map(({ id }) => id);
  const rows = await warehouse.readRows(scope, ids, { payload, created: creationOf(changes), signal: retrieve.signal });
  return { isListed, changes, ...byId(rows) };
}

/** One row an id, a live one where there is one, and what there is beside it. */
export function byId(all: Iterable<StoredRow>): Pick<Portion, "rows" | "copies"> {
  const rows = new Map<string, StoredRow>();
  const copies = new Map<string, StoredRow[]>();
  for (const row of all) {
    const other = rows.get(row.externalId);
    const [first, copy] = other === undefined || other.deletedAt !== null ? [row, other] : [other, row];
    rows.set(row.externalId, first);
    if (copy !== undefined) copies.set(row.externalId, [...(copies.get(row.externalId) ?? []), copy]);
  }
  return { rows, copies };
}
