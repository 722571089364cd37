import { emitStatement } from "./emit/emit-statement.js";
import { SqlProblem } from "./sql-problem.js";
import { parseStatement } from "./syntax/parse-statement.js";

/**
 * Translates one query of BigQuery's dialect (SELECT or WITH) into DuckDB's SQL, so that the same text gives the same
 * rows on both warehouses. The result uses the macros of `QUERY_MACROS` and needs a session whose TimeZone is UTC.
 *
 * `defaultDataset` holds the tables that are named without a dataset; a project before a dataset is left out.
 * Throws LorchestraError: SQL_INVALID for what BigQuery refuses too, SQL_UNSUPPORTED for what is not covered, with what
 * to write instead; both have `line` and `column` among their facts. What neither text nor known columns tell, such as
 * the name of a column that does not exist, is left to DuckDB.
 */
export async function translateBigQuery(sql: string, options: { defaultDataset: string }): Promise<string> {
  try {
    return emitStatement(parseStatement(sql), options);
  } catch (error) {
    throw error instanceof SqlProblem ? error.in(sql) : error;
  }
}
