import { invalid, unsupported } from "../sql-problem.js";
import type { Parser } from "./parser.js";
import { parsePostfix } from "./parse-postfix.js";
import type { BinaryOperator, Expression, InList } from "./tree.js";

/**
 * An expression, by BigQuery's table of operator precedence
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators): OR, AND, NOT, comparisons, `|`, `^`, `&`,
 * shifts, `+ -`, `* / ||`, unary operators.
 */
export function parseExpression(parser: Parser): Expression {
  return parser.reader.deeper(() =>
    parseLogical(parser, "OR", () => parseLogical(parser, "AND", () => parseNot(parser))),
  );
}

/** The part of the precedence table above the comparisons, none of which chains with another. */
export function parseOperand(parser: Parser): Expression {
  return parseLevel(parser, 0);
}

function parseLogical({ reader }: Parser, operator: "AND" | "OR", next: () => Expression): Expression {
  const first = next();
  if (!reader.sees(operator)) return first;
  const operands = [first];
  while (reader.accept(operator)) operands.push(next());
  return { kind: "logical", at: first.at, operator, operands };
}

function parseNot(parser: Parser): Expression {
  const { reader } = parser;
  const at = reader.token.start;
  if (!reader.accept("NOT")) return parseComparison(parser);
  return { kind: "unary", at, operator: "NOT", operand: reader.deeper(() => parseNot(parser)) };
}

const COMPARISONS = ["=", "<=", ">=", "<>", "!=", "<", ">"] as const;

function parseComparison(parser: Parser): Expression {
  const { reader } = parser;
  const left = parseOperand(parser);
  const { at } = left;
  const operator = reader.acceptOneOf(COMPARISONS);
  if (operator !== null) {
    const right = parseOperand(parser);
    if (COMPARISONS.some((next) => reader.sees(next)))
      throw invalid(reader.token.start, "a comparison cannot follow another", "join them with AND");
    return { kind: "binary", at, operator: operator === "<>" ? "!=" : operator, left, right };
  }
  if (reader.accept("IS")) return parseIs(parser, left);

  const not = reader.sees("NOT") && ["BETWEEN", "LIKE", "IN"].some((word) => reader.sees("NOT", word));
  if (not) reader.next();
  if (reader.accept("BETWEEN")) {
    const low = parseOperand(parser);
    reader.expect("AND");
    return { kind: "between", at, not, value: left, low, high: parseOperand(parser) };
  }
  if (reader.accept("LIKE")) return parseLike(parser, left, not);
  if (reader.accept("IN")) return { kind: "in", at, not, value: left, list: parseInList(parser) };
  return left;
}

function parseIs(parser: Parser, value: Expression): Expression {
  const { reader } = parser;
  const not = reader.accept("NOT");
  if (reader.accept("DISTINCT")) {
    reader.expect("FROM");
    return { kind: "distinct", at: value.at, not, left: value, right: parseOperand(parser) };
  }
  const what = reader.acceptOneOf(["NULL", "TRUE", "FALSE", "UNKNOWN"]);
  if (what === null) throw reader.unexpected("NULL, TRUE, FALSE or DISTINCT FROM");
  return { kind: "is", at: value.at, not, value, what };
}

function parseLike(parser: Parser, value: Expression, not: boolean): Expression {
  const { reader } = parser;
  const any = reader.acceptOneOf(["ANY", "SOME", "ALL"]);
  if (any === null) return { kind: "like", at: value.at, not, value, any, patterns: [parseOperand(parser)] };
  if (!reader.sees("(") || reader.sees("(", "SELECT"))
    throw unsupported(reader.token.start, "LIKE ANY or ALL of a query or an array", "list the patterns in brackets");
  reader.expect("(");
  const patterns = reader.list(parser.expression);
  reader.expect(")");
  return { kind: "like", at: value.at, not, value, any: any === "ALL" ? "ALL" : "ANY", patterns };
}

function parseInList(parser: Parser): InList {
  const { reader } = parser;
  if (reader.accept("UNNEST")) {
    reader.expect("(");
    const array = parser.expression();
    reader.expect(")");
    return { kind: "unnest", array };
  }
  reader.expect("(");
  if (reader.sees("SELECT") || reader.sees("WITH")) {
    const query = parser.query();
    reader.expect(")");
    return { kind: "query", query };
  }
  const items = reader.list(parser.expression);
  reader.expect(")");
  return { kind: "items", items };
}

/** Binary operators that chain to the left, the loosest first. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "||"],
];

function parseLevel(parser: Parser, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(parser);
  let left = parseLevel(parser, level + 1);
  for (;;) {
    const operator = acceptOperator(parser, operators);
    if (operator === null) return left;
    parser.reader.link();
    left = { kind: "binary", at: left.at, operator, left, right: parseLevel(parser, level + 1) };
  }
}

function acceptOperator({ reader }: Parser, operators: readonly BinaryOperator[]): BinaryOperator | null {
  if (!operators.includes(">>")) return reader.acceptOneOf(operators);
  if (reader.sees(">", ">") && reader.token.end === reader.peek(1).start && reader.accept(">", ">")) return ">>";
  return reader.acceptOneOf(["<<"]);
}

function parseUnary(parser: Parser): Expression {
  const { reader } = parser;
  const at = reader.token.start;
  const operator = reader.acceptOneOf(["-", "+", "~"]);
  if (operator === null) return parsePostfix(parser);
  return { kind: "unary", at, operator, operand: reader.deeper(() => parseUnary(parser)) };
}
