/**
 * BigQuery's types, as far as they can be told from the text of a query: the columns of the tables that lorchestra makes
 * are known, those of other tables are not. `unknown` is always a right answer; it only leaves a choice to DuckDB.
 */
export type SqlType =
  | { readonly kind: ScalarKind | "UNKNOWN" | "NULL" }
  | { readonly kind: "ARRAY"; readonly element: SqlType }
  | { readonly kind: "STRUCT"; readonly fields: readonly Column[] };

export type ScalarKind =
  | "INT64"
  | "FLOAT64"
  | "NUMERIC"
  | "BOOL"
  | "STRING"
  | "BYTES"
  | "JSON"
  | "DATE"
  | "TIME"
  | "DATETIME"
  | "TIMESTAMP"
  | "INTERVAL";

export interface Column {
  readonly name: string;
  readonly type: SqlType;
}

export const UNKNOWN: SqlType = { kind: "UNKNOWN" };
export const NULL: SqlType = { kind: "NULL" };
export const INT64: SqlType = { kind: "INT64" };
export const FLOAT64: SqlType = { kind: "FLOAT64" };
export const NUMERIC: SqlType = { kind: "NUMERIC" };
export const BOOL: SqlType = { kind: "BOOL" };
export const STRING: SqlType = { kind: "STRING" };
export const BYTES: SqlType = { kind: "BYTES" };
export const JSON_TYPE: SqlType = { kind: "JSON" };
export const DATE: SqlType = { kind: "DATE" };
export const TIME: SqlType = { kind: "TIME" };
export const DATETIME: SqlType = { kind: "DATETIME" };
export const TIMESTAMP: SqlType = { kind: "TIMESTAMP" };
export const INTERVAL: SqlType = { kind: "INTERVAL" };

export function arrayOf(element: SqlType): SqlType {
  return { kind: "ARRAY", element };
}

/** The type that several branches, or the operands of a set operation, have together; unknown where it is not plain. */
export function commonType(types: readonly SqlType[]): SqlType {
  const known = types.filter(({ kind }) => kind !== "NULL");
  const [first] = known;
  if (first === undefined) return NULL;
  if (known.every(({ kind }) => kind === first.kind)) {
    if (first.kind === "ARRAY")
      return arrayOf(commonType(known.map((type) => (type.kind === "ARRAY" ? type.element : UNKNOWN))));
    return first.kind === "STRUCT" ? UNKNOWN : first;
  }
  for (const wider of [NUMERIC, FLOAT64]) {
    if (
      known.every(
        ({ kind }) => kind === wider.kind || kind === "INT64" || (wider.kind === "FLOAT64" && kind === "NUMERIC"),
      )
    )
      return wider;
  }
  return UNKNOWN;
}

export function isNumeric({ kind }: SqlType): boolean {
  return kind === "INT64" || kind === "FLOAT64" || kind === "NUMERIC";
}

export function isInstant({ kind }: SqlType): boolean {
  return kind === "DATE" || kind === "DATETIME" || kind === "TIMESTAMP";
}
