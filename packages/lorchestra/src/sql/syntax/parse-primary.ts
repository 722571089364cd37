import { invalid, unsupported } from "../sql-problem.js";
import { parseCall } from "./parse-call.js";
import type { Parser } from "./parser.js";
import type { DatePart, Expression, Name, TypeNode } from "./tree.js";

/** Types whose literals are the name and a string: `DATE '2025-01-01'`. */
const LITERAL_TYPES = new Set([
  "DATE",
  "DATETIME",
  "TIME",
  "TIMESTAMP",
  "NUMERIC",
  "DECIMAL",
  "BIGNUMERIC",
  "BIGDECIMAL",
  "JSON",
  "RANGE",
]);

/** A literal, a name, a call, a subquery or another construct that begins with its own word or bracket. */
export function parsePrimary(parser: Parser): Expression {
  const { reader } = parser;
  const { kind, text, start: at, end } = reader.token;
  if (kind === "string" || kind === "bytes") {
    reader.next();
    return { kind, at, text };
  }
  if (kind === "number") return parseNumber(parser);
  if (kind === "symbol" && text === "(") return parseBracketed(parser);
  if (kind === "symbol" && text === "[") return { kind: "array", at, element: null, items: parseItems(parser) };
  if (kind === "quoted") return parseCall(parser);
  if (kind !== "word") throw reader.unexpected("an expression");

  const word = text.toUpperCase();
  const following = reader.peek(1);
  if (following.kind === "string" && following.start > end && LITERAL_TYPES.has(word))
    return parseTypedLiteral(parser, word);
  const construct = CONSTRUCTS[word];
  return construct === undefined ? parseCall(parser) : construct(parser, at);
}

/** What begins with a word that is not just the name of a function or column. */
const CONSTRUCTS: Readonly<Record<string, (parser: Parser, at: number) => Expression>> = {
  NULL: ({ reader }, at) => (reader.next(), { kind: "null", at }),
  TRUE: ({ reader }, at) => (reader.next(), { kind: "boolean", at, value: true }),
  FALSE: ({ reader }, at) => (reader.next(), { kind: "boolean", at, value: false }),
  CASE: parseCase,
  CAST: parseCast,
  SAFE_CAST: parseCast,
  EXTRACT: parseExtract,
  INTERVAL: parseInterval,
  STRUCT: parseStruct,
  ARRAY: parseArray,
  EXISTS: ({ reader, query }, at) => {
    reader.next();
    reader.expect("(");
    const exists: Expression = { kind: "subquery", at, use: "EXISTS", query: query() };
    reader.expect(")");
    return exists;
  },
  UNNEST: (_parser, at) => {
    throw invalid(at, "UNNEST is not an expression", "use it in FROM, or after IN");
  },
  WITH: (_parser, at) => {
    throw unsupported(at, "a WITH expression", "use WITH before SELECT");
  },
};

function parseNumber({ reader }: Parser): Expression {
  const { text, start: at, end } = reader.next();
  const { kind, start } = reader.token;
  if (start === end && (kind === "word" || kind === "number")) {
    throw invalid(at, `\`${reader.source.slice(at, reader.token.end).slice(0, 40)}\` is neither a number nor a name`);
  }
  if (/[.eE]/.test(text) && !/^0x/i.test(text)) return { kind: "float", at, text };
  // Behind a minus there may be one more; without it the translation refuses that one.
  if (BigInt(text) > 9_223_372_036_854_775_808n) throw integerTooLarge(at);
  return { kind: "integer", at, text };
}

export function integerTooLarge(at: number): Error {
  return invalid(at, "the number does not fit INT64", "write NUMERIC '...'");
}

/** `(query)`, `(expression)` or `(a, b)`. */
function parseBracketed(parser: Parser): Expression {
  const { reader } = parser;
  const at = reader.token.start;
  reader.expect("(");
  if (reader.sees("SELECT") || reader.sees("WITH")) {
    const query = parser.query();
    reader.expect(")");
    return { kind: "subquery", at, use: "scalar", query };
  }
  const items = reader.list(parser.expression);
  reader.expect(")");
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: "tuple", at, items };
}

