import type { Cursor } from "injest";
import type { StreamScope } from "../../warehouse.js";
import type { DayRange } from "../creation-ranges.js";
import type { Fence } from "../lease/lease-sql.js";

/** Tables as SQL takes their names. */
export interface CommitTables {
  readonly rawObjects: string;
  readonly checkpoints: string;
  readonly leases: string;
  readonly quarantine: string;
}

/** How a commit leaves one row in place of several of one object. */
export interface Joining {
  /** Columns of the target that are not ours, whose values are kept of the row that was read last. */
  readonly otherColumns: readonly string[];
}

export interface CommitPlan {
  readonly tables: CommitTables;
  readonly scope: StreamScope;
  readonly runId: string;
  readonly schemaRef: string;
  readonly fence: Fence;
  /** Null when nothing is staged: then only the checkpoint is stored. */
  readonly staged: {
    readonly table: string;
    /** How many of its rows count: those that are not replaced, each once. */
    readonly rows: number;
    /** It may hold rows more than once, under the same seq. */
    readonly mayRepeat: boolean;
    /** A later change of the same id has replaced some. */
    readonly hasReplaced: boolean;
    /** Null: the target is not partitioned by creation, or too little is known to filter. */
    readonly days: readonly DayRange[] | null;
    /** Null: where the commit finds several rows of an object that it updates, it changes nothing, and says so. */
    readonly joining: Joining | null;
    readonly hasDeletes: boolean;
    readonly hasQuarantined: boolean;
    readonly force: boolean;
    readonly deleteLimit: number | null;
    /** The lease keeps no newest read yet: it has to be looked up. */
    readonly isNewestUnknown: boolean;
  } | null;
  /** Null: a windowed run stores none. */
  readonly checkpoint: { readonly cursor: Cursor; readonly runId: string; readonly updatedAt: Date } | null;
}
