import { invalid, unsupported } from "../sql-problem.js";
import { readStringLiteral } from "./string-literal.js";
import type { Token } from "./token.js";

const SPACE = /[\s\u00a0\u200b\ufeff]+|--[^\n\r]*|#[^\n\r]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING_START = /(?:[rR][bB]|[bB][rR]|[rRbB])?(?="|')/y;
/** `>>` is not here: in `ARRAY<STRUCT<a INT64>>` it is two brackets, so the parser joins it where it means a shift. */
const SYMBOL = /<=|>=|<>|!=|\|\||\|>|<<|=>|->|@@|[-+*/%=<>(),.;[\]{}|&^~!?:@$\\]/y;

/** Reads all tokens; the last one is of kind `end`. Throws SqlProblem for what no token may look like. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(sql, 0); at < sql.length; at = skipSpace(sql, tokens.at(-1)?.end ?? 0)) {
    tokens.push(nextToken(sql, at));
  }
  tokens.push({ kind: "end", text: "", start: sql.length, end: sql.length });
  return tokens;
}

function skipSpace(sql: string, from: number): number {
  let at = from;
  for (;;) {
    if (sql.startsWith("/*", at)) {
      const end = sql.indexOf("*/", at + 2);
      if (end < 0) throw invalid(at, "the comment that opens here is never closed");
      at = end + 2;
      continue;
    }
    const space = matchAt(SPACE, sql, at);
    if (space === null) return at;
    at += space.length;
  }
}

function matchAt(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

function nextToken(sql: string, start: number): Token {
  const stringPrefix = matchAt(STRING_START, sql, start);
  if (stringPrefix !== null) return readStringLiteral(sql, start, stringPrefix);
  if (sql[start] === "`") return readQuotedName(sql, start);

  const word = matchAt(WORD, sql, start);
  if (word !== null) return { kind: "word", text: word, start, end: start + word.length };

  // After a name or a bracket a dot selects a field, even where a digit follows: that is an error, not a number.
  const afterName = /[\w`)\]]/.test(sql[start - 1] ?? "");
  const number = afterName && sql[start] === "." ? null : matchAt(NUMBER, sql, start);
  if (number !== null) return { kind: "number", text: number, start, end: start + number.length };

  const symbol = matchAt(SYMBOL, sql, start);
  if (symbol === "|>") throw unsupported(start, "pipe syntax (|>)", "write the query as SELECT ... FROM ... WHERE ...");
  if (symbol === "@@") throw unsupported(start, "a system variable (@@...)", "write the value itself");
  if (symbol === "@" || symbol === "?") throw unsupported(start, "a query parameter", "write the value itself");
  if (symbol !== null) return { kind: "symbol", text: symbol, start, end: start + symbol.length };
  const character = String.fromCodePoint(sql.codePointAt(start) ?? 0);
  throw invalid(start, `the character \`${character}\` means nothing in SQL`);
}

function readQuotedName(sql: string, start: number): Token {
  const end = sql.indexOf("`", start + 1);
  const text = end < 0 ? "" : sql.slice(start + 1, end);
  if (end < 0 || /[\r\n]/.test(text)) throw invalid(start, "the name that opens with a backquote here is never closed");
  if (text.trim() === "") throw invalid(start, "a name in backquotes cannot be empty");
  if (text.includes("\\")) throw unsupported(start, "an escape sequence in a quoted name");
  return { kind: "quoted", text, start, end: end + 1 };
}
