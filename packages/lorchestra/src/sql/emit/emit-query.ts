import { invalid, unsupported } from "../sql-problem.js";
import type { Expression, OrderItem, Query, QueryBody } from "../syntax/tree.js";
import { checkSupertype } from "./comparable.js";
import type { EmittedBody, EmittedQuery, Emitter } from "./emitter.js";
import { emitSelect } from "./emit-select.js";
import { quoteName } from "./quote.js";
import { SOME_COLUMNS, type Columns, type Scope } from "./scope.js";
import { commonType, UNKNOWN } from "./sql-type.js";
import { typed } from "./typed.js";

/** Translates a query. `outer` is the scope around a subquery, and holds the tables of WITH that it sees. */
export function emitQuery(query: Query, outer: Scope, emitter: Emitter): EmittedQuery {
  const { prefix, scope } = emitWith(query, outer, emitter);
  const body = emitBody(query.body, query.at, scope, emitter);
  for (const item of query.orderBy) checkOrdinal(item, body.columns);
  const isPlain = query.body.kind === "select" && !query.body.distinct;
  const items = isPlain ? query.orderBy.map((item) => byName(item, body)) : query.orderBy;
  const order = emitter.orderBy(items, body.orderScope, { nameScope: byAlias(body.orderScope), isPlain });
  const sql = [prefix, body.sql, order, limitSql(query.limit)].filter((part) => part !== "").join(" ");
  if (query.body.kind !== "select" || query.body.as !== "STRUCT") return { sql, columns: body.columns };
  const { known, complete } = body.columns;
  return {
    sql: `SELECT "struct" AS "f0_" FROM (${sql}) AS "struct"`,
    columns: { known: [{ name: "f0_", type: complete ? { kind: "STRUCT", fields: known } : UNKNOWN }], complete: true },
  };
}

function emitWith(query: Query, outer: Scope, emitter: Emitter): { prefix: string; scope: Scope } {
  if (query.with === null) return { prefix: "", scope: outer };
  const { recursive, tables } = query.with;
  const withTables = new Map(outer.withTables);
  const seen = new Set<string>();
  const definitions = tables.map(({ name, query: table }) => {
    const key = name.text.toLowerCase();
    if (seen.has(key)) throw invalid(name.at, `WITH defines \`${name.text}\` twice`, "give one another name");
    seen.add(key);
    // A table that refers to itself has columns that only its own query tells.
    const visible = recursive ? new Map(withTables).set(key, SOME_COLUMNS) : new Map(withTables);
    const { sql, columns } = emitter.query(table, { ...outer, withTables: visible });
    withTables.set(key, columns);
    return `${quoteName(name.text)} AS (${sql})`;
  });
  return { prefix: `WITH ${recursive ? "RECURSIVE " : ""}${definitions.join(", ")}`, scope: { ...outer, withTables } };
}

function emitBody(body: QueryBody, at: number, scope: Scope, emitter: Emitter): EmittedBody {
  if (body.kind === "select") return emitSelect(body, scope, emitter);
  if (body.kind === "parenthesized") {
    const { sql, columns } = emitter.query(body.query, scope);
    return { sql: `(${sql})`, columns, orderScope: columnScope(columns, scope) };
  }
  const operands = body.operands.map((operand) => emitBody(operand, at, scope, emitter));
  const columns = commonColumns(at, operands);
  // DuckDB's operations are distinct unless they say ALL.
  const operator = body.operator.replace(" DISTINCT", "");
  return {
    sql: operands.map(({ sql }) => sql).join(` ${operator} `),
    columns,
    orderScope: columnScope(columns, scope),
  };
}

/** What the ORDER BY of a set operation sees: its columns, which belong to no table. */
function columnScope(columns: Columns, { withTables, outer }: Scope): Scope {
  return {
    withTables,
    relations: [{ alias: null, columns, element: null, offset: null }],
    selected: null,
    windows: new Map(),
    outer,
  };
}

/** The same scope, in which an alias of SELECT is written as itself: behind DISTINCT only that is allowed. */
function byAlias(scope: Scope): Scope {
  if (scope.selected === null) return scope;
  return {
    ...scope,
    selected: new Map([...scope.selected].map(([name, value]) => [name, { sql: quoteName(name), type: value.type }])),
  };
}

function commonColumns(at: number, operands: readonly EmittedQuery[]): Columns {
  const [first, ...others] = operands;
  if (first === undefined || !operands.every(({ columns }) => columns.complete)) return { known: [], complete: false };
  const counts = operands.map(({ columns }) => columns.known.length);
  const different = counts.find((count) => count !== counts[0]);
  if (different !== undefined)
    throw invalid(
      at,
      `the queries of a set operation have ${counts[0]} and ${different} columns`,
      "select as many in each",
    );
  for (const [index, { name }] of first.columns.known.entries())
    checkSupertype(
      at,
      `the columns \`${name}\` of a set operation`,
      operands.map(({ columns }) => typed("", columns.known[index]?.type ?? UNKNOWN)),
    );
  const known = first.columns.known.map(({ name, type }, index) => ({
    name,
    type: commonType([type, ...others.map(({ columns }) => columns.known[index]?.type ?? UNKNOWN)]),
  }));
  return { known, complete: true };
}

/** A position of a FLOAT64 as the name of that column, since its order takes its value too: NaN has a place of its own. */
function byName(item: OrderItem, { columns: { known, complete }, orderScope }: EmittedBody): OrderItem {
  const { expression } = item;
  if (expression.kind !== "integer" || !complete) return item;
  const column = known[Number(expression.text) - 1];
  if (column?.type.kind !== "FLOAT64" || orderScope.selected?.has(column.name.toLowerCase()) !== true) return item;
  const { at } = expression;
  return { ...item, expression: { kind: "name", at, name: { text: column.name, quoted: true, at } } };
}

function checkOrdinal({ expression }: OrderItem, { known, complete }: Columns): void {
  if (expression.kind !== "integer") return;
  const position = Number(expression.text);
  if (position >= 1 && (!complete || position <= known.length)) return;
  throw invalid(expression.at, `there is no column ${position} to order by`, "count the columns of SELECT from 1");
}

function limitSql(limit: Query["limit"]): string {
  if (limit === null) return "";
  const number = (node: Expression): string => {
    if (node.kind !== "integer") throw unsupported(node.at, "LIMIT or OFFSET with an expression", "write a number");
    return BigInt(node.text).toString();
  };
  return `LIMIT ${number(limit.count)}${limit.offset === null ? "" : ` OFFSET ${number(limit.offset)}`}`;
}
