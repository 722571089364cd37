import { unsupported } from "../sql-problem.js";
import type { Parser } from "./parser.js";
import type { Expression, GroupBy, Name, Select, SelectItem } from "./tree.js";

/** `SELECT … [FROM …] [WHERE …] [GROUP BY …] [HAVING …] [QUALIFY …] [WINDOW …]`. */
export function parseSelect(parser: Parser): Select {
  const { reader, expression } = parser;
  const at = reader.token.start;
  reader.expect("SELECT");
  if (reader.sees("WITH")) throw unsupported(reader.token.start, "differential privacy", "leave out SELECT WITH");
  const distinct = reader.acceptOneOf(["DISTINCT", "ALL"]) === "DISTINCT";
  const as = reader.accept("AS") ? reader.acceptOneOf(["STRUCT", "VALUE"]) : undefined;
  if (as === null) throw reader.unexpected("STRUCT or VALUE");

  const items = [parseSelectItem(parser)];
  // BigQuery takes a comma after the last item.
  while (reader.accept(",") && !endsSelectList(parser)) items.push(parseSelectItem(parser));
  const from = reader.accept("FROM") ? parser.from() : null;
  const where = reader.accept("WHERE") ? expression() : null;
  const groupBy = reader.sees("GROUP", "BY") ? parseGroupBy(parser) : null;
  const having = reader.accept("HAVING") ? expression() : null;
  const qualify = reader.accept("QUALIFY") ? expression() : null;
  const windows = reader.accept("WINDOW") ? reader.list(() => parseNamedWindow(parser)) : [];
  return { kind: "select", at, distinct, as: as ?? null, items, from, where, groupBy, having, qualify, windows };
}

function endsSelectList({ reader }: Parser): boolean {
  const { kind, text } = reader.token;
  if (kind === "end") return true;
  return kind === "symbol"
    ? text === ")" || text === ";"
    : kind === "word" && /^(from|where|group|order|limit|union|having)$/i.test(text);
}

function parseSelectItem(parser: Parser): SelectItem {
  const { reader } = parser;
  const at = reader.token.start;
  if (reader.accept("*")) return parseStar(parser, at, null);
  const expression = parser.expression();
  if (reader.accept(".", "*")) return parseStar(parser, at, expression);
  return { kind: "expression", expression, alias: reader.alias() };
}

function parseStar({ reader, expression }: Parser, at: number, of: Expression | null): SelectItem {
  let except: Name[] = [];
  // EXCEPT DISTINCT after a star is the set operation.
  if (reader.accept("EXCEPT", "(")) {
    except = reader.list(() => reader.name());
    reader.expect(")");
  }
  let replace: { expression: Expression; name: Name }[] = [];
  if (reader.accept("REPLACE")) {
    reader.expect("(");
    replace = reader.list(() => {
      const replacement = expression();
      reader.accept("AS");
      return { expression: replacement, name: reader.name() };
    });
    reader.expect(")");
  }
  return { kind: "star", at, of, except, replace };
}

function parseGroupBy(parser: Parser): GroupBy {
  const { reader, expression } = parser;
  const at = reader.token.start;
  reader.expect("GROUP");
  reader.expect("BY");
  if (reader.accept("ALL")) return { at, kind: "all", items: [] };
  const kind = reader.acceptOneOf(["ROLLUP", "CUBE", "GROUPING"]);
  if (kind === null) {
    const items = reader.list(() => {
      if (["ROLLUP", "CUBE", "GROUPING"].some((word) => reader.sees(word))) {
        throw unsupported(
          reader.token.start,
          "ROLLUP, CUBE or GROUPING SETS beside other grouping items",
          "use it alone",
        );
      }
      return [expression()];
    });
    return { at, kind: "items", items };
  }
  if (kind === "GROUPING") reader.expect("SETS");
  reader.expect("(");
  const items = reader.list(() => (reader.sees("(") ? parseGroupingSet(parser) : [expression()]));
  reader.expect(")");
  return { at, kind: kind === "GROUPING" ? "GROUPING SETS" : kind, items };
}

function parseGroupingSet({ reader, expression }: Parser): Expression[] {
  reader.expect("(");
  if (reader.accept(")")) return [];
  const set = reader.list(expression);
  reader.expect(")");
  return set;
}

function parseNamedWindow(parser: Parser): Select["windows"][number] {
  const name = parser.reader.name("the name of a window");
  parser.reader.expect("AS");
  return { name, window: parser.window() };
}
