import { emptyReport } from "./job-report.js";
import type { RunContext } from "../run-context.js";
import type { JobReport, JobStatus, ReportedError } from "../run-report.js";

/**
 * What a job of a project's own returned, as a report: whoever tells it, writes it down or derives an exit code from it may rely
 * on its shape. A report that is none is a failure of the job, named by its first wrong field; no value of it is repeated.
 */
export function checkedReport(job: { readonly name: string }, context: RunContext, returned: unknown): JobReport {
  const nothing = emptyReport(job, context);
  const wrong = wrongIn(returned);
  if (wrong !== null) return { ...nothing, status: "failed", error: malformed(job.name, wrong) };
  // Whose report it is, is not for the job to say.
  return { ...nothing, ...(returned as JobReport), job: nothing.job, connection_name: nothing.connection_name };
}

function wrongIn(returned: unknown): string | null {
  if (!isObject(returned)) return "is no object";
  const field = Object.keys(FIELDS).find((name) => FIELDS[name]?.(returned[name]) !== true);
  if (field !== undefined) return `has ${field in returned ? "a wrong" : "no"} \`${field}\``;
  return returned["status"] === "failed" && returned["error"] === null
    ? "has `failed` as its status and no `error`"
    : null;
}

const STATUSES: readonly JobStatus[] = ["completed", "failed", "interrupted", "skipped"];

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  status: (value) => STATUSES.some((status) => status === value),
  object_type: isTextOrNull,
  ...Object.fromEntries(
    [
      "records_extracted",
      "inserted",
      "updated",
      "unchanged",
      "deleted",
      "stale",
      "quarantined",
      "requests",
      "retries",
      "rate_limited",
      "duration_ms",
    ].map((name) => [name, (value: unknown) => typeof value === "number" && Number.isFinite(value) && value >= 0]),
  ),
  since: isTimeOrNull,
  until: isTimeOrNull,
  // Came later than the others: a job that does not know it leaves it out.
  previous_watermark: (value) => value === undefined || isTimeOrNull(value),
  watermark: isTimeOrNull,
  notices: (value) => Array.isArray(value) && value.every((notice) => hasTexts(notice, "code", "message")),
  sample: (value) =>
    Array.isArray(value) && value.every((one) => hasTexts(one, "id", "action") && Array.isArray(one["paths"])),
  error: (value) => value === null || (hasTexts(value, "code", "message", "hint") && isObject(value["facts"])),
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasTexts(value: unknown, ...names: string[]): value is Record<string, unknown> {
  return isObject(value) && names.every((name) => typeof value[name] === "string");
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || (typeof value === "string" && !Number.isNaN(Date.parse(value)));
}

function malformed(name: string, wrong: string): ReportedError {
  return {
    code: "JOB_MODULE_INVALID",
    message: `what \`${name}\` returned ${wrong}`,
    hint: "return what `recordedJob` gives; docs/json.md has the fields of a job's report",
    facts: { job: name },
  };
}
