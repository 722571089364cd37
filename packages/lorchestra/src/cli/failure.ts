import { SourceError } from "injest/errors";
import { ConfigInvalidError, type ConfigProblem } from "../config/problem.js";
import { LorchestraError } from "../errors.js";
import { type ExitCode, exitCodeOfError } from "./exit-code.js";

/** An error as people and programs are told of it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  /** Of the configuration only. */
  readonly problems: readonly ConfigProblem[];
  readonly exitCode: ExitCode;
  /** For --debug. */
  readonly stack: string | null;
}

/** Describes whatever was thrown; what is no error of ours is a defect, INTERNAL. */
export function describeFailure(thrown: unknown): Failure {
  if (thrown instanceof LorchestraError || thrown instanceof SourceError)
    return {
      code: thrown.code,
      message: thrown.message,
      hint: thrown.hint,
      facts: { ...thrown.facts },
      problems: thrown instanceof ConfigInvalidError ? thrown.problems : [],
      exitCode: exitCodeOfError(thrown.code),
      stack: stackOf(thrown),
    };
  return {
    code: "INTERNAL",
    // The message may hold anything, a record too: only its kind is told, and the rest with --debug.
    message: `an unexpected ${thrown instanceof Error ? thrown.name : typeof thrown} ended the command`,
    hint: "Run again with --debug and report what it prints; what was committed is safe.",
    facts: {},
    problems: [],
    exitCode: exitCodeOfError("INTERNAL"),
    stack: stackOf(thrown),
  };
}

function stackOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error)) return null;
  const cause = thrown.cause instanceof Error ? `\ncaused by ${stackOf(thrown.cause) ?? ""}` : "";
  return `${thrown.stack ?? String(thrown)}${cause}`;
}
