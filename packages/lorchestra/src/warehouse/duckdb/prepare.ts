import { LorchestraError } from "../../errors.js";
import { TABLES, type Column, type Table, type TableName } from "../tables.js";
import type { FilePlace } from "./address.js";
import { quoteName, type TableNames } from "./names.js";
import { readTableColumns, SQL_TYPES, TAKEN_TYPES, type TableColumns } from "./table-columns.js";
import type { Writer } from "./writer.js";

/**
 * Makes the tables and columns that are missing from `tables`, in one transaction, and returns the tables that are there
 * then. Throws WAREHOUSE_SCHEMA_CONFLICT for a table of that name which is not this one.
 */
export async function prepareTables(
  writer: Writer,
  names: TableNames,
  place: FilePlace,
  tables: TableColumns,
): Promise<TableColumns> {
  const statements = Object.values(TABLES).flatMap((table) => missingParts(table, tables, names, place));
  if (statements.length === 0) return tables;
  return await writer.transact("prepare", async (connection) => {
    await connection.run([`CREATE SCHEMA IF NOT EXISTS ${names.quotedSchema}`, ...statements].join(";\n"));
    return await readTableColumns(connection, names);
  });
}

function missingParts(table: Table, tables: TableColumns, names: TableNames, place: FilePlace): string[] {
  const columns = tables.get(names.plain(table.name));
  if (columns === undefined) return [createTableSql(table, names)];
  return table.columns.flatMap((column) => {
    const type = columns.get(column.name);
    if (type !== undefined && TAKEN_TYPES[column.type].includes(type)) return [];
    if (type === undefined && !column.seed) return [addColumnSql(table.name, column, names)];
    throw conflict(table, column, type, names, place);
  });
}

export function createTableSql(table: Table, names: TableNames): string {
  const columns = table.columns.map(
    (column) => `${quoteName(column.name)} ${SQL_TYPES[column.type]}${compression(table.name, column.name)}`,
  );
  return `CREATE TABLE ${names.quoted(table.name)} (${columns.join(", ")})`;
}

function addColumnSql(table: TableName, column: Column, names: TableNames): string {
  return `ALTER TABLE ${names.quoted(table)} ADD COLUMN ${quoteName(column.name)} ${SQL_TYPES[column.type]}`;
}

/**
 * How the columns of `raw_objects` are stored, where DuckDB's own choice is slower: zstd makes payloads a third of the
 * size; keys and hashes are searched at each commit, and random text does not shrink.
 */
function compression(table: TableName, column: string): string {
  const method = table === "raw_objects" ? RAW_OBJECTS_COMPRESSION[column] : undefined;
  return method === undefined ? "" : ` USING COMPRESSION ${method}`;
}

const RAW_OBJECTS_COMPRESSION: Readonly<Record<string, string>> = {
  payload: "zstd",
  external_id: "uncompressed",
  idem_key: "uncompressed",
  payload_hash: "uncompressed",
};

function conflict(
  table: Table,
  column: Column,
  type: string | undefined,
  names: TableNames,
  place: FilePlace,
): LorchestraError {
  const name = `${names.schema}.${names.plain(table.name)}`;
  const found = type === undefined ? "lacks the column" : `has another type (${type}) in the column`;
  return new LorchestraError("WAREHOUSE_SCHEMA_CONFLICT", `table \`${name}\` ${found} \`${column.name}\``, {
    hint: `rename that table, or choose another schema: duckdb:${place.name}?schema=lorchestra`,
    facts: {
      table: name,
      column: column.name,
      expected: SQL_TYPES[column.type],
      found: type ?? null,
      path: place.path,
    },
  });
}
