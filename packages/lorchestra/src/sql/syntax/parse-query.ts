import { invalid, unsupported } from "../sql-problem.js";
import { parseSelect } from "./parse-select.js";
import type { Parser } from "./parser.js";
import type { OrderItem, Query, QueryBody, SetOperation } from "./tree.js";

/** `[WITH …] select [set operation …] [ORDER BY …] [LIMIT … [OFFSET …]]`. */
export function parseQuery(parser: Parser): Query {
  const { reader } = parser;
  return reader.deeper(() => {
    const at = reader.token.start;
    const tables = reader.accept("WITH") ? parseWith(parser) : null;
    const body = parseSetOperations(parser);
    const orderBy = reader.accept("ORDER", "BY") ? parser.orderItems() : [];
    let limit: Query["limit"] = null;
    if (reader.accept("LIMIT")) {
      const count = parser.primary();
      limit = { count, offset: reader.accept("OFFSET") ? parser.primary() : null };
    }
    return { at, with: tables, body, orderBy, limit };
  });
}

export function parseOrderItems({ reader, expression }: Parser): OrderItem[] {
  return reader.list(() => {
    const item = expression();
    if (reader.sees("COLLATE")) throw unsupported(reader.token.start, "COLLATE", "order by LOWER(...) instead");
    const descending = reader.acceptOneOf(["ASC", "DESC"]) === "DESC";
    const nulls = reader.accept("NULLS") ? reader.acceptOneOf(["FIRST", "LAST"]) : undefined;
    if (nulls === null) throw reader.unexpected("FIRST or LAST");
    return { expression: item, descending, nulls: nulls ?? null };
  });
}

function parseWith({ reader, query }: Parser): NonNullable<Query["with"]> {
  const recursive = reader.accept("RECURSIVE");
  const tables: { name: ReturnType<typeof reader.name>; query: Query }[] = [];
  do {
    // BigQuery takes a comma after the last table of WITH.
    if (tables.length > 0 && (reader.sees("SELECT") || reader.sees("("))) break;
    const name = reader.name("the name of a table of WITH");
    reader.expect("AS");
    reader.expect("(");
    tables.push({ name, query: query() });
    reader.expect(")");
  } while (reader.accept(","));
  return { recursive, tables };
}

function parseSetOperations(parser: Parser): QueryBody {
  const { reader } = parser;
  const first = parseSetOperand(parser);
  const operands = [first];
  let operator: SetOperation["operator"] | null = null;
  for (;;) {
    const { start } = reader.token;
    const next = parseSetOperator(parser);
    if (next === null) return operator === null ? first : { kind: "set", operator, operands };
    if (operator !== null && (next !== operator || next === "EXCEPT DISTINCT")) {
      throw invalid(
        start,
        "different set operations need brackets around them",
        "write (SELECT ... UNION ALL SELECT ...) EXCEPT DISTINCT ...",
      );
    }
    operator = next;
    operands.push(parseSetOperand(parser));
  }
}

function parseSetOperator({ reader }: Parser): SetOperation["operator"] | null {
  const { start } = reader.token;
  const word = reader.acceptOneOf(["UNION", "INTERSECT", "EXCEPT"]);
  if (word === null) return null;
  const quantifier = reader.acceptOneOf(["ALL", "DISTINCT"]);
  if (quantifier === null)
    throw invalid(start, `${word} needs ALL or DISTINCT after it`, `write ${word} DISTINCT, or UNION ALL`);
  if (reader.sees("CORRESPONDING") || reader.sees("BY")) {
    throw unsupported(
      reader.token.start,
      "matching columns by name in a set operation",
      "name the columns in the same order on both sides",
    );
  }
  if (word === "UNION") return quantifier === "ALL" ? "UNION ALL" : "UNION DISTINCT";
  if (quantifier === "ALL") throw invalid(start, `${word} ALL does not exist`, `write ${word} DISTINCT`);
  return word === "INTERSECT" ? "INTERSECT DISTINCT" : "EXCEPT DISTINCT";
}

function parseSetOperand(parser: Parser): QueryBody {
  const { reader } = parser;
  if (reader.accept("(")) {
    const query = parser.query();
    reader.expect(")");
    return { kind: "parenthesized", query };
  }
  return parseSelect(parser);
}
