import type { BinaryOperator, Expression } from "../syntax/tree.js";
import type { Typed } from "./typed.js";

/** A comparison's operand with its node: a literal is never NaN. */
export interface Operand {
  readonly node: Expression;
  readonly value: Typed;
}

/** Every comparison with NaN is false, but != (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#comparison_operators). */
export function comparison(operator: BinaryOperator, left: Operand, right: Operand): string {
  const plain = `(${left.value.sql} ${operator} ${right.value.sql})`;
  if (operator === "=" || operator === "!=") {
    const [one, other] = mayBeNaN(left) ? [left, right] : [right, left];
    if (!mayBeNaN(one)) return plain;
    return `(${operator === "=" ? "" : "NOT "}bq_equal(${one.value.sql}, ${other.value.sql}))`;
  }
  const macro = operator === ">" || operator === "<" ? "bq_greater" : "bq_at_least";
  const [one, other] = operator.startsWith(">") ? [left, right] : [right, left];
  return mayBeNaN(one) ? `(${macro}(${one.value.sql}, ${other.value.sql}))` : plain;
}

export function mayBeNaN({ node, value }: Operand): boolean {
  return value.type.kind === "FLOAT64" && node.kind !== "float" && node.kind !== "integer";
}
