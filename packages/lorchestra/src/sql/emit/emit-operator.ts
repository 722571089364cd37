import { invalid, unsupported } from "../sql-problem.js";
import type { BinaryOperator, Expression } from "../syntax/tree.js";
import { checkBool, checkComparable, checkOrdered, checkSupertype } from "./comparable.js";
import { comparison, equalToAny, equalToItem, firstEqual, isComparedAsIs, mayBeNaN } from "./compare.js";
import { integerLiteral } from "./emit-literal.js";
import type { Emitter } from "./emitter.js";
import { quoteText } from "./quote.js";
import type { Scope } from "./scope.js";
import {
  BOOL,
  commonType,
  DATE,
  FLOAT64,
  INT64,
  INTERVAL,
  isInstant,
  isNumeric,
  NUMERIC,
  UNKNOWN,
  type SqlType,
} from "./sql-type.js";
import { typed, withNamesOf, type Typed } from "./typed.js";

type Node<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

export function emitUnary(node: Node<"unary">, scope: Scope, emitter: Emitter): Typed {
  if (node.operator === "-" && node.operand.kind === "integer")
    return integerLiteral(-BigInt(node.operand.text), node.at);
  const { sql, type } = emitter.expression(node.operand, scope);
  if (node.operator === "NOT") {
    checkBool(node.operand.at, type, "NOT");
    return typed(`(NOT ${sql})`, BOOL);
  }
  if (type.kind === "JSON" || type.kind === "STRING")
    throw invalid(node.at, `${node.operator} takes a number, not ${type.kind}`, "convert it with INT64(...) or CAST");
  // The blank keeps two signs from beginning a comment.
  return typed(`(${node.operator} ${sql})`, type);
}

export function emitLogical(node: Node<"logical">, scope: Scope, emitter: Emitter): Typed {
  const operands = node.operands.map((operand) => {
    const { sql, type } = emitter.expression(operand, scope);
    checkBool(operand.at, type, node.operator);
    return sql;
  });
  return typed(`(${operands.join(` ${node.operator} `)})`, BOOL);
}

export function emitBinary(node: Node<"binary">, scope: Scope, emitter: Emitter): Typed {
  const left = emitter.expression(node.left, scope);
  const right = emitter.expression(node.right, scope);
  const { operator } = node;
  if (["=", "!=", "<", "<=", ">", ">="].includes(operator)) {
    const check = operator === "=" || operator === "!=" ? checkComparable : checkOrdered;
    check(node.at, left, right);
    return typed(comparison(operator, left, right), BOOL);
  }
  if (operator === "||") return emitConcatenation(node, left, right);
  for (const { type } of [left, right]) {
    if (type.kind === "JSON" || type.kind === "STRING")
      throw invalid(
        node.at,
        `${operator} takes numbers, not ${type.kind}`,
        "convert it with INT64(...) or CAST(... AS INT64)",
      );
  }
  if (operator === "/") return emitDivision(node, left, right);
  if (operator === "^") return typed(`xor(${left.sql}, ${right.sql})`, INT64);
  if (operator === "<<" || operator === ">>") return emitShift(node, left, right);
  return emitArithmetic(node, left, right);
}

/** DuckDB makes text of whatever stands beside text. */
function emitConcatenation(node: Node<"binary">, left: Typed, right: Typed): Typed {
  for (const [operand, { type }] of [
    [node.left, left],
    [node.right, right],
  ] as const) {
    if (!["STRING", "BYTES", "ARRAY", "NULL", "UNKNOWN"].includes(type.kind)) {
      const hint =
        type.kind === "JSON"
          ? "take the value out first: JSON_VALUE(payload, '$.field') or STRING(payload.field)"
          : "convert it with CAST(... AS STRING)";
      throw invalid(operand.at, `|| takes STRING, BYTES or ARRAY, not ${type.kind}`, hint);
    }
  }
  return typed(
    `(${left.sql} || ${right.sql})`,
    left.type.kind === "ARRAY" ? left.type : commonType([left.type, right.type]),
  );
}

function emitShift({ at, operator }: Node<"binary">, left: Typed, right: Typed): Typed {
  if (left.type.kind === "BYTES") throw unsupported(at, `${operator} of BYTES`);
  const macro = operator === "<<" ? "bq_shift_left" : "bq_shift_right";
  return typed(`${macro}(${left.sql}, ${right.sql}, error('a shift by a negative number'))`, INT64);
}

function emitArithmetic(node: Node<"binary">, left: Typed, right: Typed): Typed {
  const { operator } = node;
  if (left.type.kind === "DATE" && right.type.kind === "INT64" && (operator === "+" || operator === "-")) {
    return typed(inYears(`${left.sql} ${operator} CAST(${right.sql} AS INTEGER)`), DATE);
  }
  if (operator === "+" && left.type.kind === "INT64" && right.type.kind === "DATE")
    return typed(inYears(`${right.sql} + CAST(${left.sql} AS INTEGER)`), DATE);
  if (operator === "-" && isInstant(left.type) && isInstant(right.type)) return emitDifference(left, right);
  const type = arithmeticType(operator, left.type, right.type);
  if (isInstant(type)) return typed(inYears(`${left.sql} ${operator} ${right.sql}`), type);
  if (mayOverflow(node, left.type, right.type))
    return typed(
      `${FLOAT_MACROS[operator]}(${left.sql}, ${right.sql}, error('the result is too large for a FLOAT64'))`,
      FLOAT64,
    );
  const sql = `(${left.sql} ${operator} ${right.sql})`;
  return typed(operator === "*" && type.kind === "NUMERIC" ? `CAST(${sql} AS DECIMAL(38, 9))` : sql, type);
}

