import { SourceError } from "injest/errors";
import { LorchestraError } from "../../errors.js";
import type { ReportedError } from "../run-report.js";

/** An error as reports show it. One that is neither package's own is a defect: its message may hold anything, so only its kind is told. */
export function reportedError(error: unknown): ReportedError {
  const reported = describe(error);
  if (error instanceof Error && error.stack !== undefined) stacks.set(reported, error.stack);
  return reported;
}

/** The stack of an error that was reported, for whoever asks with --debug: no report holds it. */
export function stackOfReported(reported: ReportedError): string | null {
  return stacks.get(reported) ?? null;
}

const stacks = new WeakMap<ReportedError, string>();

function describe(error: unknown): ReportedError {
  if (error instanceof LorchestraError || error instanceof SourceError) {
    return { code: error.code, message: error.message, hint: error.hint, facts: { ...error.facts } };
  }
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    code: "INTERNAL",
    message: `an unexpected ${kind} ended the job`,
    hint: "run again with --debug and report what it prints",
    facts: { at: error instanceof Error ? (placeOf(error) ?? null) : null },
  };
}

/** The innermost place in a stack, without the directory: "ingest.js:12:7". */
function placeOf(error: Error): string | undefined {
  return /[^/\\\s(]+:\d+:\d+/.exec(error.stack ?? "")?.[0];
}
