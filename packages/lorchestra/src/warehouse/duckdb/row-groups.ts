import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES } from "../tables.js";
import { CATALOG, quoteName, quoteText } from "./names.js";
import { ROW_GROUP_ROWS } from "./settings.js";

/**
 * True when a table that this file may be written to has larger row groups than ours, as every table has that DuckDB made
 * by itself. Such a file must not be attached with a smaller size: DuckDB 1.5 then appends beyond the last group's end,
 * and gives up the whole database (INTERNAL, "Could not find node in column segment tree").
 */
export async function hasLargerRowGroups(connection: DuckDBConnection, schema: string): Promise<boolean> {
  const names = Object.values(TABLES).flatMap(({ name }) => [name, `test_${name}`]);
  const result = await connection.run(
    `SELECT table_name FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2
AND table_name IN (${names.map(quoteText).join(", ")})`,
    [CATALOG, schema],
  );
  for (const [table] of (await result.getRows()) as [string][]) {
    const name = [CATALOG, schema, table].map(quoteName).join(".");
    const sizes = await connection.run(
      `SELECT coalesce(max(count), 0) > ${ROW_GROUP_ROWS} FROM pragma_storage_info(${quoteText(name)})`,
    );
    if ((await sizes.getRows())[0]?.[0] === true) return true;
  }
  return false;
}