/** Of dates it has days, of instants no days but hours, however many; DuckDB has a number of days, and days beside hours. */
function emitDifference(left: Typed, right: Typed): Typed {
  if (left.type.kind === "DATE" && right.type.kind === "DATE")
    return typed(`to_days(CAST(${left.sql} - ${right.sql} AS INTEGER))`, INTERVAL);
  const [one, other] = [left, right].map(({ sql }) => `epoch_us(CAST(${sql} AS TIMESTAMPTZ))`);
  return typed(`to_microseconds(${one} - ${other})`, INTERVAL);
}

/** What BigQuery has no date for is an error there. */
function inYears(sql: string): string {
  return `bq_in_years(${sql}, error('the result is outside of the years 1 to 9999'))`;
}

const FLOAT_MACROS: Partial<Record<BinaryOperator, string>> = {
  "+": "bq_float_add",
  "-": "bq_float_subtract",
  "*": "bq_float_multiply",
};

/** Whether two finite numbers can give an infinite FLOAT64: an INT64 is too small to make a sum overflow, and a literal mostly too. */
function mayOverflow({ operator, left, right }: Node<"binary">, a: SqlType, b: SqlType): boolean {
  if (!isNumeric(a) || !isNumeric(b) || (a.kind !== "FLOAT64" && b.kind !== "FLOAT64")) return false;
  const literals = [left, right].flatMap((operand) =>
    operand.kind === "float" || operand.kind === "integer" ? [Math.abs(Number(operand.text))] : [],
  );
  if (operator === "*") return !literals.some((literal) => literal <= 1);
  if (operator !== "+" && operator !== "-") return false;
  return a.kind === b.kind && !literals.some((literal) => literal < 1e290);
}

function arithmeticType(operator: BinaryOperator, left: SqlType, right: SqlType): SqlType {
  if (isNumeric(left) && isNumeric(right)) return commonType([left, right]);
  const kinds = [left.kind, right.kind];
  if (operator === "-" && left.kind === right.kind) return left.kind === "UNKNOWN" ? UNKNOWN : INTERVAL;
  if (kinds.includes("INTERVAL"))
    return kinds.includes("TIMESTAMP")
      ? { kind: "TIMESTAMP" }
      : kinds.includes("DATE") || kinds.includes("DATETIME")
        ? { kind: "DATETIME" }
        : kinds.every((kind) => kind === "INTERVAL" || kind === "INT64")
          ? INTERVAL
          : UNKNOWN;
  return UNKNOWN;
}

function emitDivision(node: Node<"binary">, left: Typed, right: Typed): Typed {
  const numeric = commonType([left.type, right.type]).kind === "NUMERIC";
  if (isNumeric(left.type) && right.type.kind === "FLOAT64" && !(literalOf(node.right) >= 1))
    return typed(
      `bq_float_divide(${left.sql}, ${right.sql}, error('division by zero'), error('the result is too large for a FLOAT64'))`,
      FLOAT64,
    );
  const sql = nonZeroLiteral(node.right)
    ? `(${left.sql} / ${right.sql})`
    : `bq_divide(${left.sql}, ${right.sql}, error('division by zero'))`;
  if (numeric) return typed(`CAST(${sql} AS DECIMAL(38, 9))`, NUMERIC);
  if (left.type.kind === "INTERVAL" && right.type.kind === "INT64") return typed(sql, INTERVAL);
  return typed(sql, isNumeric(left.type) && isNumeric(right.type) ? FLOAT64 : UNKNOWN);
}

function nonZeroLiteral(node: Expression): boolean {
  return literalOf(node) > 0;
}

/** NaN for what is no literal. */
function literalOf(node: Expression): number {
  return node.kind === "integer" || node.kind === "float" ? Number(node.text) : Number.NaN;
}

export function emitBetween(node: Node<"between">, scope: Scope, emitter: Emitter): Typed {
  const [value, low, high] = [node.value, node.low, node.high].map((part) => emitter.expression(part, scope)) as [
    Typed,
    Typed,
    Typed,
  ];
  checkOrdered(node.at, value, low);
  checkOrdered(node.at, value, high);
  // A NaN in the place of another operand makes DuckDB's BETWEEN false too.
  if (mayBeNaN(high))
    return typed(
      `(${node.not ? "NOT " : ""}(${comparison(">=", value, low)} AND ${comparison("<=", value, high)}))`,
      BOOL,
    );
  return typed(`(${value.sql} ${node.not ? "NOT " : ""}BETWEEN ${low.sql} AND ${high.sql})`, BOOL);
}

