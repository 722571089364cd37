import type { JsonValue } from "injest";
import { toWellFormed } from "../well-formed.js";

/** A string literal of GoogleSQL. Lone surrogates, which no BigQuery string can hold, become U+FFFD. */
export function literal(text: string): string {
  const escaped = toWellFormed(text).replaceAll(/[\\'"`\u0000-\u001f\u007f\u2028\u2029]/g, (character) => {
    if (character === "\\" || character === "'") return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `'${escaped}'`;
}

export function nullableLiteral(text: string | null): string {
  return text === null ? "CAST(NULL AS STRING)" : literal(text);
}

/** A TIMESTAMP literal, to the millisecond. */
export function timestamp(instant: Date): string {
  return `TIMESTAMP ${literal(instant.toISOString().replace("T", " ").replace("Z", "+00"))}`;
}

/**
 * A value of type JSON. Its text is a raw literal: nothing in it is escaped twice, and JSON itself has an escape for the
 * one character that would end it. Whatever JSON.stringify writes has numbers that PARSE_JSON takes as exact.
 */
export function json(value: JsonValue): string {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === "string" ? toWellFormed(inner) : inner));
  return `PARSE_JSON(r'${text.replaceAll("'", "\\u0027")}')`;
}

/**
 * A quoted column, which may be anybody's: BigQuery allows far more in its name than letters, but nothing that ends it here
 * (https://cloud.google.com/bigquery/docs/schemas#flexible-column-names).
 */
export function column(name: string): string {
  if (/[`\\\u0000-\u001f]/.test(name)) throw new Error(`not a column: ${name}`);
  return `\`${name}\``;
}

/** A quoted path: project, dataset and table, or a column. Names are checked where they come in; a backtick ends here. */
export function identifier(...parts: string[]): string {
  for (const part of parts) {
    if (!/^[\w.:-]+$/.test(part)) throw new Error(`not an identifier: ${part}`);
  }
  return `\`${parts.join(".")}\``;
}
