import { LorchestraError } from "../errors.js";
import type { StreamScope } from "./warehouse.js";

/** `deletions` is what is known so far: of one commit where a warehouse counts, of the run where the run does. */
export function deleteLimitError(scope: StreamScope, deletions: number, limit: number): LorchestraError {
  const { stream, connectionName } = scope;
  return new LorchestraError(
    "DELETE_LIMIT",
    `stream \`${stream}\` of \`${connectionName}\` would lose ${deletions} rows or more, and may lose ${limit}`,
    {
      hint: HINT,
      facts: { stream, connection: connectionName, deletions, limit },
    },
  );
}

/** Of the rows that the source did not list some were asked for, from everywhere, and all of these are gone. */
export function deletesForeseen(
  scope: StreamScope,
  { asked, unlisted, limit }: { readonly asked: number; readonly unlisted: number; readonly limit: number },
): LorchestraError {
  const { stream, connectionName } = scope;
  return new LorchestraError(
    "DELETE_LIMIT",
    `stream \`${stream}\` of \`${connectionName}\` lacks ${unlisted} rows, may lose ${limit}, and all of ${asked} that were asked for are gone`,
    { hint: HINT, facts: { stream, connection: connectionName, unlisted, limit } },
  );
}

const HINT =
  "check that the key belongs to the right account; if the deletions are real, `lorchestra run … --allow-deletes` marks them";
