import { invalid, unsupported } from "../sql-problem.js";
import type { Token } from "./token.js";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};

const NUMERIC_ESCAPE = /(?:[xX]([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3}))/y;

/**
 * Reads a string or bytes literal whose prefix (`r`, `b`, `rb` or nothing) is already known: quoted once or three
 * times, raw or with escapes. The token's text is the value; of a bytes literal, one character stands for each byte.
 */
export function readStringLiteral(sql: string, start: number, prefix: string): Token {
  const raw = /r/i.test(prefix);
  const bytes = /b/i.test(prefix);
  let at = start + prefix.length;
  const quote = sql[at] ?? "";
  const triple = sql.startsWith(quote.repeat(3), at);
  const closing = triple ? quote.repeat(3) : quote;
  at += closing.length;

  let value = "";
  while (!sql.startsWith(closing, at)) {
    const character = sql[at];
    if (character === undefined) throw unclosed(start);
    if (!triple && (character === "\n" || character === "\r")) throw unclosed(start);
    if (character !== "\\") {
      const whole = String.fromCodePoint(sql.codePointAt(at) ?? 0);
      value += bytes ? Buffer.from(whole, "utf8").toString("latin1") : whole;
      at += whole.length;
    } else if (raw) {
      // A backslash of a raw string also keeps the quote after it from closing the string, and both stay.
      value += sql.slice(at, at + 2);
      at += 2;
    } else {
      const escape = readEscape(sql, at, bytes);
      value += escape.value;
      at += escape.length;
    }
  }
  // DuckDB takes statements as C strings.
  if (!bytes && value.includes("\0")) throw unsupported(start, "a NUL character in a string");
  return { kind: bytes ? "bytes" : "string", text: value, start, end: at + closing.length };
}

function readEscape(sql: string, at: number, bytes: boolean): { value: string; length: number } {
  const simple = ESCAPES[sql[at + 1] ?? ""];
  if (simple !== undefined) return { value: simple, length: 2 };

  NUMERIC_ESCAPE.lastIndex = at + 1;
  const found = NUMERIC_ESCAPE.exec(sql);
  const [text, hex, short, long, octal] = found ?? [];
  if (text === undefined || (bytes && (short ?? long) !== undefined)) {
    throw invalid(
      at,
      `\`${sql.slice(at, at + 2)}\` is not an escape sequence`,
      "double the backslash, or put r before the string",
    );
  }
  const code = octal === undefined ? Number.parseInt(hex ?? short ?? long ?? "", 16) : Number.parseInt(octal, 8);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw invalid(at, `\`\\${text}\` is not a Unicode character`);
  return { value: String.fromCodePoint(code), length: 1 + text.length };
}

function unclosed(start: number): Error {
  return invalid(start, "the string that opens here is never closed");
}
