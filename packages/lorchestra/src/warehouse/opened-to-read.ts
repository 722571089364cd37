import { LorchestraError } from "../errors.js";

/** A warehouse that was opened with access "read" was asked to write: a defect of the caller's. */
export function openedToRead(label: string, what: string): LorchestraError {
  return new LorchestraError("WAREHOUSE_READ_ONLY", `${label} was opened only to be read, and must not ${what}`, {
    hint: "report this",
  });
}
