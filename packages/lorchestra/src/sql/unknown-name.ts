import type { LorchestraError } from "../errors.js";
import { invalid } from "./sql-problem.js";
import { tokenize } from "./syntax/tokenize.js";

/** How DuckDB says which name it does not know. */
const MESSAGES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["column", /does not have a column named "([^"]+)"/],
  ["column", /Referenced column "([^"]+)" not found/],
  ["column", /Column "([^"]+)" referenced that exists in the SELECT clause/],
  ["table", /Referenced table "([^"]+)" not found/],
  ["table", /Table with name (\S+) does not exist/],
];

/**
 * An error of DuckDB's about a name that only it could know to be unknown, as the translation would have told it: with the name's
 * first place in the statement. Any other error is returned as it is.
 */
export function withPlaceOfName(error: LorchestraError, sql: string): LorchestraError {
  if (error.code !== "SQL_INVALID" || "line" in error.facts) return error;
  for (const [what, pattern] of MESSAGES) {
    const name = pattern.exec(error.message)?.[1];
    const at = name === undefined ? null : placeOf(name, sql);
    if (name !== undefined && at !== null)
      return invalid(at, `there is no ${what} \`${name}\``, `look for its right name${HINTS[what] ?? ""}`).in(sql);
  }
  return error;
}

const HINTS: Readonly<Record<string, string>> = {
  column: "; docs/tables.md has the columns of lorchestra's tables, and SELECT * shows those of any",
  table: "; docs/tables.md has lorchestra's tables",
};

function placeOf(name: string, sql: string): number | null {
  const wanted = name.toLowerCase();
  try {
    const names = tokenize(sql).filter(({ kind }) => kind === "word" || kind === "quoted");
    const found = names.find(({ text }) => text.toLowerCase() === wanted || text.toLowerCase().endsWith(`.${wanted}`));
    return found?.start ?? null;
  } catch {
    // It was no statement of BigQuery's.
    return null;
  }
}
