import { randomBytes } from "node:crypto";
import type { DuckDBConnection } from "@duckdb/node-api";
import { LorchestraError } from "../../../errors.js";
import type { Load, LoadOptions, LoadResult, StreamScope } from "../../warehouse.js";
import { dateRowsSql, type DoubtfulRows, lookAtTableSql } from "./commit-sql.js";
import type { Committer } from "./commit.js";
import type { Database } from "../file/database.js";
import { warehouseError } from "../duckdb-error.js";
import { readOtherColumns } from "../tables/other-columns.js";
import type { PayloadSize } from "../file/memory.js";
import type { TableNames } from "../names.js";
import type { Reads } from "../read/reads.js";
import type { SeenBounds } from "./seen-bounds.js";
import { createSpool } from "./spool.js";
import { createStagedChanges, type StagedChange } from "./staged-changes.js";
import type { Writer } from "./writer.js";

export interface LoadTools {
  readonly database: Database;
  readonly writer: Writer;
  readonly committer: Committer;
  readonly reads: Reads;
  readonly names: TableNames;
  readonly seen: SeenBounds;
  readonly nowMs: () => number;
}

/** Opens a load of a stream whose lease was just taken; `release` gives it back. */
export async function openLoad(
  tools: LoadTools,
  scope: StreamScope,
  options: LoadOptions,
  release: () => void,
): Promise<Load> {
  const { database, writer, committer, reads, names, seen, nowMs } = tools;
  const { place } = database;
  const { signal } = options;
  const rawObjects = names.quoted("raw_objects");
  const spool = createSpool(`${place.path}.staged-${process.pid}-${randomBytes(6).toString("hex")}`);
  const staged = createStagedChanges(spool);
  let isOpen = true;
  let hasCommitted = false;
  const scoped = [scope.sourceSystem, scope.connectionName, scope.objectType];
  const otherColumns = await look((connection) => readOtherColumns(connection, names, place));
  let found = await look(rowsOfStream);
  const { isEmpty } = found;
  if (found.doubtful.has("object_created")) {
    await writer.transact("prepare", dateRows);
    // A payload that is missing, is no JSON, or says it in words, dates nothing.
    found = await look(rowsOfStream);
  }
  const { doubtful } = found;

  /** On a connection of its own: loads that begin together need not wait for one another. */
  async function look<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      return await database.withConnection(task);
    } catch (error) {
      throw warehouseError(error, place, "read");
    }
  }

  async function rowsOfStream(
    connection: DuckDBConnection,
  ): Promise<{ isEmpty: boolean; doubtful: Set<DoubtfulRows> }> {
    const result = await connection.run(lookAtTableSql(rawObjects), scoped);
    const [[isEmpty, hasUndated, hasEarlier] = [false, false, false]] = (await result.getRows()) as boolean[][];
    const doubtful = new Set<DoubtfulRows>();
    if (hasUndated) doubtful.add("object_created");
    if (hasEarlier) doubtful.add("payload_hash");
    return { isEmpty: isEmpty ?? false, doubtful };
  }

  async function dateRows(connection: DuckDBConnection): Promise<void> {
    // Their row groups may be as large as DuckDB makes them by default.
    await database.memory.toRead();
    seen.forget();
    await connection.run(dateRowsSql(rawObjects), scoped);
  }

  function check(): void {
    signal?.throwIfAborted();
    if (!isOpen) throw new LorchestraError("INTERNAL", "the load was closed", { hint: "report this" });
  }

  return {
    async append(changes) {
      check();
      try {
        for (const change of changes) staged.add(change);
      } catch (error) {
        throw warehouseError(error, place, "stage changes for");
      }
    },
    get staged() {
      return { rows: staged.rows, sizeBytes: staged.sizeBytes };
    },
    async *unlisted(listed) {
      check();
      const present = new Set(listed.flatMap(({ alsoPresent }) => alsoPresent));
      const ranges = listed.map(({ range }) => range);
      for await (const id of reads.liveIds(scope, ranges, signal)) {
        if (!staged.has(id) && !present.has(id)) yield id;
      }
    },
    async commit(checkpoint, commitOptions = {}) {
      check();
      const changes = staged.all();
      const apply = (): Promise<LoadResult> =>
        committer.apply({
          scope,
          options,
          changes,
          spool,
          checkpoint,
          commitOptions,
          otherColumns,
          doubtful: [...doubtful],
          updatedAtMs: nowMs(),
          // They take one reading of the table, which a load of a single commit would not save.
          wantsBounds: isEmpty || hasCommitted,
        });
      const result = await writer.transact("write to", apply, payloadSize(changes));
      staged.clear();
      hasCommitted = true;
      if (changes.some((change) => change.op === "upsert" && change.created === null)) doubtful.add("object_created");
      await writer.reclaim(result.updated);
      return result;
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      spool.close();
      release();
    },
  };
}

function payloadSize(changes: readonly StagedChange[]): PayloadSize {
  let largestBytes = 0;
  let totalBytes = 0;
  for (const change of changes) {
    if (change.op === "delete") continue;
    largestBytes = Math.max(largestBytes, change.payload.sizeBytes);
    totalBytes += change.payload.sizeBytes;
  }
  return { largestBytes, totalBytes };
}
