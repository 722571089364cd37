import { randomBytes } from "node:crypto";
import type { DuckDBConnection } from "@duckdb/node-api";
import { LorchestraError } from "../../errors.js";
import type { Load, LoadOptions, LoadResult, StreamScope } from "../warehouse.js";
import { dateRowsSql, lookAtTableSql } from "./commit-sql.js";
import type { Committer } from "./commit.js";
import type { Database } from "./database.js";
import { warehouseError } from "./duckdb-error.js";
import { readOtherColumns } from "./other-columns.js";
import type { PayloadSize } from "./memory.js";
import type { TableNames } from "./names.js";
import type { Reads } from "./reads.js";
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
  const { isEmpty, ...found } = await look(rowsOfStream);
  let { hasUndatedRows } = found;
  if (hasUndatedRows) {
    await writer.transact("prepare", dateRows);
    // A payload that is missing, is no JSON, or says it in words, dates nothing.
    ({ hasUndatedRows } = await look(rowsOfStream));
  }

  /** On a connection of its own: loads that begin together need not wait for one another. */
  async function look<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      return await database.withConnection(task);
    } catch (error) {
      throw warehouseError(error, place, "read");
    }
  }

  async function rowsOfStream(connection: DuckDBConnection): Promise<{ isEmpty: boolean; hasUndatedRows: boolean }> {
    const result = await connection.run(lookAtTableSql(rawObjects), scoped);
    const [row] = (await result.getRows()) as [boolean, boolean][];
    return { isEmpty: row?.[0] ?? false, hasUndatedRows: row?.[1] ?? false };
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
          hasUndatedRows,
          updatedAtMs: nowMs(),
          // They take one reading of the table, which a load of a single commit would not save.
          wantsBounds: isEmpty || hasCommitted,
        });
      const result = await writer.transact("write to", apply, payloadSize(changes));
      staged.clear();
      hasCommitted = true;
      hasUndatedRows ||= changes.some((change) => change.op === "upsert" && change.created === null);
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
