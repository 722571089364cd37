/** What would cure an error; retry loops and exit codes look at nothing else. */
export type Remedy = "retry" | "fix-config" | "fix-credentials" | "fix-data" | "report";

/** Every code of this package with its remedy. `docs/errors.md` explains each. */
export const SOURCE_ERRORS = {
  SOURCE_UNAUTHORIZED: "fix-credentials",
  SOURCE_FORBIDDEN: "fix-credentials",
  SOURCE_ACCOUNT_CHANGED: "fix-config",
  SOURCE_MODE_CHANGED: "fix-config",
  SOURCE_API_VERSION_INVALID: "fix-config",
  SOURCE_ADDRESS_INVALID: "fix-config",
  SOURCE_NOT_ENABLED: "fix-config",
  SOURCE_UNREACHABLE: "retry",
  SOURCE_UNAVAILABLE: "retry",
  SOURCE_RATE_LIMITED: "retry",
  SOURCE_RESPONSE_INVALID: "retry",
  SOURCE_REQUEST_REFUSED: "report",
  SOURCE_OPTION_INVALID: "fix-config",
  SOURCE_CURSOR_INVALID: "fix-data",
} as const satisfies Record<string, Remedy>;

export type SourceErrorCode = keyof typeof SOURCE_ERRORS;

/** Facts of an error, for people and for logs: never a key, never anything of a record. */
export interface SourceErrorFacts {
  readonly endpoint?: string;
  readonly status?: number;
  readonly requestId?: string;
  /** The permission that a restricted key needs for the request, as Stripe names it. */
  readonly permission?: string;
  /** Whether the provider says that it is for want of it; else something else may be in the way. */
  readonly isPermissionMissing?: boolean;
  readonly attempts?: number;
  readonly elapsedMs?: number;
  /** The provider's own error code, such as `resource_missing`. */
  readonly providerCode?: string;
  /** The request's parameter that the provider refused. */
  readonly parameter?: string;
}

/** A source could not be read. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: SourceErrorCode;
  readonly remedy: Remedy;
  /** One sentence with the next action. */
  readonly hint: string;
  readonly facts: SourceErrorFacts;

  constructor(
    code: SourceErrorCode,
    message: string,
    options: { hint: string; facts?: SourceErrorFacts; cause?: unknown },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remedy = SOURCE_ERRORS[code];
    this.hint = options.hint;
    this.facts = options.facts ?? {};
  }
}
