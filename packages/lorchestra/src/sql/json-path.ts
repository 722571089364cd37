import { invalid, unsupported } from "./sql-problem.js";

const STEP =
  /\.([^.[\]"'$\s][^.[\]"'$]*)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Translates a JSONPath of BigQuery
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#JSONPath_format) to DuckDB's, in which
 * an unquoted name may hold wildcards: each name is quoted. Both ways of quoting a key are taken: `."a.b"` and, of the
 * older functions, `['a.b']`.
 */
export function translateJsonPath(path: string, at: number): string {
  if (!path.startsWith("$")) throw invalid(at, "a JSONPath begins with $", "write '$.field'");
  let translated = "$";
  let position = 1;
  while (position < path.length) {
    STEP.lastIndex = position;
    const step = STEP.exec(path);
    if (step === null) throw invalid(at, "the JSONPath is not valid", 'write steps as .field, ."a.b" or [0]');
    const [whole, plain, quoted, index, single, double] = step;
    const key = plain ?? (quoted ?? single ?? double)?.replaceAll(/\\(.)/gs, "$1");
    if (key === "") throw unsupported(at, "an empty name in a JSONPath");
    translated += index === undefined ? jsonKey(key ?? "") : jsonIndex(Number(index));
    position += whole.length;
  }
  return translated;
}

/** The step of DuckDB's path to a field. */
export function jsonKey(key: string): string {
  return `."${key.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** The step of DuckDB's path to an element, counted from 0. */
export function jsonIndex(index: number): string {
  return `[${index}]`;
}
