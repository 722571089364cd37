import { openedToRead } from "../opened-to-read.js";
import type { OpenOptions, StreamScope, Warehouse, WarehouseCapabilities } from "../warehouse.js";
import type { Place } from "./address.js";
import { createApi } from "./api/api.js";
import { createAppendEvents } from "./commit/append-events.js";
import { createDataset } from "./dataset.js";
import { estimateLoad } from "./read/estimate-load.js";
import { createJobs } from "./api/jobs.js";
import { createLeases } from "./lease/lease.js";
import { createLoad, streamKey } from "./commit/load.js";
import type { Pace } from "./api/pace.js";
import { runQuery } from "./read/query.js";
import { createQueue } from "./api/queue.js";
import { createReads } from "./read/reads.js";
import { openSpool, type Spool } from "./commit/spool.js";
import { createStatements } from "./api/statements.js";
import { whyNotStorable } from "./commit/storable.js";
import type { Transport } from "./api/transport.js";
import { createUsageMeter } from "./api/usage.js";

export interface BigQueryWarehouseOptions extends OpenOptions {
  readonly place: Place;
  readonly transport: Transport;
  readonly pace: Pace;
  readonly renewEveryMs?: number;
}

/**
 * A commit costs seconds and, where rows change, the partitions that it touches: so they are few. A crash loses at most
 * what was read in `elapsedMs`.
 */
const CAPABILITIES: WarehouseCapabilities = {
  commitAfter: { rows: 200_000, sizeBytes: 512 * 1024 * 1024, elapsedMs: 180_000 },
  commitDeadlineMs: 6000,
  // What Stripe's limit allows in a commit's 10 to 20 seconds.
  readAheadBytes: 48 * 1024 * 1024,
  rowLookups: "billed",
};

export function createBigQueryWarehouse(options: BigQueryWarehouseOptions): Warehouse {
  const { place, transport, pace, access, tablePrefix, runId, nowMs } = options;
  const usage = createUsageMeter();
  const api = createApi({ transport, pace, access });
  const dataset = createDataset(api, place, tablePrefix);
  const location = (): string | null => dataset.location();
  const jobs = createJobs({ api, pace, usage, projectId: place.projectId, location });
  const statements = createStatements({ api, jobs, place, runId, nowMs, location });
  const queue = createQueue();
  const renewal = options.renewEveryMs === undefined ? {} : { renewEveryMs: options.renewEveryMs };
  const leases = createLeases({ dataset, statements, queue, place, pace, nowMs, ...renewal });
  const reads = createReads(dataset, statements, leases);
  const appendEvents = createAppendEvents({ dataset, jobs, statements, place, pace });
  let found: Promise<boolean> | undefined;
  let spool: Promise<Spool> | undefined;

  /** Jobs run where the dataset lies, so that has to be known before the first; false when there is none. */
  function exists(): Promise<boolean> {
    found ??= dataset.find().then((isThere) => {
      if (!isThere) found = undefined;
      return isThere;
    });
    found.catch(() => {
      found = undefined;
    });
    return found;
  }

  async function whereItExists<T>(absent: T, read: () => Promise<T>): Promise<T> {
    return (await exists()) ? read() : absent;
  }

  function refuseToWrite(what: string): void {
    if (access === "read") throw openedToRead(dataset.label, what);
  }

  async function dropLeftovers(scope: StreamScope): Promise<void> {
    // Whoever holds the lease may drop every staging table of the stream: no other run of it can be alive. Other streams' expire.
    const ofStream = await dataset.tablesNamed(`staging_${streamKey(scope)}_`);
    await Promise.all(ofStream.map((id) => dataset.drop(id)));
  }

  return {
    label: dataset.label,
    identity: JSON.stringify([place.projectId, place.datasetId, place.emulatorOrigin]),
    capabilities: CAPABILITIES,
    exists: async (signal) => {
      const isThere = await dataset.find(signal);
      if (isThere) await dataset.check(signal);
      return isThere;
    },
    prepare: async () => {
      refuseToWrite("make tables");
      await dataset.prepare();
      found = Promise.resolve(true);
    },
    beginLoad: async (scope, loadOptions) => {
      refuseToWrite("load rows");
      await exists();
      const lease = await leases.acquire(scope, loadOptions.runId, loadOptions.signal);
      try {
        await dropLeftovers(scope);
      } catch (error) {
        await leases.release(lease);
        throw error;
      }
      // Made for the first rows: a run that brings none needs none.
      const openedSpool = (): Promise<Spool> => (spool ??= openSpool());
      const tools = { dataset, jobs, leases, nowMs, pace, place, queue, reads, statements, spool: openedSpool };
      return createLoad(tools, scope, lease, loadOptions);
    },
    readCheckpoint: (scope) => whereItExists(null, () => reads.readCheckpoint(scope)),
    otherCheckpoints: (scope) => whereItExists([], () => reads.otherCheckpoints(scope)),
    newestReadAt: (scope) => whereItExists(null, () => reads.newestReadAt(scope)),
    countLive: (scope) => whereItExists(0, () => reads.countLive(scope)),
    readRows: (scope, ids, rowOptions) => whereItExists([], () => reads.readRows(scope, ids, rowOptions)),
    scanRows: async function* (scope, scanOptions) {
      if (await exists()) yield* reads.scanRows(scope, scanOptions);
    },
    canHold: (record) => whyNotStorable(record.json, record.sizeBytes) === null,
    readQuarantined: (idemKeys) => whereItExists([], () => reads.readQuarantined(idemKeys)),
    liveIds: async function* (scope, ranges, signal) {
      if (await exists()) yield* reads.liveIds(scope, ranges, signal);
    },
    appendEvents: async (rows) => {
      refuseToWrite("write events");
      await exists();
      if (rows.length > 0) await appendEvents(rows);
    },
    unfinishedJobs: (scope) => whereItExists([], () => reads.unfinishedJobs(scope)),
    estimateLoad: async (expected) => {
      const table = (await exists()) ? await dataset.table("raw_objects") : null;
      return estimateLoad(expected, {
        tableBytes: Number(table?.numBytes ?? 0),
        tableRows: Number(table?.numRows ?? 0),
        rowsACommit: CAPABILITIES.commitAfter.rows,
        bytesACommit: CAPABILITIES.commitAfter.sizeBytes,
      });
    },
    query: async (sql, queryOptions) => {
      await exists();
      return runQuery({ jobs, statements, place, runId, nowMs }, sql, queryOptions);
    },
    usage: () => usage.total(),
    [Symbol.asyncDispose]: async () => {
      leases.close();
      const opened = await spool?.catch(() => undefined); // Whoever wanted it has been told why there is none.
      await opened?.remove();
    },
  };
}
