/**
 * A refusal of BigQuery's API, or a failure to reach it, as structured facts: everything that decides what happens next
 * looks at `reason` and `status`, never at the message.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** BigQuery's own text is not in `message`, because it may quote a record. */
  readonly isTextWithheld: boolean;
  /** HTTP status; null when no answer came, or when a job failed after it was accepted. */
  readonly status: number | null;
  /** It is what a job came to, which has ended: nothing of it is still to come. */
  readonly isOfEndedJob: boolean;
  /** BigQuery's own word, such as "rateLimitExceeded"; "unreachable", "timeout", "unfinished", "noCredentials" or "unexplained" are ours. */
  readonly reason: string;

  constructor(
    reason: string,
    message: string,
    options: { status?: number; cause?: unknown; isTextWithheld?: boolean; isOfEndedJob?: boolean } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.status = options.status ?? null;
    this.isTextWithheld = options.isTextWithheld ?? false;
    this.isOfEndedJob = options.isOfEndedJob ?? false;
  }
}

/** An error as jobs and error bodies carry it. */
export interface ErrorProto {
  readonly reason?: string;
  readonly message?: string;
}

/** Reads an error body; anything that is not one (a proxy's HTML, nothing) becomes "unexplained". `readNoRow`: of a dry run. */
export function errorOfResponse(status: number, body: unknown, { readNoRow = false } = {}): ApiError {
  const error = (body as { error?: { message?: string; errors?: readonly ErrorProto[] } } | null)?.error;
  const first = error?.errors?.[0];
  const reason = first?.reason ?? "unexplained";
  const message = first?.message ?? error?.message;
  if (message === undefined) return new ApiError(reason, `HTTP ${status}`, { status });
  // Whom it does not let in it shows nothing.
  if (readNoRow || REASONS_WITHOUT_ROWS.has(reason) || status === 401 || status === 403) {
    return new ApiError(reason, message, { status });
  }
  return new ApiError(reason, `HTTP ${status}, ${reason}`, { status, isTextWithheld: true });
}

/** Reads why a job failed. */
export function errorOfJob(jobId: string, { reason = "unexplained", message }: ErrorProto): ApiError {
  if (message !== undefined && REASONS_WITHOUT_ROWS.has(reason))
    return new ApiError(reason, message, { isOfEndedJob: true });
  return new ApiError(reason, `job ${jobId} failed, ${reason}`, { isTextWithheld: true, isOfEndedJob: true });
}

/**
 * A statement that fails on a row quotes it ("Bad int64 value: jane@example.com"), and so does a load. BigQuery's texts are told
 * for these reasons only, which are about names, rights, limits and sizes (https://cloud.google.com/bigquery/docs/error-messages),
 * and for what a dry run says, which reads no row: there a statement's mistakes come out.
 */
const REASONS_WITHOUT_ROWS: ReadonlySet<string> = new Set([
  "accessDenied",
  "billingNotEnabled",
  "blocked",
  "bytesBilledLimitExceeded",
  "duplicate",
  "jobRateLimitExceeded",
  "notFound",
  "quotaExceeded",
  "rateLimitExceeded",
  "resourceInUse",
  "resourcesExceeded",
  "responseTooLarge",
  "tableUnavailable",
]);

/**
 * Whether the same request, or the same statement as a new job, may succeed later.
 *
 * By reason first: a 403 can be a rate limit, and a 400 a table that is briefly unavailable. The status decides only
 * where no reason came, which BigQuery says can happen (https://cloud.google.com/bigquery/docs/error-messages).
 */
export function isTransient(error: ApiError): boolean {
  if (TRANSIENT_REASONS.has(error.reason) || isDmlQueueFull(error)) return true;
  if (error.reason !== "unexplained" || error.status === null) return false;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}

/**
 * Twenty statements that change a table may wait for each other; one more is refused, under the reason of queries that need too much
 * (https://cloud.google.com/bigquery/docs/data-manipulation-language#dml-limitations).
 */
export function isDmlQueueFull(error: ApiError): boolean {
  return error.reason === "resourcesExceeded" && /too many DML statements/i.test(error.message);
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
  "unfinished",
  // A job that was cancelled: by somebody, or by BigQuery at the end of its time.
  "stopped",
]);
