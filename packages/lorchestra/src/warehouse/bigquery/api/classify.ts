import { LorchestraError, type ErrorFacts, type LorchestraErrorCode } from "../../../errors.js";
import type { Place } from "../address.js";
import { ApiError, isDmlQueueFull } from "./api-error.js";
import { grantsHint } from "./grants.js";

/** What was being done: decides the hint where a reason alone is ambiguous. */
export interface Attempted {
  /** For the message: "read dataset `p.d`". */
  readonly what: string;
  /** The statement is the user's own. */
  readonly isUserSql?: boolean;
  /** It changes rows, which a project without billing may not. */
  readonly isDml?: boolean;
}

/** Turns a failure of BigQuery's API into an error with a remedy: once, here, from structured fields. */
export function classify(error: unknown, place: Place, attempted: Attempted): unknown {
  if (!(error instanceof ApiError)) return error;
  const [code, hint] = diagnose(error, place, attempted);
  // A dry run has taken the statement before it ran: what it says then is about a row, and stays with BigQuery.
  const isOnValue = code === "SQL_INVALID" && error.isTextWithheld;
  const what = isOnValue ? `it failed on a value: ${error.message}` : error.message;
  const facts: ErrorFacts = {
    reason: error.reason,
    status: error.status,
    project: place.projectId,
    dataset: place.datasetId,
  };
  return new LorchestraError(code, `BigQuery could not ${attempted.what}: ${what}`, {
    hint,
    facts,
    cause: error,
  });
}

function diagnose(error: ApiError, place: Place, attempted: Attempted): [LorchestraErrorCode, string] {
  if (isDmlQueueFull(error)) {
    return [
      "WAREHOUSE_BUSY",
      "many runs write at once: run again in a minute, or let cron start them one after another",
    ];
  }
  switch (error.reason) {
    case "noCredentials":
    case "authError":
    case "required":
      return [
        "WAREHOUSE_REFUSED",
        "log in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS at a service account's key",
      ];
    case "accessDenied":
    case "forbidden":
    case "insufficientPermissions":
      return ["WAREHOUSE_REFUSED", grantsHint(place)];
    case "billingNotEnabled":
      return attempted.isDml === true
        ? [
            "WAREHOUSE_BILLING",
            `project ${place.projectId} is a BigQuery sandbox, which allows no statement that changes rows: enable billing for it`,
          ]
        : ["WAREHOUSE_BILLING", `enable billing for project ${place.projectId}, or name another project`];
    case "quotaExceeded":
    case "blocked":
      return [
        "WAREHOUSE_QUOTA",
        `a quota of project ${place.projectId} is used up: run again when it refills, or ask Google for more`,
      ];
    case "responseTooLarge":
      return [
        "WAREHOUSE_QUOTA",
        "the result is larger than BigQuery returns: ask for fewer rows or columns, or leave out ORDER BY",
      ];
    case "bytesBilledLimitExceeded":
      return ["WAREHOUSE_COST_LIMIT", "raise warehouse_options.maximum_bytes_billed, or ask for less"];
    case "rateLimitExceeded":
    case "jobRateLimitExceeded":
    case "tableUnavailable":
      return ["WAREHOUSE_BUSY", "BigQuery is busy: run again in a minute, the checkpoint was kept"];
    case "resourcesExceeded":
      return ["WAREHOUSE_QUOTA", "it needs more than BigQuery gives one statement: ask for fewer rows or columns"];
    case "unfinished":
      return [
        "WAREHOUSE_BUSY",
        "BigQuery has little room for this project just now: run again when fewer of its queries run, the checkpoint was kept",
      ];
    case "stopped":
      return ["WAREHOUSE_BUSY", "the job was cancelled in BigQuery: run again, the checkpoint was kept"];
    case "backendError":
    case "internalError":
    case "jobBackendError":
    case "jobInternalError":
    case "unreachable":
    case "timeout":
      return ["WAREHOUSE_UNREACHABLE", "check the network and run again: the checkpoint was kept"];
    case "notFound":
      return attempted.isUserSql === true
        ? ["SQL_INVALID", "check the names of tables and datasets in the statement"]
        : [
            "WAREHOUSE_NOT_FOUND",
            `check that project ${place.projectId} exists and that its dataset ${place.datasetId} lies where the address says`,
          ];
    case "invalidQuery":
    case "invalid":
      if (attempted.isUserSql !== true) break;
      return [
        "SQL_INVALID",
        error.isTextWithheld
          ? "look for a cast or a function that cannot take every value; SAFE_CAST gives NULL instead. `bq show -j JOB` has the value"
          : "correct the statement; it is BigQuery's GoogleSQL",
      ];
    default:
  }
  if (error.status === 401) return ["WAREHOUSE_REFUSED", "log in with `gcloud auth application-default login`"];
  if (error.status === 403) return ["WAREHOUSE_REFUSED", grantsHint(place)];
  if (error.status !== null && (error.status >= 500 || error.status === 429)) {
    return ["WAREHOUSE_UNREACHABLE", "BigQuery answers with errors: run again later, the checkpoint was kept"];
  }
  return ["WAREHOUSE_FAILED", "report this with the message above; docs/bigquery.md lists what BigQuery must allow"];
}
