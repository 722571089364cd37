import { buffer } from "node:stream/consumers";
import { LorchestraError } from "../../errors.js";

/** A statement in another encoding would ask for other names than were meant, and find no row. */
export async function readInput(): Promise<string> {
  const bytes = await buffer(process.stdin);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LorchestraError("USAGE_INVALID", "what stands on standard input is no text in UTF-8", {
      hint: "Save the file in UTF-8, or convert it: iconv -f latin1 -t utf-8 report.sql | lorchestra sql -",
    });
  }
}
