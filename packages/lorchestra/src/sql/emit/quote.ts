/** An identifier of DuckDB. Always quoted: `count`, `date` or `at` are plain names in BigQuery. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal of DuckDB, which knows no backslashes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
