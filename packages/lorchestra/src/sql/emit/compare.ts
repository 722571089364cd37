import { once } from "../macro.js";
import type { BinaryOperator } from "../syntax/tree.js";
import { UNKNOWN, type SqlType } from "./sql-type.js";
import { fieldValues, typed, type Typed } from "./typed.js";

/** Every comparison with NaN is false, but != (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#comparison_operators). */
export function comparison(operator: BinaryOperator, left: Typed, right: Typed): string {
  if (operator === "=") return equality(left, right);
  if (operator === "!=")
    return isComparedAsIs(left, right) ? `(${left.sql} != ${right.sql})` : `(NOT ${equality(left, right)})`;
  const macro = operator === ">" || operator === "<" ? "bq_greater" : "bq_at_least";
  const [one, other] = operator.startsWith(">") ? [left, right] : [right, left];
  return mayBeNaN(one) ? `(${macro}(${one.sql}, ${other.sql}))` : `(${left.sql} ${operator} ${right.sql})`;
}

/**
 * BigQuery's `left = right`. STRUCTs are equal if their fields are, by their places: a field that differs makes it false, else one
 * that is NULL makes it NULL. DuckDB's fields go by their names, and NULL is equal to NULL in them.
 */
function equality(left: Typed, right: Typed): string {
  const count = fieldsOf(left.type)?.length ?? 0;
  if (count === 0 || fieldsOf(right.type)?.length !== count) {
    const [one, other] = mayBeNaN(left) ? [left, right] : [right, left];
    return mayBeNaN(one) ? `(bq_equal(${one.sql}, ${other.sql}))` : `(${left.sql} = ${right.sql})`;
  }
  const fieldsEqual = (one: Typed, other: Typed): string => {
    const [ones, others] = [fieldValues(one), fieldValues(other)];
    return `(${ones.map((field, index) => equality(field, others[index] ?? field)).join(" AND ")})`;
  };
  if (left.parts !== undefined && right.parts !== undefined) return fieldsEqual(left, right);
  const values = { one: left.sql, other: right.sql };
  return once(values, "bq_of", fieldsEqual(typed("bq_of.one", left.type), typed("bq_of.other", right.type)));
}

/** Which of `others` is the first that `value` is equal to, counted from 0; NULL where it is none. */
export function firstEqual(value: Typed, others: readonly Typed[]): string {
  const tests = others.map(
    (other, index) => `WHEN ${equality(heldValue(value), heldOther(other, index))} THEN ${index}`,
  );
  return once(held(value, others), "bq_held", `CASE ${tests.join(" ")} END`);
}

/** BigQuery's `value IN (others)`. */
export function equalToAny(value: Typed, others: readonly Typed[]): string {
  if (others.every((other) => isComparedAsIs(value, other)))
    return `(${value.sql} IN (${others.map(({ sql }) => sql).join(", ")}))`;
  const tests = others.map((other, index) => equality(heldValue(value), heldOther(other, index)));
  return once(held(value, others), "bq_held", `(${tests.join(" OR ")})`);
}

/** BigQuery's `value IN UNNEST(list)`. */
export function equalToItem(value: Typed, list: Typed): string {
  const element = list.type.kind === "ARRAY" ? list.type.element : null;
  if (element === null || isComparedAsIs(value, typed("", element))) return `(bq_in(${value.sql}, ${list.sql}))`;
  const test = equality(typed("bq_held.value", value.type), typed("bq_item", element));
  const some = (condition: string): string => `len(list_filter(bq_held.list, lambda bq_item: ${condition})) > 0`;
  return once(
    { value: value.sql, list: list.sql },
    "bq_held",
    `CASE WHEN bq_held.list IS NULL OR len(bq_held.list) = 0 THEN FALSE WHEN ${some(test)} THEN TRUE WHEN ${some(`${test} IS NULL`)} THEN NULL ELSE FALSE END`,
  );
}

/** BigQuery's `NULLIF(left, right)`. */
export function nullIfEqual(left: Typed, right: Typed): string {
  if (isComparedAsIs(left, right)) return `nullif(${left.sql}, ${right.sql})`;
  const test = equality(heldValue(left), heldOther(right, 0));
  return once(held(left, [right]), "bq_held", `CASE WHEN ${test} THEN NULL ELSE bq_held.value END`);
}

/** Whether DuckDB's own `=` of these is BigQuery's. */
export function isComparedAsIs(left: Typed, right: Typed): boolean {
  if (left.type.kind === "STRUCT" || right.type.kind === "STRUCT") return false;
  const isOpen = ({ type }: Typed): boolean => type.kind === "UNKNOWN";
  return !(mayBeNaN(left) && (mayBeNaN(right) || isOpen(right))) && !(mayBeNaN(right) && isOpen(left));
}

export function mayBeNaN({ type, isNumber }: Typed): boolean {
  return type.kind === "FLOAT64" && isNumber !== true;
}

/** Values that are compared more than once, each computed once. */
function held(value: Typed, others: readonly Typed[]): Readonly<Record<string, string>> {
  return {
    value: value.sql,
    ...Object.fromEntries(others.map((other, index) => [`other_${index}`, asInstants(other, value.type)])),
  };
}

const INSTANTS: Partial<Record<SqlType["kind"], string>> = {
  DATE: "DATE",
  DATETIME: "TIMESTAMP",
  TIMESTAMP: "TIMESTAMPTZ",
  TIME: "TIME",
};

/** A string literal as the date or time that it is compared with, also as a field of a STRUCT: held it is no literal any more. */
function asInstants({ sql, literal, parts }: Typed, type: SqlType): string {
  const instant = INSTANTS[type.kind];
  if (literal !== undefined && instant !== undefined) return `CAST(${sql} AS ${instant})`;
  const fields = fieldsOf(type);
  if (parts === undefined || parts.length !== fields?.length) return sql;
  return `row(${parts.map((part, index) => asInstants(part, fields[index]?.type ?? UNKNOWN)).join(", ")})`;
}

function heldValue({ type }: Typed): Typed {
  return typed("bq_held.value", type);
}

function heldOther({ type }: Typed, index: number): Typed {
  return typed(`bq_held.other_${index}`, type);
}

function fieldsOf(type: SqlType): readonly { readonly type: SqlType }[] | null {
  return type.kind === "STRUCT" ? type.fields : null;
}
