import { LorchestraError } from "../../../errors.js";
import type { FilePlace } from "../address.js";
import { readFailure } from "../duckdb-error.js";

/**
 * The error for a row that a constraint of its table refuses, which only another hand can have added; null for any other.
 * DuckDB's own text quotes the row, and is left out.
 */
export function constraintError(error: unknown, place: FilePlace, doing: string): LorchestraError | null {
  if (error instanceof LorchestraError) return null;
  const { type, message } = readFailure(error);
  if (type !== "Constraint" && !message.includes("Constraint Error")) return null;
  return new LorchestraError(
    "WAREHOUSE_SCHEMA_CONFLICT",
    `could not ${doing} \`${place.name}\`: a constraint of one of its tables refuses a row`,
    {
      hint: "drop the constraint, or the unique index, that was added to the table: lorchestra's own tables have none; what was committed is kept",
      facts: { path: place.path, duckdb_error: type },
    },
  );
}