export function emitLike(node: Node<"like">, scope: Scope, emitter: Emitter): Typed {
  const value = emitter.expression(node.value, scope);
  if (
    value.type.kind !== "UNKNOWN" &&
    value.type.kind !== "STRING" &&
    value.type.kind !== "BYTES" &&
    value.type.kind !== "NULL"
  ) {
    throw invalid(
      node.at,
      `LIKE takes STRING, not ${value.type.kind}`,
      "convert it with JSON_VALUE(...) or CAST(... AS STRING)",
    );
  }
  const tests = node.patterns.map((pattern) => {
    const { sql, literal } = emitter.expression(pattern, scope);
    // BigQuery's LIKE knows the backslash for an escape, DuckDB's none unless it is told.
    return `${value.sql} LIKE ${sql}${literal !== undefined && !literal.includes("\\") ? "" : ` ESCAPE ${quoteText("\\")}`}`;
  });
  const joined = `(${tests.map((test) => (tests.length > 1 ? `(${test})` : test)).join(node.any === "ALL" ? " AND " : " OR ")})`;
  return typed(node.not ? `(NOT ${joined})` : joined, BOOL);
}

export function emitIn(node: Node<"in">, scope: Scope, emitter: Emitter): Typed {
  const value = emitter.expression(node.value, scope);
  const not = node.not ? "NOT " : "";
  const { list } = node;
  if (list.kind === "query") {
    const { sql, columns } = emitter.query(list.query, scope);
    const item = columns.complete ? typed("", columns.known[0]?.type ?? UNKNOWN) : null;
    if (item !== null) checkComparable(node.at, value, item);
    // NaN is equal to nothing, so that it may as well not be there.
    const items =
      item !== null && mayBeNaN(value) && mayBeNaN(item)
        ? `SELECT bq_item FROM (${sql}) AS bq_items(bq_item) WHERE bq_item IS NULL OR NOT isnan(bq_item)`
        : sql;
    return typed(`(${item === null ? value.sql : withNamesOf(item, value)} ${not}IN (${items}))`, BOOL);
  }
  if (list.kind === "unnest" && list.array.kind !== "array") {
    const array = emitter.expression(list.array, scope);
    if (array.type.kind === "ARRAY") checkComparable(node.at, value, typed("", array.type.element));
    return typed(`(${not}${equalToItem(value, array)})`, BOOL);
  }
  const nodes = list.kind === "items" ? list.items : list.array.kind === "array" ? list.array.items : [];
  const items = nodes.map((item) => emitter.expression(item, scope));
  for (const item of items) checkComparable(node.at, value, item);
  if (items.length === 0) return typed(node.not ? "TRUE" : "FALSE", BOOL);
  return typed(`(${not}${equalToAny(value, items)})`, BOOL);
}

export function emitIs(node: Node<"is">, scope: Scope, emitter: Emitter): Typed {
  const what = node.what === "UNKNOWN" ? "NULL" : node.what;
  return typed(`(${emitter.expression(node.value, scope).sql} IS ${node.not ? "NOT " : ""}${what})`, BOOL);
}

export function emitDistinctFrom(node: Node<"distinct">, scope: Scope, emitter: Emitter): Typed {
  const left = emitter.expression(node.left, scope);
  const right = emitter.expression(node.right, scope);
  checkComparable(node.at, left, right);
  return typed(`(${left.sql} IS ${node.not ? "NOT " : ""}DISTINCT FROM ${withNamesOf(left, right)})`, BOOL);
}

export function emitCase(node: Node<"case">, scope: Scope, emitter: Emitter): Typed {
  const subject = node.subject === null ? null : emitter.expression(node.subject, scope);
  const branches = node.branches.map(({ condition, result }) => ({
    condition: emitter.expression(condition, scope),
    result: emitter.expression(result, scope),
  }));
  if (subject !== null) for (const { condition } of branches) checkComparable(node.at, subject, condition);
  const otherwise = node.otherwise === null ? null : emitter.expression(node.otherwise, scope);
  checkSupertype(node.at, "the results of CASE", [
    ...branches.map(({ result }) => result),
    ...(otherwise === null ? [] : [otherwise]),
  ]);
  const conditions = branches.map(({ condition }) => condition);
  // Where DuckDB's equality is another, the number of the branch is found first.
  const byNumber = subject !== null && !conditions.every((condition) => isComparedAsIs(subject, condition));
  const sql = [
    "CASE",
    ...(subject === null ? [] : [byNumber ? firstEqual(subject, conditions) : subject.sql]),
    ...branches.map(({ condition, result }, index) => `WHEN ${byNumber ? index : condition.sql} THEN ${result.sql}`),
    ...(otherwise === null ? [] : [`ELSE ${otherwise.sql}`]),
    "END",
  ].join(" ");
  return typed(
    `(${sql})`,
    commonType([...branches.map(({ result }) => result.type), ...(otherwise === null ? [] : [otherwise.type])]),
  );
}
