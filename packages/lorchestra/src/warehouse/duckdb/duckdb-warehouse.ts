import { openedToRead } from "../opened-to-read.js";
import type { LoadOptions, OpenOptions, StreamScope, Warehouse } from "../warehouse.js";
import type { OpenWarehouse } from "../warehouse-kind.js";
import { parseAddress } from "./address.js";
import { createAppendEvents, unfinishedJobs } from "./commit/append-events.js";
import { COMMIT_AFTER } from "./commit/commit-size.js";
import { createCommitter } from "./commit/commit.js";
import { openDatabase, type Database } from "./file/database.js";
import { warehouseError } from "./duckdb-error.js";
import { estimateLoad } from "./estimate-load.js";
import { fileExists } from "./file/file-state.js";
import { alreadyRunning, type Holder } from "./file/holder.js";
import { openLoad, type LoadTools } from "./commit/load.js";
import { tableNames, type TableNames } from "./names.js";
import { prepareTables } from "./tables/prepare.js";
import { createQueries } from "./read/query.js";
import { createReads } from "./read/reads.js";
import { SeenBounds } from "./commit/seen-bounds.js";
import { readTableColumns } from "./tables/table-columns.js";
import { createWriter } from "./commit/writer.js";

/** Opens a DuckDB file as a warehouse; see README.md. */
export const openDuckdb: OpenWarehouse = async (address, options) => {
  const place = parseAddress(address);
  const database = await openDatabase(place, options, address.settings);
  try {
    return await createWarehouse(database, tableNames(place.schema, options.tablePrefix), options);
  } catch (error) {
    await database.close();
    throw warehouseError(error, place, "open");
  }
};

async function createWarehouse(database: Database, names: TableNames, options: OpenOptions): Promise<Warehouse> {
  const { place } = database;
  const label = `duckdb ${place.name}`;
  let tables = await database.withConnection((connection) => readTableColumns(connection, names));
  const seen = new SeenBounds();
  const reads = createReads(database, names, () => tables, seen);
  const queries = createQueries(database, names, () => tables.size > 0);
  const writer = options.access === "write" ? await createWriter(database) : null;
  const write = writer && {
    writer,
    committer: createCommitter(writer.connection, names, seen),
    appendEvents: createAppendEvents(writer.connection, names.quoted("event_log")),
  };
  const leases = new Map<string, Holder>();
  let closing: Promise<void> | null = null;

  function forWriting(what: string): NonNullable<typeof write> {
    if (write === null) throw openedToRead(label, what);
    return write;
  }

  async function beginLoad(scope: StreamScope, loadOptions: LoadOptions): ReturnType<Warehouse["beginLoad"]> {
    const { writer, committer } = forWriting("load rows");
    const key = JSON.stringify([scope.sourceSystem, scope.connectionName, scope.stream]);
    const other = leases.get(key);
    if (other !== undefined) throw alreadyRunning(place, other, scope.stream);
    const holder = { pid: process.pid, runId: loadOptions.runId, startedAt: new Date(options.nowMs()) };
    leases.set(key, holder);
    const release = (): void => void leases.delete(key);
    const tools: LoadTools = {
      database,
      writer,
      committer,
      reads,
      names,
      seen,
      nowMs: options.nowMs,
    };
    try {
      return await openLoad(tools, scope, loadOptions, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async function close(): Promise<void> {
    await queries.close();
    await writer?.close();
    await database.close();
  }

  return {
    label,
    identity: JSON.stringify([place.path, place.schema.toLowerCase()]),
    capabilities: {
      commitAfter: COMMIT_AFTER,
      commitDeadlineMs: 5_000,
      readAheadBytes: 4 * 1024 * 1024,
      rowLookups: "cheap",
    },
    exists: async () => fileExists(place, "write"),
    async prepare() {
      tables = await prepareTables(forWriting("make tables").writer, names, database, tables);
    },
    beginLoad,
    ...reads,
    // The payload's column takes any text.
    canHold: () => true,
    async appendEvents(rows) {
      const { writer, appendEvents } = forWriting("write events");
      if (rows.length === 0) return;
      await writer.transact("write events to", () => appendEvents(rows));
    },
    async unfinishedJobs(scope) {
      if (!tables.has(names.plain("event_log"))) return [];
      try {
        return await database.withConnection((connection) =>
          unfinishedJobs(connection, names.quoted("event_log"), scope),
        );
      } catch (error) {
        throw warehouseError(error, place, "read");
      }
    },
    estimateLoad: async (expected) => estimateLoad(expected),
    query: queries.run,
    usage: () => null,
    async [Symbol.asyncDispose]() {
      closing ??= close();
      await closing;
    },
  };
}
