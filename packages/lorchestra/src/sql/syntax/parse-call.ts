import { unsupported } from "../sql-problem.js";
import type { Parser } from "./parser.js";
import type { Call, Expression, Name } from "./tree.js";

/** Reserved words that are functions where a bracket follows. */
const RESERVED_FUNCTIONS = new Set(["IF", "LEFT", "RIGHT", "GROUPING"]);
/** Functions that need no brackets. */
const BARE_FUNCTIONS = new Set(["CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_DATETIME", "CURRENT_TIME"]);
/** Prefixes of function names; any other dotted name before a bracket is a function of the user's own. */
const PREFIXES = new Set(["SAFE", "NET", "HLL_COUNT", "KEYS", "AEAD", "ML", "AI", "KLL_QUANTILES", "VECTOR_SEARCH"]);

/** A call, or the first name of a path: `SAFE.SUBSTR(x, 1)`, `COUNT(*) OVER (…)`, `payload`. */
export function parseCall(parser: Parser): Expression {
  const { reader } = parser;
  const { text, start: at, kind } = reader.token;
  const word = text.toUpperCase();
  if (kind === "word" && reader.peek(1).text === "(" && reader.peek(1).kind === "symbol") {
    if (!reader.seesName() && !RESERVED_FUNCTIONS.has(word)) throw reader.unexpected("an expression");
    reader.next();
    return parseArguments(parser, at, word, false);
  }
  if (reader.seesName() && reader.peek(1).text === "." && isCall(parser)) {
    if (kind !== "word" || !PREFIXES.has(word))
      throw unsupported(at, "a user-defined function", "write out what it computes");
    reader.next();
    reader.expect(".");
    const name = reader.fieldName().text.toUpperCase();
    return parseArguments(parser, at, word === "SAFE" ? name : `${word}.${name}`, word === "SAFE");
  }
  const name = reader.name("an expression");
  if (!name.quoted && BARE_FUNCTIONS.has(word)) return { ...EMPTY, at, name: word };
  return { kind: "name", at, name };
}

const EMPTY: Omit<Call, "at" | "name"> = {
  kind: "call",
  safe: false,
  star: false,
  distinct: false,
  args: [],
  named: [],
  nulls: null,
  having: null,
  orderBy: [],
  limit: null,
  over: null,
};

/** True if a bracket follows the dotted name ahead. */
function isCall({ reader }: Parser): boolean {
  let ahead = 0;
  while (reader.peek(ahead + 1).text === "." && ["word", "quoted"].includes(reader.peek(ahead + 2).kind)) ahead += 2;
  const { kind, text } = reader.peek(ahead + 1);
  return ahead > 0 && kind === "symbol" && text === "(";
}

function parseArguments(parser: Parser, at: number, name: string, safe: boolean): Call {
  const { reader } = parser;
  reader.expect("(");
  const distinct = reader.accept("DISTINCT");
  const star = reader.accept("*");
  const args: Expression[] = [];
  const named: { name: Name; value: Expression }[] = [];
  if (!star && !reader.sees(")")) {
    reader.list(() => {
      if (reader.seesName() && reader.peek(1).text === "=>") {
        const argument = reader.name();
        reader.expect("=>");
        named.push({ name: argument, value: parser.expression() });
      } else args.push(parseArgument(parser));
    });
  }
  const nulls = reader.acceptOneOf(["IGNORE", "RESPECT"]);
  if (nulls !== null) reader.expect("NULLS");
  const having = reader.accept("HAVING") ? parseHaving(parser) : null;
  const orderBy = reader.accept("ORDER", "BY") ? parser.orderItems() : [];
  const limit = reader.accept("LIMIT") ? parser.primary() : null;
  reader.expect(")");
  const over = reader.accept("OVER") ? parser.window() : null;
  return { kind: "call", at, name, safe, star, distinct, args, named, nulls, having, orderBy, limit, over };
}

function parseArgument(parser: Parser): Expression {
  const { reader } = parser;
  if (reader.sees("TABLE") || reader.sees("MODEL")) {
    const following = reader.peek(1);
    if (following.kind === "word" || following.kind === "quoted")
      throw unsupported(reader.token.start, "a table or model as an argument");
  }
  if (reader.sees("SELECT")) {
    // ARRAY, EXISTS and IN read their queries themselves: here it is a scalar subquery without its own brackets.
    throw reader.unexpected("an expression in brackets");
  }
  const argument = parser.expression();
  if (reader.sees("->"))
    throw unsupported(reader.token.start, "a lambda expression", "use ARRAY(SELECT ... FROM UNNEST(...))");
  return argument;
}

function parseHaving({ reader, expression }: Parser): NonNullable<Call["having"]> {
  const extreme = reader.acceptOneOf(["MAX", "MIN"]);
  if (extreme === null) throw reader.unexpected("MAX or MIN");
  return { extreme, by: expression() };
}
