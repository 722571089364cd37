import type { DuckDBConnection } from "@duckdb/node-api";
import { LorchestraError } from "../../../errors.js";
import { TABLES, type TableName } from "../../tables.js";
import type { FilePlace } from "../address.js";
import { readFailure } from "../duckdb-error.js";
import { CATALOG, quoteName, type TableNames } from "../names.js";

/**
 * The columns of `raw_objects` that are not ours, of which an updated row keeps what it has in them: all but those that DuckDB
 * makes of other columns.
 *
 * Throws WAREHOUSE_SCHEMA_CONFLICT for a table that would take no row of ours: better now than after a stream was read.
 */
export async function readOtherColumns(
  connection: DuckDBConnection,
  names: TableNames,
  place: FilePlace,
): Promise<string[]> {
  const kept: string[] = [];
  for (const { table, column, takesNull, hasDefault } of await readColumns(connection, names)) {
    const { columns, emptyAtTimes } = TABLES[table];
    const isOurs = columns.some(({ name }) => name === column.toLowerCase());
    if (!takesNull && (isOurs ? emptyAtTimes.includes(column.toLowerCase()) : !hasDefault)) {
      throw conflict(`${names.schema}.${names.plain(table)}`, column, isOurs, place);
    }
    if (isOurs || table !== "raw_objects") continue;
    if (!hasDefault || (await takesValues(connection, names.quoted(table), column))) kept.push(column);
  }
  return kept;
}

interface FoundColumn {
  readonly table: TableName;
  readonly column: string;
  readonly takesNull: boolean;
  /** Also true of one that is made of others. */
  readonly hasDefault: boolean;
}

/** Those of the tables that are written to. */
async function readColumns(connection: DuckDBConnection, names: TableNames): Promise<FoundColumn[]> {
  const result = await connection.run(
    `SELECT lower(table_name), column_name, is_nullable, column_default IS NOT NULL FROM duckdb_columns()
WHERE database_name = $1 AND lower(schema_name) = lower($2) ORDER BY table_name, column_index`,
    [CATALOG, names.schema],
  );
  return ((await result.getRows()) as [string, string, boolean, boolean][]).flatMap(
    ([name, column, takesNull, hasDefault]) => {
      const table = WRITTEN.find((one) => names.plain(one) === name);
      return table === undefined ? [] : [{ table, column, takesNull, hasDefault }];
    },
  );
}

const WRITTEN = ["raw_objects", "checkpoints", "event_log"] as const satisfies readonly TableName[];

/** DuckDB's catalogue does not tell a generated column from one with a default, but it refuses a statement that writes one. */
async function takesValues(connection: DuckDBConnection, table: string, column: string): Promise<boolean> {
  try {
    const statement = await connection.prepare(`INSERT INTO ${table} (${quoteName(column)}) SELECT NULL WHERE false`);
    statement.destroySync();
    return true;
  } catch (error) {
    if (readFailure(error).type === "Binder") return false;
    throw error;
  }
}

function conflict(table: string, column: string, isOurs: boolean, place: FilePlace): LorchestraError {
  const problem = isOurs
    ? `allows no NULL in the column \`${column}\``
    : `needs a value in the column \`${column}\`, which lorchestra does not know`;
  const allow = `ALTER TABLE ${table} ALTER ${quoteName(column)} DROP NOT NULL`;
  return new LorchestraError("WAREHOUSE_SCHEMA_CONFLICT", `table \`${table}\` ${problem}`, {
    hint: isOurs ? `allow it: ${allow}` : `give the column a default, or allow NULL: ${allow}`,
    facts: { table, column, path: place.path },
  });
}
