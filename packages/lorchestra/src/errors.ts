import type { Remedy as SourceRemedy } from "injest";

/** What would cure an error; retry loops and exit codes look at nothing else. `wait`: another run holds what is needed. */
export type Remedy = SourceRemedy | "fix-usage" | "wait";

/** Every code of this package with its remedy. `docs/errors.md` explains each. */
export const LORCHESTRA_ERRORS = {
  USAGE_INVALID: "fix-usage",
  JOB_UNKNOWN: "fix-usage",
  CONNECTION_AMBIGUOUS: "fix-usage",
  CONFIG_INVALID: "fix-config",
  CONFIG_UNREADABLE: "fix-config",
  KEY_MISSING: "fix-credentials",
  JOB_MODULE_INVALID: "fix-config",
  ALREADY_RUNNING: "wait",
  LEASE_LOST: "retry",
  WAREHOUSE_UNREACHABLE: "retry",
  WAREHOUSE_BUSY: "retry",
  WAREHOUSE_REFUSED: "fix-credentials",
  WAREHOUSE_NOT_FOUND: "fix-config",
  WAREHOUSE_LOCATION_MISMATCH: "fix-config",
  WAREHOUSE_BILLING: "fix-config",
  WAREHOUSE_QUOTA: "report",
  WAREHOUSE_COST_LIMIT: "fix-config",
  WAREHOUSE_CORRUPT: "fix-data",
  WAREHOUSE_LOG_MISMATCH: "fix-data",
  WAREHOUSE_REPLACED: "fix-data",
  WAREHOUSE_NEWER: "fix-config",
  WAREHOUSE_FULL: "fix-config",
  WAREHOUSE_READ_ONLY: "fix-config",
  WAREHOUSE_SCHEMA_CONFLICT: "fix-data",
  WAREHOUSE_FAILED: "report",
  DELETE_LIMIT: "fix-data",
  EVENTS_LOST: "report",
  SQL_INVALID: "fix-usage",
  SQL_UNSUPPORTED: "fix-usage",
  OUTPUT_FAILED: "fix-data",
  INTERNAL: "report",
} as const satisfies Record<string, Remedy>;

export type LorchestraErrorCode = keyof typeof LORCHESTRA_ERRORS;

/** Facts of an error: never a key, never anything of a record. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

/** An error of lorchestra's own. */
export class LorchestraError extends Error {
  override readonly name = "LorchestraError";
  readonly code: LorchestraErrorCode;
  readonly remedy: Remedy;
  /** One sentence with the next action. */
  readonly hint: string;
  readonly facts: ErrorFacts;

  constructor(
    code: LorchestraErrorCode,
    message: string,
    options: { hint: string; facts?: ErrorFacts; cause?: unknown },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remedy = LORCHESTRA_ERRORS[code];
    this.hint = options.hint;
    this.facts = options.facts ?? {};
  }
}
