import { expandedLength } from "../macro-expansion.js";
import { unsupported } from "../sql-problem.js";
import type { Query } from "../syntax/tree.js";
import { emitExpression } from "./emit-expression.js";
import { emitQuery } from "./emit-query.js";
import { emitOrderBy, emitOver } from "./emit-window.js";
import type { EmittedQuery, Emitter } from "./emitter.js";
import type { Scope } from "./scope.js";

/** How long the translation may grow, in UTF-16 units: some constructs repeat their operands. */
const LONGEST = 4_000_000;
/** How long it may be once DuckDB has expanded its macros, which takes some seconds for as many. */
const LONGEST_EXPANDED = 1_000_000;

/** Translates a whole query to DuckDB's SQL. Throws SqlProblem. */
export function emitStatement(query: Query, options: { defaultDataset: string }): EmittedQuery {
  const emitter: Emitter = {
    defaultDataset: options.defaultDataset,
    expression: (node, scope) => {
      const value = emitExpression(node, scope, emitter);
      if (value.sql.length > LONGEST) throw tooLong(node.at);
      return value;
    },
    query: (node, scope) => emitQuery(node, scope, emitter),
    over: (window, scope) => emitOver(window, scope, emitter),
    orderBy: (items, scope, options) => emitOrderBy(items, scope, emitter, options),
  };
  const nothing: Scope = { withTables: new Map(), relations: [], selected: null, windows: new Map(), outer: null };
  const emitted = emitQuery(query, nothing, emitter);
  const { sql } = emitted;
  if (expandedLength(sql) > Math.max(2 * sql.length, LONGEST_EXPANDED)) throw tooLong(query.at);
  return emitted;
}

function tooLong(at: number): Error {
  return unsupported(at, "an expression that nests so many functions", "compute parts of it in WITH");
}
