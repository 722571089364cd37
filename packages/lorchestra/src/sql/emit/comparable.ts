import { invalid } from "../sql-problem.js";
import { isNumeric, type SqlType } from "./sql-type.js";
import { fieldValues, type Typed } from "./typed.js";

/**
 * Refuses comparisons that BigQuery refuses and DuckDB answers: above all a JSON field with a string, for which DuckDB
 * compares texts, quotes and all, and finds nothing.
 */
export function checkComparable(at: number, left: Typed, right: Typed): void {
  for (const { type } of [left, right]) {
    if (type.kind === "JSON") {
      throw invalid(
        at,
        "JSON cannot be compared",
        "take the value out first: JSON_VALUE(payload, '$.field'), STRING(payload.field) or INT64(payload.field)",
      );
    }
    if (type.kind === "ARRAY")
      throw invalid(at, "an ARRAY cannot be compared", "compare TO_JSON_STRING(...) of both, or use IN UNNEST(...)");
  }
  if (left.type.kind === "STRUCT" && right.type.kind === "STRUCT") return checkFields(at, left, right);
  if (!agree(left, right)) {
    throw invalid(at, `${left.type.kind} cannot be compared with ${right.type.kind}`, "convert one side with CAST");
  }
}

function checkFields(at: number, left: Typed, right: Typed): void {
  const [ones, others] = [fieldValues(left), fieldValues(right)];
  if (ones.length !== others.length)
    throw invalid(at, `a STRUCT of ${ones.length} fields cannot be compared with one of ${others.length}`);
  for (const [index, one] of ones.entries()) checkComparable(at, one, others[index] ?? one);
}

/** Refuses a condition that is none: DuckDB takes any number for one. */
export function checkBool(at: number, { kind }: SqlType, what: string): void {
  if (!["BOOL", "UNKNOWN", "NULL"].includes(kind))
    throw invalid(at, `${what} takes BOOL, not ${kind}`, "write a comparison");
}

/** Refuses what has an equality but no order. */
export function checkOrdered(at: number, left: Typed, right: Typed): void {
  checkComparable(at, left, right);
  if (left.type.kind === "STRUCT" || right.type.kind === "STRUCT")
    throw invalid(at, "a STRUCT is neither greater nor less than another", "compare its fields");
}

/**
 * Refuses what has no common supertype (https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#supertypes):
 * DuckDB would make text of both, or compute with one of them alone.
 */
export function checkSupertype(at: number, what: string, values: readonly Typed[]): void {
  const known = values.filter(({ type }) => !isOpen(type));
  const first = known.find(({ literal }) => literal === undefined) ?? known[0];
  const other = known.find((value) => first !== undefined && !haveSupertype(first, value));
  if (first === undefined || other === undefined) return;
  throw invalid(at, `${what} cannot be ${first.type.kind} and ${other.type.kind} together`, "convert one with CAST");
}

function haveSupertype({ type }: Typed, other: Typed): boolean {
  if (type.kind === other.type.kind || (isNumeric(type) && isNumeric(other.type))) return true;
  return other.literal !== undefined && ["DATE", "DATETIME", "TIME", "TIMESTAMP"].includes(type.kind);
}

function agree(left: Typed, right: Typed): boolean {
  const [a, b] = [left.type, right.type];
  if (isOpen(a) || isOpen(b) || a.kind === b.kind) return true;
  if (isNumeric(a) && isNumeric(b)) return true;
  const instants = ["DATE", "DATETIME", "TIMESTAMP"];
  if (a.kind === "STRING" || b.kind === "STRING") {
    const [text, other] = a.kind === "STRING" ? [left, b] : [right, a];
    return text.literal !== undefined && [...instants, "TIME", "BYTES", "INTERVAL"].includes(other.kind);
  }
  // BigQuery also refuses a DATE beside a TIMESTAMP; what DuckDB answers there is right, so it may stand.
  return instants.includes(a.kind) && instants.includes(b.kind);
}

function isOpen({ kind }: SqlType): boolean {
  return kind === "UNKNOWN" || kind === "NULL" || kind === "STRUCT" || kind === "ARRAY";
}

/** Refuses JSON where BigQuery does, because it has no order and no equality. */
export function refuseJson(at: number, { type }: Typed, what: string): void {
  if (type.kind !== "JSON") return;
  throw invalid(
    at,
    `${what} cannot be JSON`,
    "take the value out first: JSON_VALUE(payload, '$.field') or STRING(payload.field)",
  );
}
