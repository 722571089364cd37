import { invalid } from "../sql-problem.js";
import type { Expression } from "../syntax/tree.js";
import type { Emitter } from "./emitter.js";
import type { Scope } from "./scope.js";
import { arrayOf, BOOL, UNKNOWN } from "./sql-type.js";
import { typed, type Typed } from "./typed.js";

/** `(SELECT …)`, `ARRAY(SELECT …)`, `EXISTS(SELECT …)`. */
export function emitSubquery(node: Extract<Expression, { kind: "subquery" }>, scope: Scope, emitter: Emitter): Typed {
  const { sql, columns } = emitter.query(node.query, scope);
  if (node.use === "EXISTS") return typed(`EXISTS (${sql})`, BOOL);
  const { known, complete } = columns;
  if (complete && known.length !== 1) {
    throw invalid(
      node.at,
      `a subquery used as a value has one column, not ${known.length}`,
      "select one column, or SELECT AS STRUCT",
    );
  }
  const type = complete ? (known[0]?.type ?? UNKNOWN) : UNKNOWN;
  return node.use === "ARRAY" ? typed(`ARRAY(${sql})`, arrayOf(type)) : typed(`(${sql})`, type);
}
