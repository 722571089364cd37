import type { TokenReader } from "./token-reader.js";
import type { Expression, FromItem, OrderItem, Query, TypeNode, Window } from "./tree.js";

/**
 * The parts of the grammar that contain one another, so that the files of this folder need not import one another in a
 * circle. Each reads its construct at the reader's place and throws SqlProblem if something else stands there.
 */
export interface Parser {
  readonly reader: TokenReader;
  query(): Query;
  from(): FromItem;
  expression(): Expression;
  /** An expression that ends before AND: what stands between BETWEEN and AND. */
  operand(): Expression;
  primary(): Expression;
  type(): TypeNode;
  /** `expression [ASC|DESC] [NULLS FIRST|LAST], …`, after ORDER BY. */
  orderItems(): OrderItem[];
  /** What stands in the brackets of OVER, with them. */
  window(): Window;
}
