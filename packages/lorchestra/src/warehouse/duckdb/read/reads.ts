import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from "@duckdb/node-api";
import type { JsonValue } from "injest";
import type { TableName } from "../../tables.js";
import type { StoredCheckpoint, StoredRow, StreamScope, Warehouse } from "../../warehouse.js";
import { LIST, listValue, VARCHAR } from "../api.js";
import { type CreatedRanges, createdRanges } from "../../created-ranges.js";
import { namesObject } from "../../names-object.js";
import type { Database } from "../file/database.js";
import { warehouseError } from "../duckdb-error.js";
import type { TableNames } from "../names.js";
import { nearSql } from "./near-sql.js";
import {
  allLiveIdsSql,
  checkpointSql,
  countLiveSql,
  liveIdsSqls,
  newestReadSql,
  quarantinedSql,
  rowsSql,
  scanSqls,
} from "./read-sql.js";
import { streamResult } from "./row-stream.js";
import type { SeenBounds } from "../commit/seen-bounds.js";
import { columnOf, type TableColumns } from "../tables/table-columns.js";

/** Everything that only reads; each on a connection of its own, and of a table that is not there nothing. */
export type Reads = Pick<
  Warehouse,
  | "readCheckpoint"
  | "otherCheckpoints"
  | "newestReadAt"
  | "countLive"
  | "readRows"
  | "scanRows"
  | "readQuarantined"
  | "liveIds"
>;

export function createReads(
  database: Database,
  names: TableNames,
  tables: () => TableColumns,
  seen: SeenBounds,
): Reads {
  const rawObjects = names.quoted("raw_objects");
  const isThere = (table: TableName): boolean => tables().has(names.plain(table));
  const has = (column: string): boolean => columnOf(tables(), names, "raw_objects")(column);

  async function reading<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      return await database.withConnection(task);
    } catch (error) {
      throw warehouseError(error, database.place, "read");
    }
  }

  async function rowsFrom(sql: string, values: string[]): Promise<DuckDBValue[][]> {
    return await reading(async (connection) => (await connection.run(sql, values)).getRows());
  }

  async function firstRow(sql: string, values: string[]): Promise<DuckDBValue[] | undefined> {
    return (await rowsFrom(sql, values))[0];
  }

  async function checkpoints(
    { connectionName, stream }: StreamScope,
    of: "the stream" | "the others",
  ): Promise<StoredCheckpoint[]> {
    if (!isThere("checkpoints")) return [];
    const rows = await rowsFrom(checkpointSql(names.quoted("checkpoints"), of), [connectionName, stream]);
    return rows.map((row) => {
      const [cursor, runId, updatedAtMs] = row as [string, string | null, number | null];
      return { cursor: jsonOrText(cursor), runId: runId ?? "", updatedAt: new Date(updatedAtMs ?? 0) };
    });
  }

  /** The rows of one statement after the other, as they come. */
  async function* streamed(
    sqls: readonly string[],
    scope: StreamScope,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DuckDBValue[], void, undefined> {
    const connection = await database.connect();
    try {
      for (const sql of sqls) {
        const statement = await connection.prepare(sql);
        statement.bind(scopeValues(scope));
        const { chunks } = await streamResult(connection, statement);
        for await (const chunk of chunks) {
          signal?.throwIfAborted();
          yield* rowsOf(chunk);
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw warehouseError(error, database.place, "read");
    } finally {
      connection.disconnectSync();
    }
  }

  function liveIdsSqlsOf(wanted: CreatedRanges): string[] {
    if (wanted.isEverything) return [allLiveIdsSql(rawObjects, has)];
    if (!has("object_created")) return liveIdsSqls(rawObjects, has, null);
    const condition = nearSql(wanted.intervals, "object_created");
    return liveIdsSqls(rawObjects, has, { condition, seen: seen.ofRanges(wanted) });
  }

  return {
    readCheckpoint: async (scope) => (await checkpoints(scope, "the stream"))[0] ?? null,
    otherCheckpoints: (scope) => checkpoints(scope, "the others"),
    async newestReadAt(scope) {
      if (!isThere("raw_objects")) return null;
      const row = await firstRow(newestReadSql(rawObjects, has), scopeValues(scope));
      return instant(row?.[0]);
    },
    async countLive(scope) {
      if (!isThere("raw_objects")) return 0;
      const row = await firstRow(countLiveSql(rawObjects, has), scopeValues(scope));
      return row?.[0] as number;
    },
    async readRows(scope, externalIds, { payload, signal }) {
      if (!isThere("raw_objects") || externalIds.length === 0) return [];
      if (payload) await database.memory.toRead();
      signal?.throwIfAborted();
      return await reading(async (connection) => {
        const statement = await connection.prepare(rowsSql(rawObjects, has, payload));
        for (const [index, value] of scopeValues(scope).entries()) statement.bindVarchar(index + 1, value);
        statement.bindList(4, listValue([...externalIds]), LIST(VARCHAR));
        return (await (await statement.run()).getRows()).map(storedRow);
      });
    },
    async readQuarantined(idemKeys) {
      if (!isThere("quarantine") || idemKeys.length === 0) return [];
      return await reading(async (connection) => {
        const statement = await connection.prepare(quarantinedSql(names.quoted("quarantine")));
        statement.bindList(1, listValue([...idemKeys]), LIST(VARCHAR));
        const rows = (await (await statement.run()).getRows()) as [string, string, string][];
        return rows.map(([idemKey, reason, raw]) => ({ idemKey, reason, raw }));
      });
    },
    async *scanRows(scope, { payload, signal }) {
      if (!isThere("raw_objects")) return;
      if (payload) await database.memory.toRead();
      for await (const row of streamed(scanSqls(rawObjects, has, payload), scope, signal)) {
        const found = storedRow(row);
        if (namesObject(found.externalId)) yield { ...found, created: row.at(-1) as number | null };
      }
    },
    async *liveIds(scope, ranges, signal) {
      const wanted = createdRanges(ranges);
      if (!isThere("raw_objects") || wanted.isEmpty) return;
      for await (const row of streamed(liveIdsSqlsOf(wanted), scope, signal)) {
        const [id, created] = row as [string | null, number | null];
        if (namesObject(id) && wanted.has(created)) yield id;
      }
    },
  };
}

/** Row by row, so that the texts of one row at a time become JavaScript's. */
function* rowsOf(chunk: DuckDBDataChunk): Generator<DuckDBValue[], void, undefined> {
  const vectors = Array.from({ length: chunk.columnCount }, (_, index) => chunk.getColumnVector(index));
  for (let row = 0; row < chunk.rowCount; row += 1) yield vectors.map((vector) => vector.getItem(row));
}

function scopeValues({ sourceSystem, connectionName, objectType }: StreamScope): string[] {
  return [sourceSystem, connectionName, objectType];
}

function storedRow(row: readonly DuckDBValue[]): StoredRow {
  const text = (index: number): string | null => (row[index] ?? null) as string | null;
  return {
    idemKey: text(0) ?? "",
    externalId: text(1) ?? "",
    payloadHash: text(2),
    payload: text(3),
    firstSeen: instant(row[4]) ?? new Date(0),
    lastSeen: instant(row[5]) ?? new Date(0),
    deletedAt: instant(row[6]),
    apiVersion: text(7),
    runId: text(8),
    requestId: text(9),
    listedHash: text(10),
  };
}

/** A hand may have made the column a text, and its value what no JSON is: the stream will say that it cannot read it. */
function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function instant(milliseconds: DuckDBValue | undefined): Date | null {
  return typeof milliseconds === "number" ? new Date(milliseconds) : null;
}
