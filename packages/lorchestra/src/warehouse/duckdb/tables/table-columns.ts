import type { DuckDBConnection } from "@duckdb/node-api";
import type { ColumnType, TableName } from "../../tables.js";
import { CATALOG, type TableNames } from "../names.js";

/**
 * The tables that are there, with their columns and the columns' types as DuckDB calls them. Names are in small letters:
 * to DuckDB they are the same however they are written, and another hand may have written them otherwise.
 */
export type TableColumns = ReadonlyMap<string, ReadonlyMap<string, string>>;

export async function readTableColumns(connection: DuckDBConnection, names: TableNames): Promise<TableColumns> {
  const result = await connection.run(
    `SELECT lower(table_name), lower(column_name), data_type FROM duckdb_columns()
WHERE database_name = $1 AND lower(schema_name) = lower($2) ORDER BY table_name, column_index`,
    [CATALOG, names.schema],
  );
  const tables = new Map<string, Map<string, string>>();
  for (const [table, column, type] of (await result.getRows()) as [string, string, string][]) {
    const columns = tables.get(table) ?? new Map<string, string>();
    tables.set(table, columns.set(column, type));
  }
  return tables;
}

/** The type that a column gets in a table that is made here. TIMESTAMP holds UTC, as the seed's own tables do. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  STRING: "VARCHAR",
  TIMESTAMP: "TIMESTAMP",
  JSON: "JSON",
};

/** The types that a column of a table that was there before may have. */
export const TAKEN_TYPES: Readonly<Record<ColumnType, readonly string[]>> = {
  STRING: ["VARCHAR"],
  TIMESTAMP: ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_MS", "TIMESTAMP_NS"],
  JSON: ["JSON", "VARCHAR"],
};

/** Says of a table which of its columns are there: a table of an earlier tool is read as it stands. */
export function columnOf(tables: TableColumns, names: TableNames, table: TableName): (column: string) => boolean {
  const columns = tables.get(names.plain(table));
  return (column) => columns?.has(column) ?? false;
}
