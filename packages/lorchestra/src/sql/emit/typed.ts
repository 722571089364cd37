import { once } from "../macro.js";
import { quoteText } from "./quote.js";
import type { SqlType } from "./sql-type.js";

/** An expression in DuckDB's SQL, ready to stand anywhere (bracketed where it needs to be), with its BigQuery type. */
export interface Typed {
  readonly sql: string;
  readonly type: SqlType;
  /** The value is at this path of that document, so that a further field only makes the path longer. */
  readonly json?: { readonly document: string; readonly path: string };
  /** The fields of a STRUCT that is written out, whose names the first of an array gives to the others. */
  readonly parts?: readonly Typed[];
  /** A string literal: BigQuery makes it a date or a timestamp where one is wanted. */
  readonly literal?: string;
  /** A number literal, which is never NaN. */
  readonly isNumber?: true;
}

export function typed(sql: string, type: SqlType): Typed {
  return { sql, type };
}

/** A STRUCT with the names of another, in its fields too, since DuckDB's fields go by their names and BigQuery's by their places. */
export function withNamesOf({ type }: Typed, { sql, type: own, parts }: Typed): string {
  if (type.kind !== "STRUCT" || own.kind !== "STRUCT" || type.fields.length !== own.fields.length) return sql;
  const named = (values: readonly Typed[]): string =>
    `{${type.fields.map((field, index) => `${quoteText(field.name)}: ${renamed(field.type, values[index])}`).join(", ")}}`;
  if (parts !== undefined) return named(parts);
  const fields = fieldValues(typed("bq_named", own));
  return once(sql, "bq_named", `CASE WHEN bq_named IS NOT NULL THEN ${named(fields)} END`);
}

function renamed(type: SqlType, value: Typed | undefined): string {
  return value === undefined ? "NULL" : withNamesOf(typed("", type), value);
}

/** The fields of a STRUCT, as values. */
export function fieldValues({ sql, type, parts }: Typed): readonly Typed[] {
  if (parts !== undefined) return parts;
  const fields = type.kind === "STRUCT" ? type.fields : [];
  return fields.map((field, index) => typed(`struct_extract_at(${sql}, ${index + 1})`, field.type));
}
