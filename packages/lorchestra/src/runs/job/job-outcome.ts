import { SourceError } from "injest";
import { LorchestraError } from "../../errors.js";
import type { EventError } from "../../events/event-payloads.js";
import type { Failure } from "../until-failure.js";
import { reportedError } from "./reported-error.js";
import type { JobStatus, Notice, ReportedError } from "../run-report.js";

/** How a job ended. Interruption is no error, and neither is a stream that the account does not have. */
export interface JobOutcome {
  readonly status: JobStatus;
  readonly error: ReportedError | null;
  /** Why the stream was skipped. */
  readonly notice: Notice | null;
}

/**
 * `holdsNothing`: the warehouse has neither a row nor a checkpoint of the stream. Only such a stream is skipped where the source says
 * that it does not have it: one that was read before has lost something, and its rows grow old.
 */
export function outcomeOf(failure: Failure | null, holdsNothing: boolean, interruption: AbortSignal): JobOutcome {
  if (failure === null) return { status: "completed", error: null, notice: null };
  const { error } = failure;
  if (isInterrupted(error, interruption)) return { status: "interrupted", error: null, notice: null };
  if (error instanceof SourceError && error.code === "SOURCE_NOT_ENABLED") {
    return holdsNothing
      ? { status: "skipped", error: null, notice: { code: "STREAM_NOT_ENABLED", message: error.message } }
      : { status: "failed", error: reportedError(notEnabledAnyMore(error)), notice: null };
  }
  return { status: "failed", error: reportedError(error), notice: null };
}

/** How a job ended that threw, where nothing more is known of it. */
export function endingBy(error: unknown, interruption: AbortSignal): Pick<JobOutcome, "status" | "error"> {
  return isInterrupted(error, interruption)
    ? { status: "interrupted", error: null }
    : { status: "failed", error: reportedError(error) };
}

/** `refusal` says what the account does not have, of which the warehouse holds something. */
export function notEnabledAnyMore(
  refusal: Pick<SourceError, "message"> & { readonly facts?: SourceError["facts"] },
): SourceError {
  return new SourceError("SOURCE_NOT_ENABLED", `${refusal.message}, although its objects were read before`, {
    hint: "What was loaded is kept, and grows old: enable the product again, or leave this stream out.",
    facts: refusal.facts ?? {},
    cause: refusal,
  });
}

/** The key opens another account, or another mode, than the one whose rows are here: nothing may be written, not even an event. */
export function isAnotherAccount(failure: Failure | null): boolean {
  const error = failure?.error;
  return (
    error instanceof SourceError && (error.code === "SOURCE_ACCOUNT_CHANGED" || error.code === "SOURCE_MODE_CHANGED")
  );
}

/** Whether it ended because it was asked to. An error that an interruption does not cause would come again, and has to be told. */
export function isInterrupted(error: unknown, interruption: AbortSignal): boolean {
  return interruption.aborted && !isLasting(error);
}

/** What the event log says of a job that did not complete; null where it did. `hint` is for one that was interrupted. */
export function eventErrorOf({ status, error }: Pick<JobOutcome, "status" | "error">, hint: string): EventError | null {
  if (error !== null) return { code: error.code, message: error.message, hint: error.hint };
  return status === "interrupted" ? { code: "INTERRUPTED", message: "interrupted", hint } : null;
}

function isLasting(error: unknown): boolean {
  return (error instanceof SourceError || error instanceof LorchestraError) && error.remedy !== "retry";
}
