import { deleteLimitError, deletesForeseen } from "../warehouse/delete-limit.js";
import type { StreamScope, Warehouse } from "../warehouse/warehouse.js";

/**
 * Stops a run that would mark too much of a stream as deleted: more than a tenth of its live rows, and more than 50.
 *
 * A source that answers "no such object" for everything, as a wrong account does, must not empty the warehouse.
 */
export interface DeleteGuard {
  /** Deletions that were staged since the last commit. Throws DELETE_LIMIT as soon as certain ones exceed the limit. */
  stage(deletes: number, certainty: "certain" | "possible"): Promise<void>;
  /**
   * Of so many rows that the source did not list, a sample was asked for, and all of it is gone: throws DELETE_LIMIT where the
   * rest, of which little can be there then, exceeds the limit. To ask for each of a million rows would take half a day.
   */
  foresee(asked: number, unlisted: number): Promise<void>;
  /** What the next commit may delete; undefined when there is no limit, or when it cannot be reached. */
  limit(): Promise<number | undefined>;
  committed(deletes: number): void;
}

const ALWAYS_ALLOWED = 50;
/** Where all of a sample of 500 are gone: that a hundredth of the rest is there is unlikely then (0.99^500 is 0.7 %). */
const SURELY_GONE = 0.99;

export function deleteGuard(
  warehouse: Pick<Warehouse, "countLive">,
  scope: StreamScope,
  allowDeletes: boolean,
): DeleteGuard {
  let deleted = 0;
  let staged = 0;
  let certain = 0;
  let limitOfRun: number | null = null;

  const left = async (): Promise<number> => {
    // Asked only now: on an ordinary day nothing comes near the limit, and counting costs a query.
    limitOfRun ??= deleteLimitOf((await warehouse.countLive(scope)) + deleted);
    return limitOfRun - deleted;
  };
  return {
    async stage(deletes, certainty) {
      staged += deletes;
      if (certainty === "certain") certain += deletes;
      if (allowDeletes || deleted + certain <= ALWAYS_ALLOWED) return;
      if (certain > (await left())) throw deleteLimitError(scope, deleted + certain, limitOfRun ?? ALWAYS_ALLOWED);
    },
    async foresee(asked, unlisted) {
      if (allowDeletes || asked >= unlisted || deleted + unlisted <= ALWAYS_ALLOWED) return;
      if (unlisted * SURELY_GONE > (await left()))
        throw deletesForeseen(scope, { asked, unlisted, limit: limitOfRun ?? ALWAYS_ALLOWED });
    },
    async limit() {
      return allowDeletes || deleted + staged <= ALWAYS_ALLOWED ? undefined : Math.max(0, await left());
    },
    committed(deletes) {
      deleted += deletes;
      staged = 0;
      certain = 0;
    },
  };
}

/** How many rows one run may mark as deleted. */
export function deleteLimitOf(liveRows: number): number {
  return Math.max(ALWAYS_ALLOWED, Math.floor(liveRows / 10));
}
