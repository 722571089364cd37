import type { Change, JsonValue } from "injest";
import { stripeIdemKey } from "../ids.js";
import { deleteLimitError } from "../warehouse/delete-limit.js";
import type { CommitOptions, LoadResult, StreamScope } from "../warehouse/warehouse.js";
import { latestChanges } from "./changes.js";

/** A row of `raw_objects` as JSON: column names to values, instants as ISO 8601 with milliseconds. */
export type ModelRow = Record<string, JsonValue>;

/**
 * What `raw_objects` must hold after any sequence of commits: the contract of `Load.commit` in its plainest form.
 *
 * A row's guard is the later of `last_seen` and `deleted_at`: a change read before it is stale. All else follows the
 * seam's words.
 */
export function createRawObjectsModel(): RawObjectsModel {
  const rows = new Map<string, ModelRow>();
  return {
    commit(scope, runId, schemaRef, changes, options = {}) {
      const judged = latestChanges(changes).map((change) => {
        const key = stripeIdemKey(scope.connectionName, scope.objectType, change.id);
        const row = rows.get(key);
        return { change, key, row, outcome: outcomeOf(row, change, options.force ?? false) };
      });
      const counts = { staged: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, stale: 0, quarantined: 0 };
      for (const { outcome } of judged) {
        counts.staged += 1;
        counts[outcome] += 1;
      }
      const { deleteLimit = Infinity } = options;
      if (counts.deleted > deleteLimit) throw deleteLimitError(scope, counts.deleted, deleteLimit);
      for (const { change, key, row, outcome } of judged) {
        if (outcome === "deleted") rows.set(key, { ...row, deleted_at: change.readAt.toISOString() });
        if (change.op === "upsert" && (outcome === "inserted" || outcome === "updated")) {
          const { record, readAt, created } = change;
          rows.set(key, {
            idem_key: key,
            source_system: scope.sourceSystem,
            connection_name: scope.connectionName,
            object_type: scope.objectType,
            schema_ref: schemaRef,
            external_id: change.id,
            payload: record.json,
            first_seen: row?.["first_seen"] ?? readAt.toISOString(),
            last_seen: readAt.toISOString(),
            payload_hash: record.contentHash,
            deleted_at: null,
            api_version: change.apiVersion,
            run_id: runId,
            request_id: change.requestId,
            listed_hash: change.listedHash ?? null,
            object_created: created === null ? null : new Date(created * 1000).toISOString(),
          });
        }
      }
      return counts;
    },
    lose: (idemKey) => void rows.delete(idemKey),
    values: () => rows.values(),
    rows: () => [...rows.values()].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

export interface RawObjectsModel {
  /** Applies one commit and says what must be counted. Throws DELETE_LIMIT, and applies nothing, as `Load.commit` does. */
  commit(
    scope: StreamScope,
    runId: string,
    schemaRef: string,
    changes: readonly Change<unknown>[],
    options?: CommitOptions,
  ): LoadResult;
  /** Takes a row away, as another hand does. */
  lose(idemKey: string): void;
  /** All rows, in the order in which they were first written. */
  values(): Iterable<ModelRow>;
  /** All rows by `idem_key`. */
  rows(): ModelRow[];
}

type Outcome = "inserted" | "updated" | "unchanged" | "deleted" | "stale";

function outcomeOf(row: ModelRow | undefined, change: Change<unknown>, force: boolean): Outcome {
  if (row === undefined) return change.op === "upsert" ? "inserted" : "unchanged";
  const isDeleted = row["deleted_at"] !== null;
  const guard = Math.max(milliseconds(row["last_seen"]), milliseconds(row["deleted_at"]));
  if (change.readAt.getTime() < guard) return "stale";
  if (change.op === "delete") return isDeleted ? "unchanged" : "deleted";
  const isEqual = row["payload_hash"] === change.record.contentHash;
  return isEqual && !isDeleted && !force ? "unchanged" : "updated";
}

function milliseconds(instant: JsonValue | undefined): number {
  return typeof instant === "string" ? Date.parse(instant) : 0;
}
