import type { Expression } from "../syntax/tree.js";
import { emitCall } from "./emit-call.js";
import { emitCast } from "./emit-cast.js";
import { emitExtract } from "./emit-extract.js";
import type { Emitter } from "./emitter.js";
import { emitInterval, emitLiteral } from "./emit-literal.js";
import {
  emitBetween,
  emitBinary,
  emitCase,
  emitDistinctFrom,
  emitIn,
  emitIs,
  emitLike,
  emitLogical,
  emitUnary,
} from "./emit-operator.js";
import { emitField, emitName, emitSubscript } from "./emit-path.js";
import { emitArray, emitStruct, emitTuple } from "./emit-struct.js";
import { emitSubquery } from "./emit-subquery.js";
import type { Scope } from "./scope.js";
import type { Typed } from "./typed.js";

type Emit<K extends Expression["kind"]> = (
  node: Extract<Expression, { kind: K }>,
  scope: Scope,
  emitter: Emitter,
) => Typed;

const EMIT: { readonly [K in Expression["kind"]]: Emit<K> } = {
  null: emitLiteral,
  boolean: emitLiteral,
  integer: emitLiteral,
  float: emitLiteral,
  string: emitLiteral,
  bytes: emitLiteral,
  typed: emitLiteral,
  interval: emitInterval,
  name: emitName,
  field: emitField,
  subscript: emitSubscript,
  unary: emitUnary,
  binary: emitBinary,
  logical: emitLogical,
  between: emitBetween,
  like: emitLike,
  in: emitIn,
  is: emitIs,
  distinct: emitDistinctFrom,
  case: emitCase,
  cast: emitCast,
  extract: emitExtract,
  array: emitArray,
  struct: emitStruct,
  tuple: emitTuple,
  subquery: emitSubquery,
  call: emitCall,
};

/** Translates an expression; throws SqlProblem for what BigQuery refuses or DuckDB has no equal for. */
export function emitExpression(node: Expression, scope: Scope, emitter: Emitter): Typed {
  const emit = EMIT[node.kind] as Emit<Expression["kind"]>;
  return emit(node, scope, emitter);
}
