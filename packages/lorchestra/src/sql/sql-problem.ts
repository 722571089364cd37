import { LorchestraError } from "../errors.js";

/**
 * What is wrong with a statement and where: thrown while reading or translating it, and made into a `LorchestraError`
 * by `translateBigQuery`, which knows the text.
 *
 * `SQL_INVALID`: BigQuery would refuse it too. `SQL_UNSUPPORTED`: BigQuery takes it, this translation does not.
 */
export class SqlProblem extends Error {
  override readonly name = "SqlProblem";
  readonly code: "SQL_INVALID" | "SQL_UNSUPPORTED";
  /** Offset of the first character concerned, in UTF-16 units. */
  readonly at: number;
  readonly hint: string;

  constructor(code: "SQL_INVALID" | "SQL_UNSUPPORTED", at: number, message: string, hint: string) {
    super(message);
    this.code = code;
    this.at = at;
    this.hint = hint;
  }

  in(sql: string): LorchestraError {
    const { line, column } = placeOf(sql, this.at);
    return new LorchestraError(this.code, `${this.message} (line ${line}, column ${column})`, {
      hint: this.hint,
      facts: { line, column },
      cause: this,
    });
  }
}

export function invalid(at: number, message: string, hint = "correct the statement at that place"): SqlProblem {
  return new SqlProblem("SQL_INVALID", at, message, hint);
}

/** `instead` says what to write; without it, that only the BigQuery warehouse can run this. */
export function unsupported(at: number, what: string, instead?: string): SqlProblem {
  const hint = instead ?? "rewrite the query without it; docs/sql.md lists what is covered on DuckDB";
  return new SqlProblem("SQL_UNSUPPORTED", at, `${what} is not covered on DuckDB`, hint);
}

/** Line and column from 1; a column counts code points, as an editor does. */
function placeOf(sql: string, at: number): { line: number; column: number } {
  const before = sql.slice(0, at);
  const lines = before.split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}
