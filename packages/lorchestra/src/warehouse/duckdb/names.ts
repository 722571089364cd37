import type { OpenOptions } from "../warehouse.js";
import type { TableName } from "../tables.js";

/** The file's name inside DuckDB, where it is attached to a database in memory. */
export const CATALOG = "warehouse_file";

/** Quotes an identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes text, where no parameter can stand. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Names tables of one schema, with the prefix that the run asked for. */
export interface TableNames {
  readonly schema: string;
  /** The schema, qualified and quoted. */
  readonly quotedSchema: string;
  /** As the catalogue has it: `test_raw_objects`. */
  plain(table: TableName): string;
  /** As SQL takes it. */
  quoted(table: TableName): string;
}

export function tableNames(schema: string, prefix: OpenOptions["tablePrefix"]): TableNames {
  const quotedSchema = `${quoteName(CATALOG)}.${quoteName(schema)}`;
  const plain = (table: TableName): string => prefix + table;
  return { schema, quotedSchema, plain, quoted: (table) => `${quotedSchema}.${quoteName(plain(table))}` };
}
