import type { DuckDBConnection } from "@duckdb/node-api";
import { type ErrorFacts, LorchestraError } from "../../../errors.js";
import { TABLES, type Column, type Table, type TableName } from "../../tables.js";
import type { FilePlace } from "../address.js";
import type { Database } from "../file/database.js";
import { CATALOG, quoteName, type TableNames } from "../names.js";
import { readTableColumns, SQL_TYPES, TAKEN_TYPES, type TableColumns } from "./table-columns.js";
import type { Writer } from "../commit/writer.js";

/**
 * Makes the tables and columns that are missing from `tables`, in one transaction, and returns the tables that are there
 * then. Throws WAREHOUSE_SCHEMA_CONFLICT for a table of that name which is not this one, and for a view.
 */
export async function prepareTables(
  writer: Writer,
  names: TableNames,
  { place, withConnection }: Pick<Database, "place" | "withConnection">,
  tables: TableColumns,
): Promise<TableColumns> {
  const views = await withConnection((connection) => readViews(connection, names));
  const view = Object.values(TABLES).find(({ name }) => views.has(names.plain(name)));
  if (view !== undefined) throw conflict(view, "is a view, to which nothing can be written", {}, names, place);
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
    const found = type === undefined ? "lacks the column" : `has another type (${type}) in the column`;
    const facts = { column: column.name, expected: SQL_TYPES[column.type], found: type ?? null };
    throw conflict(table, `${found} \`${column.name}\``, facts, names, place);
  });
}

/** The names of a schema's views, in small letters. */
async function readViews(connection: DuckDBConnection, names: TableNames): Promise<ReadonlySet<string>> {
  const result = await connection.run(
    "SELECT lower(view_name) FROM duckdb_views() WHERE database_name = $1 AND lower(schema_name) = lower($2)",
    [CATALOG, names.schema],
  );
  return new Set(((await result.getRows()) as [string][]).map(([name]) => name));
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
  problem: string,
  facts: ErrorFacts,
  names: TableNames,
  place: FilePlace,
): LorchestraError {
  const name = `${names.schema}.${names.plain(table.name)}`;
  return new LorchestraError("WAREHOUSE_SCHEMA_CONFLICT", `table \`${name}\` ${problem}`, {
    hint: `rename that table, or choose another schema: duckdb:${place.name}?schema=lorchestra`,
    facts: { table: name, ...facts, path: place.path },
  });
}
