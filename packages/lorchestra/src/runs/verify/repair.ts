import type { Change } from "injest";
import { noRows } from "../../warehouse/no-rows.js";
import type { Load, LoadResult } from "../../warehouse/warehouse.js";
import { type Compared, compareWithRows } from "../compare/compare-with-rows.js";
import type { DeleteGuard } from "../delete-guard.js";
import { markQuarantined } from "../compare/in-quarantine.js";
import { byId, type PortionContext, withRows } from "../compare/portion.js";
import { isFault, type RepairResult } from "../verify-report.js";

/** Reads objects again that were found at fault, and writes them whatever their hash says. Touches no checkpoint. */
export interface Repair {
  readonly result: RepairResult;
  readonly written: Omit<LoadResult, "staged"> & { readonly commits: number };
  take(faults: readonly Compared[]): Promise<void>;
  /** Commits what was taken, then compares it with its rows: what still differs is `remaining`. */
  flush(): Promise<void>;
}

export function repairInto(load: Load, guard: DeleteGuard, context: PortionContext): Repair {
  const written = { ...noRows(), commits: 0 };
  const result = { repaired: 0, quarantined: 0, remaining: 0 };
  /** Ids of what had several rows, and of what had none. */
  const doubled = new Set<string>();
  const absent = new Set<string>();
  let read: Change<unknown>[] = [];
  let sizeBytes = 0;

  const flush = async (): Promise<void> => {
    if (read.length === 0) return;
    const deleteLimit = await guard.limit();
    const { staged: _, ...counts } = await load.commit(null, {
      force: true,
      ...(deleteLimit !== undefined && { deleteLimit }),
    });
    guard.committed(counts.deleted);
    written.commits += 1;
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) written[name] += counts[name];
    // More rows are new than were missing: of something there was a row where the commit did not look, and now there are two.
    const hasAdded = counts.inserted > read.filter(({ id }) => absent.has(id)).length;
    const suspects = read.map(({ id }) => id).filter((id) => hasAdded || doubled.has(id));
    const { faults, quarantined } = await compareAgain(read, suspects, context);
    result.remaining += faults;
    result.quarantined += quarantined;
    result.repaired += read.length - faults - quarantined;
    read = [];
    sizeBytes = 0;
  };
  return {
    result,
    written,
    async take(faults) {
      const ids = faults.map(({ change }) => change.id);
      for (const { change, row, standing } of faults) {
        if (standing === "doubled") doubled.add(change.id);
        if (row === null) absent.add(change.id);
      }
      for await (const change of context.stream.retrieve(ids, context.retrieve)) {
        await load.append([change]);
        if (change.op === "delete") await guard.stage(1, "certain");
        else sizeBytes += change.record.sizeBytes;
        read.push(change);
        if (read.length >= COMMITTED_AT_ONCE.changes || sizeBytes >= COMMITTED_AT_ONCE.sizeBytes) await flush();
      }
    },
    flush,
  };
}

const COMMITTED_AT_ONCE = { changes: 2_000, sizeBytes: 16 * 1024 * 1024 };

/** How many of them still differ, and how many of these because the warehouse has refused them. `suspects` may have several rows. */
async function compareAgain(
  changes: readonly Change<unknown>[],
  suspects: readonly string[],
  context: PortionContext,
): Promise<{ faults: number; quarantined: number }> {
  const { facts } = context.stream;
  const compared = compareWithRows(await withRows(changes, context), { facts, checkpointVersion: null });
  const marked = await markQuarantined(compared, context);
  const several = await severalRowsOf(suspects, context);
  return {
    faults: marked.filter((one) => isFault(one.standing) || (one.standing === "equal" && several.has(one.change.id)))
      .length,
    quarantined: marked.filter(({ standing }) => standing === "quarantined").length,
  };
}

/** Which of them have several live rows, wherever these lie: a commit may have found only those where objects of their creation are. */
async function severalRowsOf(
  ids: readonly string[],
  { warehouse, scope, retrieve }: PortionContext,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows, copies } = byId(await warehouse.readRows(scope, ids, { payload: false, signal: retrieve.signal }));
  const liveRows = (id: string): number =>
    [rows.get(id), ...(copies.get(id) ?? [])].filter((row) => row?.deletedAt === null).length;
  return new Set(ids.filter((id) => liveRows(id) > 1));
}
