import { LorchestraError } from "../errors.js";
import type { StreamScope } from "./warehouse.js";

/** `deletions` is what is known so far: of one commit where a warehouse counts, of the run where the run does. */
export function deleteLimitError(scope: StreamScope, deletions: number, limit: number): LorchestraError {
  const { stream, connectionName } = scope;
  return new LorchestraError(
    "DELETE_LIMIT",
    `stream \`${stream}\` of \`${connectionName}\` would lose ${deletions} rows or more, and may lose ${limit}`,
    {
      hint: "check that the key belongs to the right account; if the deletions are real, run again with --allow-deletes",
      facts: { stream, connection: connectionName, deletions, limit },
    },
  );
}
