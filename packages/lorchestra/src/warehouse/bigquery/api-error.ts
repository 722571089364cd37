/**
 * A refusal of BigQuery's API, or a failure to reach it, as structured facts: everything that decides what happens next
 * looks at `reason` and `status`, never at the message.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; null when no answer came, or when a job failed after it was accepted. */
  readonly status: number | null;
  /** BigQuery's own word, such as "rateLimitExceeded"; "unreachable", "timeout", "noCredentials" or "unexplained" are ours. */
  readonly reason: string;

  constructor(reason: string, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.status = options.status ?? null;
  }
}

/** An error as jobs and error bodies carry it. */
export interface ErrorProto {
  readonly reason?: string;
  readonly message?: string;
}

/** Reads an error body; anything that is not one (a proxy's HTML, nothing) becomes "unexplained". */
export function errorOfResponse(status: number, body: unknown): ApiError {
  const error = (body as { error?: { message?: string; errors?: readonly ErrorProto[] } } | null)?.error;
  const first = error?.errors?.[0];
  const message = first?.message ?? error?.message ?? `HTTP ${status}`;
  return new ApiError(first?.reason ?? "unexplained", message, { status });
}

/**
 * Whether the same request, or the same statement as a new job, may succeed later.
 *
 * By reason first: a 403 can be a rate limit, and a 400 a table that is briefly unavailable. The status decides only
 * where no reason came, which BigQuery says can happen (https://cloud.google.com/bigquery/docs/error-messages).
 */
export function isTransient(error: ApiError): boolean {
  if (TRANSIENT_REASONS.has(error.reason)) return true;
  if (error.reason !== "unexplained" || error.status === null) return false;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}

const TRANSIENT_REASONS: ReadonlySet<string> = new Set([
  "backendError",
  "internalError",
  "rateLimitExceeded",
  "jobRateLimitExceeded",
  "jobBackendError",
  "jobInternalError",
  "tableUnavailable",
  "unreachable",
  "timeout",
]);
