import type { SqlType } from "./sql-type.js";

/** An expression in DuckDB's SQL, ready to stand anywhere (bracketed where it needs to be), with its BigQuery type. */
export interface Typed {
  readonly sql: string;
  readonly type: SqlType;
  /** The value is at this path of that document, so that a further field only makes the path longer. */
  readonly json?: { readonly document: string; readonly path: string };
  /** The fields of a STRUCT that is written out, whose names the first of an array gives to the others. */
  readonly parts?: readonly string[];
  /** A string literal: BigQuery makes it a date or a timestamp where one is wanted. */
  readonly literal?: string;
}

export function typed(sql: string, type: SqlType): Typed {
  return { sql, type };
}
