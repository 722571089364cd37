/**
 * One token of BigQuery's lexical structure
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical).
 *
 * `text` of a word is as written, of a quoted name and of a string its decoded value, of a symbol the symbol.
 */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "bytes" | "number" | "symbol" | "end";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}