function parseTypedLiteral({ reader }: Parser, name: string): Expression {
  const at = reader.next().start;
  if (name === "RANGE") throw unsupported(at, "the type RANGE");
  const type: TypeNode = { at, name, parameters: [], element: null, fields: [] };
  return { kind: "typed", at, type, text: reader.next().text };
}

function parseCase({ reader, expression }: Parser, at: number): Expression {
  reader.next();
  const subject = reader.sees("WHEN") ? null : expression();
  const branches: { condition: Expression; result: Expression }[] = [];
  while (reader.accept("WHEN")) {
    const condition = expression();
    reader.expect("THEN");
    branches.push({ condition, result: expression() });
  }
  if (branches.length === 0) throw reader.unexpected("`WHEN`");
  const otherwise = reader.accept("ELSE") ? expression() : null;
  reader.expect("END");
  return { kind: "case", at, subject, branches, otherwise };
}

function parseCast({ reader, expression, type }: Parser, at: number): Expression {
  const safe = reader.next().text.toUpperCase() === "SAFE_CAST";
  reader.expect("(");
  const value = expression();
  reader.expect("AS");
  const to = type();
  if (reader.sees("FORMAT"))
    throw unsupported(
      reader.token.start,
      "CAST ... FORMAT",
      "use FORMAT_TIMESTAMP, FORMAT_DATE, PARSE_TIMESTAMP or PARSE_DATE",
    );
  reader.expect(")");
  return { kind: "cast", at, safe, value, type: to };
}

function parseExtract({ reader, expression, operand }: Parser, at: number): Expression {
  reader.next();
  reader.expect("(");
  const part = parsePart({ reader });
  reader.expect("FROM");
  const value = expression();
  const zone = reader.accept("AT", "TIME", "ZONE") ? operand() : null;
  reader.expect(")");
  return { kind: "extract", at, part, value, zone };
}

/** A part of a date: `MONTH`, `WEEK(MONDAY)`. */
function parsePart({ reader }: Pick<Parser, "reader">): DatePart {
  const { text, at } = reader.name("a part of a date, such as MONTH");
  let weekday: Name | null = null;
  if (reader.accept("(")) {
    weekday = reader.name("a weekday");
    reader.expect(")");
  }
  return { at, name: text.toUpperCase(), weekday: weekday?.text.toUpperCase() ?? null };
}

function parseInterval({ reader, operand }: Parser, at: number): Expression {
  reader.next();
  const amount = operand();
  const part = reader.name("a unit, such as DAY").text.toUpperCase();
  const toPart = reader.accept("TO") ? reader.name("a unit").text.toUpperCase() : null;
  return { kind: "interval", at, amount, part, toPart };
}

function parseStruct(parser: Parser, at: number): Expression {
  const { reader } = parser;
  const type = reader.sees("STRUCT", "<") ? parser.type() : null;
  if (type === null) reader.next();
  reader.expect("(");
  const fields: { expression: Expression; alias: Name | null }[] = [];
  if (!reader.sees(")")) {
    fields.push(
      ...reader.list(() => ({ expression: parser.expression(), alias: reader.accept("AS") ? reader.name() : null })),
    );
  }
  reader.expect(")");
  return { kind: "struct", at, type, fields };
}

/** `ARRAY(query)`, `ARRAY[…]` or `ARRAY<type>[…]`. */
function parseArray(parser: Parser, at: number): Expression {
  const { reader } = parser;
  if (reader.sees("ARRAY", "<"))
    return { kind: "array", at, element: parser.type().element, items: parseItems(parser) };
  reader.next();
  if (reader.sees("[")) return { kind: "array", at, element: null, items: parseItems(parser) };
  reader.expect("(");
  const query = parser.query();
  reader.expect(")");
  return { kind: "subquery", at, use: "ARRAY", query };
}

function parseItems({ reader, expression }: Parser): Expression[] {
  reader.expect("[");
  if (reader.accept("]")) return [];
  const items = reader.list(expression);
  reader.expect("]");
  return items;
}
