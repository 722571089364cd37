import { unsupported } from "../sql-problem.js";
import type { Parser } from "./parser.js";
import type { FromItem, Name } from "./tree.js";

/** What follows FROM: tables, subqueries and arrays, joined by JOIN or commas. */
export function parseFrom(parser: Parser): FromItem {
  const { reader } = parser;
  let left = parseFromItem(parser);
  for (;;) {
    const at = reader.token.start;
    const type = parseJoinType(parser);
    if (type === null) return left;
    reader.link();
    const right = parseFromItem(parser);
    const on = type !== "CROSS" && reader.accept("ON") ? parser.expression() : null;
    let using: Name[] = [];
    if (type !== "CROSS" && on === null && reader.accept("USING")) {
      reader.expect("(");
      using = reader.list(() => reader.name());
      reader.expect(")");
    }
    left = { kind: "join", at, type, left, right, on, using };
  }
}

function parseJoinType({ reader }: Parser): Extract<FromItem, { kind: "join" }>["type"] | null {
  if (reader.accept(",") || reader.accept("CROSS", "JOIN")) return "CROSS";
  if (reader.accept("JOIN") || reader.accept("INNER", "JOIN")) return "INNER";
  const side = reader.acceptOneOf(["LEFT", "RIGHT", "FULL"]);
  if (side === null) {
    if (reader.sees("NATURAL")) throw unsupported(reader.token.start, "NATURAL JOIN", "write JOIN ... USING (...)");
    return null;
  }
  reader.accept("OUTER");
  reader.expect("JOIN");
  return side;
}

function parseFromItem(parser: Parser): FromItem {
  const { reader } = parser;
  return reader.deeper(() => {
    const at = reader.token.start;
    if (reader.accept("UNNEST")) {
      reader.expect("(");
      const array = parser.expression();
      if (reader.sees(",") || reader.sees("=>"))
        throw unsupported(reader.token.start, "UNNEST of several arrays", "join them WITH OFFSET");
      reader.expect(")");
      return { kind: "unnest", at, array, alias: reader.alias(), offset: parseOffset(parser) };
    }
    const item = reader.sees("(") ? parseBracketed(parser) : parseTable(parser);
    refuseTableOperators(parser);
    return item;
  });
}

/** A subquery, or a join in brackets. */
function parseBracketed(parser: Parser): FromItem {
  const { reader } = parser;
  const isQuery = opensQuery(parser);
  reader.expect("(");
  if (!isQuery) {
    const from = parser.from();
    reader.expect(")");
    return from;
  }
  const query = parser.query();
  reader.expect(")");
  refuseTableOperators(parser);
  return { kind: "subquery", query, alias: reader.alias() };
}

/** `(SELECT …` and `((SELECT …) UNION …` do, `((SELECT …) AS a JOIN …` does not. */
function opensQuery({ reader }: Parser): boolean {
  const isSymbol = (ahead: number, text: string): boolean =>
    reader.peek(ahead).kind === "symbol" && reader.peek(ahead).text === text;
  let ahead = 0;
  while (isSymbol(ahead, "(")) ahead += 1;
  if (!/^(select|with)$/i.test(reader.peek(ahead).text)) return false;
  if (ahead === 1) return true;

  let depth = 0;
  for (ahead = 1; reader.peek(ahead).kind !== "end"; ahead += 1) {
    if (isSymbol(ahead, "(")) depth += 1;
    else if (isSymbol(ahead, ")")) depth -= 1;
    if (depth === 0) break;
  }
  return isSymbol(ahead + 1, ")") || /^(union|intersect|except|order|limit)$/i.test(reader.peek(ahead + 1).text);
}

function parseTable(parser: Parser): FromItem {
  const { reader } = parser;
  const at = reader.token.start;
  const path = parseTablePath(parser);
  if (reader.sees("(")) throw unsupported(at, "a table function", "write the query that it stands for");
  refuseTableOperators(parser);
  return { kind: "table", at, path, alias: reader.alias(), offset: parseOffset(parser) };
}

/** In a table's path, and only there, a name may hold dashes: `my-project.events_dev.raw_objects`. */
const DASHED_PATH = /[A-Za-z_]\w*(?:-\w+)+(?:\.\w+)*/y;

function parseTablePath({ reader }: Parser): Name[] {
  DASHED_PATH.lastIndex = reader.token.start;
  const dashed = reader.token.kind === "word" ? DASHED_PATH.exec(reader.source)?.[0] : undefined;
  const path: Name[] = [];
  if (dashed === undefined) path.push(reader.name("a table"));
  else {
    const at = reader.token.start;
    reader.skipTo(at + dashed.length);
    path.push(...dashed.split(".").map((text) => ({ text, at, quoted: false })));
  }
  while (reader.accept(".")) path.push(reader.fieldName());
  return path;
}

function parseOffset({ reader }: Parser): Name | null {
  if (!reader.accept("WITH", "OFFSET")) return null;
  return reader.alias() ?? { text: "offset", at: reader.token.start, quoted: false };
}

function refuseTableOperators({ reader }: Parser): void {
  const at = reader.token.start;
  if (reader.sees("FOR", "SYSTEM_TIME"))
    throw unsupported(at, "FOR SYSTEM_TIME AS OF", "query the present state: DuckDB keeps no history");
  if (reader.sees("TABLESAMPLE")) throw unsupported(at, "TABLESAMPLE", "use LIMIT");
  if (reader.sees("PIVOT", "(")) throw unsupported(at, "PIVOT", "write COUNTIF(...) or SUM(IF(...)) for each column");
  if (reader.sees("UNPIVOT", "(")) throw unsupported(at, "UNPIVOT", "join with UNNEST([STRUCT(...), ...])");
  if (reader.sees("MATCH_RECOGNIZE")) throw unsupported(at, "MATCH_RECOGNIZE");
}
