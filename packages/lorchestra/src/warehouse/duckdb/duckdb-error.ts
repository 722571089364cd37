import { constants } from "node:os";
import { LorchestraError, type LorchestraErrorCode } from "../../errors.js";
import type { FilePlace } from "./address.js";
import { hintForOtherLog, logName, moveAwayCommand } from "./file/file-place.js";

/** What DuckDB says of an error, with `errors_as_json` on. */
export interface DuckdbFailure {
  /** "IO", "Catalog", "Out of Memory", …; null for an error that is not DuckDB's. */
  readonly type: string | null;
  readonly message: string;
  readonly errno: number | null;
}

export function readFailure(error: unknown): DuckdbFailure {
  const text = error instanceof Error ? error.message : String(error);
  const json = text.indexOf("{");
  if (json >= 0) {
    try {
      const facts = JSON.parse(text.slice(json)) as Record<string, unknown>;
      const { exception_type: type, exception_message: message, errno } = facts;
      if (typeof type === "string" && typeof message === "string") {
        return { type, message, errno: typeof errno === "string" ? Number(errno) : errnoOf(message) };
      }
    } catch {
      // Not DuckDB's JSON: the text itself says what there is to say.
    }
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const errno = (constants.errno as Record<string, number>)[code] ?? errnoOf(text);
  const type = /^([A-Z][A-Za-z ]*) Error: /.exec(text)?.[1] ?? null;
  return { type, message: text, errno };
}

/** Whether DuckDB had not the memory that it needed; at the end of a transaction only the text tells. */
export function isOutOfMemory(error: unknown): boolean {
  return lacksMemory(readFailure(error));
}

function lacksMemory({ type, message }: DuckdbFailure): boolean {
  return type === "Out of Memory" || /failed to (pin|allocate)|could not allocate/.test(message);
}

/** True when another process has locked the file. fcntl answers EAGAIN or EACCES, and only a lock has a holder to name. */
export function lockHolderPid(error: unknown): number | null {
  const { message, errno } = readFailure(error);
  if (errno !== constants.errno.EAGAIN && errno !== constants.errno.EACCES) return null;
  // The pid stands in the text alone (https://duckdb.org/docs/stable/connect/concurrency).
  const pid = /\(PID (\d+)\)/.exec(message)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** Turns an error of DuckDB, or of the file system beneath it, into one with a remedy. DuckDB's own text may quote a record and is left out. */
export function warehouseError(error: unknown, place: FilePlace, doing: string): LorchestraError {
  if (error instanceof LorchestraError) return error;
  const failure = readFailure(error);
  const [code, problem, hint] = diagnose(failure, place);
  return new LorchestraError(code, `could not ${doing} \`${place.name}\`: ${problem}`, {
    hint,
    facts: { path: place.path, duckdb_error: failure.type, errno: failure.errno },
  });
}

type Diagnosis = readonly [code: LorchestraErrorCode, problem: string, hint: string];

function diagnose(failure: DuckdbFailure, place: FilePlace): Diagnosis {
  const { type, message, errno } = failure;
  const byErrno = errno === null ? undefined : ERRNO_DIAGNOSES[errno];
  if (byErrno !== undefined) return byErrno;
  if (lacksMemory(failure)) {
    // DuckDB counts the space that it may use for temporary files as memory too.
    return message.includes("max_temp_directory_size") ? DISK_FULL : MEMORY_TOO_SMALL;
  }
  if (message.includes("has been invalidated")) {
    return [
      "WAREHOUSE_FAILED",
      "DuckDB gave it up after an error of its own",
      "run again: what was committed is kept, in the log beside the file",
    ];
  }
  switch (type ?? "unknown") {
    case "IO":
    case "Serialization":
      if (message.includes("we can only read versions between")) {
        return [
          "WAREHOUSE_NEWER",
          "another version of DuckDB made it, which this one cannot read",
          "update lorchestra, or export the file with the version of DuckDB that made it",
        ];
      }
      if (OTHER_LOG.test(message)) {
        return [
          "WAREHOUSE_LOG_MISMATCH",
          `\`${logName(place)}\` is not the log of this file as it is now, and was not put into it`,
          hintForOtherLog(place),
        ];
      }
      return [
        "WAREHOUSE_CORRUPT",
        "the file is damaged, cut off, or no DuckDB file at all",
        `restore it from a copy, or move it away and load everything again: ${moveAwayCommand(place, "damaged")}`,
      ];
    case "Interrupt":
      return ["WAREHOUSE_FAILED", "it was interrupted", "run again"];
    default:
      return [
        "WAREHOUSE_FAILED",
        `DuckDB failed (${type ?? "unknown"})`,
        "report this with the file's size and lorchestra's version",
      ];
  }
}

/** Files of newer formats than ours have an identity, which DuckDB compares with that in the log. */
const OTHER_LOG = /WAL does not match database file|WAL checkpoint iteration does not match/;

const MEMORY_TOO_SMALL: Diagnosis = [
  "WAREHOUSE_FAILED",
  "DuckDB may not use as much memory as this takes",
  "raise warehouse_options.memory_limit, such as 4GB, and run again: what was committed is kept",
];

const DISK_FULL: Diagnosis = [
  "WAREHOUSE_FULL",
  "the disk is full, or the file may not grow any more",
  "free space on the disk, or raise the quota, and run again: what was committed is kept",
];

const NOT_ALLOWED: Diagnosis = [
  "WAREHOUSE_READ_ONLY",
  "the file or its directory may not be written",
  "give yourself the right to write both, or name another place with LORCHESTRA_WAREHOUSE",
];

const NOT_THERE: Diagnosis = [
  "WAREHOUSE_NOT_FOUND",
  "its directory does not exist",
  "make the directory first, or name another place with LORCHESTRA_WAREHOUSE",
];

const { errno: E } = constants;

const ERRNO_DIAGNOSES: Readonly<Record<number, Diagnosis>> = {
  [E.ENOSPC]: DISK_FULL,
  [E.EDQUOT]: DISK_FULL,
  [E.EFBIG]: DISK_FULL,
  [E.EACCES]: NOT_ALLOWED,
  [E.EPERM]: NOT_ALLOWED,
  [E.EROFS]: NOT_ALLOWED,
  [E.ENOENT]: NOT_THERE,
  [E.ENOTDIR]: NOT_THERE,
  [E.ELOOP]: [
    "WAREHOUSE_NOT_FOUND",
    "symbolic links in its place lead to one another",
    "name a file, such as duckdb:./lorchestra.duckdb",
  ],
  [E.EISDIR]: [
    "WAREHOUSE_NOT_FOUND",
    "a directory stands in its place",
    "name a file, such as duckdb:./lorchestra.duckdb",
  ],
};

/**
 * DuckDB drops the number where it wraps an error, such as one of a commit; the C library's own words are left, or those of
 * Node where our own table function failed.
 */
function errnoOf(message: string): number | null {
  const name = /^(E[A-Z]+): /.exec(message)?.[1] ?? "";
  const number = (constants.errno as Record<string, number>)[name];
  return number ?? STRERROR.find(([words]) => message.includes(words))?.[1] ?? null;
}

const STRERROR: readonly (readonly [string, number])[] = [
  ["No space left on device", E.ENOSPC],
  ["Disk quota exceeded", E.EDQUOT],
  ["File too large", E.EFBIG],
  ["Read-only file system", E.EROFS],
  ["Permission denied", E.EACCES],
];
