/** The statement that makes a macro; `head` is its name and parameters. */
export function macro(head: string, body: string): string {
  return `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`;
}

/**
 * Computes arguments once and gives them to `body` under a name: one as itself, several as fields. DuckDB writes a macro's
 * argument out wherever its parameter stands, and does not find that the copies are equal: a payload would be parsed for
 * each. And what stands in the lambda may be neither a subquery nor a column of an outer query, so that arguments that may
 * be such go through here even if they stand once. The names begin with `bq_` so that they hide no column of the query.
 *
 * A field is written `(name).field`: without the brackets DuckDB takes it for a table's column in HAVING.
 */
export function once(argument: string | Readonly<Record<string, string>>, name: string, body: string): string {
  const value =
    typeof argument === "string"
      ? argument
      : `{${Object.entries(argument)
          .map(([field, sql]) => `'${field}': ${sql}`)
          .join(", ")}}`;
  return `list_extract(list_transform([${value}], lambda ${name}: ${body.replaceAll(`${name}.`, `(${name}).`)}), 1)`;
}
