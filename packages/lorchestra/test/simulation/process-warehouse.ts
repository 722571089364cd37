import type { Change } from "injest";
import type { Checkpoint, Load, LoadResult, StreamScope, Warehouse } from "../../src/warehouse/warehouse.js";
import { LorchestraError } from "../../src/errors.js";
import type { SimulatedProcess } from "./simulated-process.js";

/** What was really committed, whether or not the run lived to hear of it. */
export interface Committed {
  readonly scope: StreamScope;
  readonly runId: string;
  readonly result: LoadResult;
  readonly checkpoint: Checkpoint | null;
  /** All that was staged for it. */
  readonly changes: readonly Change<unknown>[];
}

export interface ProcessWarehouseOptions {
  readonly process: SimulatedProcess;
  /** A commit is due after so many rows: small accounts have to have many commits, too. */
  readonly commitRows: number;
  /** Called when a commit begins; what it returns, when it took place: a database may end two of them in any order. */
  readonly onCommit: () => (committed: Committed) => void;
  /** The streams that are being loaded just now: kept up to date. */
  readonly leased: StreamScope[];
}

/** A warehouse as a simulated process sees it: each call is a moment before and a moment after, and a dead process makes none. */
export function processWarehouse(real: Warehouse, options: ProcessWarehouseOptions): Warehouse {
  const { process, commitRows, onCommit, leased } = options;
  const perform = <T>(work: () => Promise<T>): Promise<T> => process.perform(work, refusal);
  const dispose = (work: () => Promise<void>): Promise<void> => process.perform(work, null);
  const { capabilities } = real;
  return {
    label: real.label,
    identity: real.identity,
    capabilities: { ...capabilities, commitAfter: { ...capabilities.commitAfter, rows: commitRows } },
    exists: (signal) => perform(() => real.exists(signal)),
    prepare: () => perform(() => real.prepare()),
    beginLoad: async (scope, loadOptions) => {
      const load = await perform(() => real.beginLoad(scope, loadOptions));
      leased.push(scope);
      return processLoad(load, {
        perform,
        dispose: (work) => {
          const at = leased.indexOf(scope);
          if (at !== -1) leased.splice(at, 1);
          return dispose(work);
        },
        onCommit: () => {
          const tookPlace = onCommit();
          return (commit) => tookPlace({ ...commit, scope, runId: loadOptions.runId });
        },
      });
    },
    otherCheckpoints: (scope) => perform(() => real.otherCheckpoints(scope)),
    readCheckpoint: (scope) => perform(() => real.readCheckpoint(scope)),
    newestReadAt: (scope) => perform(() => real.newestReadAt(scope)),
    countLive: (scope) => perform(() => real.countLive(scope)),
    readRows: (scope, ids, more) => perform(() => real.readRows(scope, ids, more)),
    scanRows: (scope, more) => allOf(() => perform(() => collect(real.scanRows(scope, more)))),
    canHold: (record) => real.canHold(record),
    readQuarantined: (idemKeys) => perform(() => real.readQuarantined(idemKeys)),
    liveIds: (scope, ranges, signal) => allOf(() => perform(() => collect(real.liveIds(scope, ranges, signal)))),
    appendEvents: (rows) => perform(() => real.appendEvents(rows)),
    unfinishedJobs: (scope) => perform(() => real.unfinishedJobs(scope)),
    estimateLoad: (expected) => perform(() => real.estimateLoad(expected)),
    query: (sql, more) => perform(() => real.query(sql, more)),
    usage: () => real.usage(),
    [Symbol.asyncDispose]: () => dispose(async () => real[Symbol.asyncDispose]()),
  };
}

interface LoadOptions {
  readonly perform: <T>(work: () => Promise<T>) => Promise<T>;
  /** Never refused. */
  readonly dispose: (work: () => Promise<void>) => Promise<void>;
  readonly onCommit: () => (commit: Pick<Committed, "result" | "checkpoint" | "changes">) => void;
}

function processLoad(real: Load, { perform, dispose, onCommit }: LoadOptions): Load {
  let staged: Change<unknown>[] = [];
  return {
    append: (changes) =>
      perform(async () => {
        await real.append(changes);
        staged.push(...changes);
      }),
    get staged() {
      return real.staged;
    },
    unlisted: (listed) => allOf(() => perform(() => collect(real.unlisted(listed)))),
    commit: (checkpoint, more) =>
      perform(async () => {
        const tookPlace = onCommit();
        const result = await real.commit(checkpoint, more);
        tookPlace({ result, checkpoint, changes: staged });
        staged = [];
        return result;
      }),
    [Symbol.asyncDispose]: () => dispose(async () => real[Symbol.asyncDispose]()),
  };
}

async function* allOf<T>(read: () => Promise<readonly T[]>): AsyncGenerator<T> {
  yield* await read();
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function refusal(): Error {
  return new LorchestraError("WAREHOUSE_UNREACHABLE", "the warehouse does not answer", { hint: "try again later" });
}
