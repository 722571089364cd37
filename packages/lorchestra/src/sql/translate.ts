import { emitStatement } from "./emit/emit-statement.js";
import type { Columns } from "./emit/scope.js";
import { UNKNOWN, type SqlType } from "./emit/sql-type.js";
import { SqlProblem } from "./sql-problem.js";
import { parseStatement } from "./syntax/parse-statement.js";

export interface Translation {
  readonly sql: string;
  /**
   * BigQuery's types of the result's columns, as far as they are known, by the columns' names: DuckDB keeps a DATETIME and an
   * instant of a table as the same type.
   */
  typesOf(names: readonly string[]): readonly SqlType[];
}

/**
 * Translates one query of BigQuery's dialect (SELECT or WITH) into DuckDB's SQL, so that the same text gives the same
 * rows on both warehouses. The result uses the macros of `QUERY_MACROS` and needs a session whose TimeZone is UTC.
 *
 * `defaultDataset` holds the tables that are named without a dataset; a project before a dataset is left out.
 * Throws LorchestraError: SQL_INVALID for what BigQuery refuses too, SQL_UNSUPPORTED for what is not covered, with what
 * to write instead; both have `line` and `column` among their facts. What neither text nor known columns tell, such as
 * the name of a column that does not exist, is left to DuckDB.
 */
export async function translateBigQuery(sql: string, options: { defaultDataset: string }): Promise<Translation> {
  try {
    const query = emitStatement(parseStatement(sql), options);
    return { sql: query.sql, typesOf: (names) => typesOf(names, query.columns) };
  } catch (error) {
    throw error instanceof SqlProblem ? error.in(sql) : error;
  }
}

/** By place where all columns are known; else by names, of which one that is there twice tells nothing. */
function typesOf(names: readonly string[], { known, complete }: Columns): SqlType[] {
  if (complete && known.length === names.length) return known.map(({ type }) => type);
  const keys = names.map((name) => name.toLowerCase());
  return keys.map((key) => {
    const [column, ...others] = known.filter(({ name }) => name.toLowerCase() === key);
    const isAlone = others.length === 0 && keys.indexOf(key) === keys.lastIndexOf(key);
    return isAlone ? (column?.type ?? UNKNOWN) : UNKNOWN;
  });
}
