import { type Remedy as SourceRemedy, SOURCE_ERRORS } from "injest/errors";
import { LORCHESTRA_ERRORS, type Remedy } from "../errors.js";
import type { JobReport, ReportedError, RunReport } from "../runs/run-report.js";
import { quarantinedIn, type VerifyReport } from "../runs/verify-report.js";
import type { Interruption } from "./io.js";

/** What the process ends with: documented in docs/errors.md and in `lorchestra help exit-codes`, never changed. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "ok" },
  failed: { code: 1, meaning: "failed, for a reason that no other code names" },
  usage: { code: 2, meaning: "the command line is wrong" },
  partial: { code: 3, meaning: "partial: some jobs failed, or some rows go into quarantine; the rest went well" },
  credentials: { code: 4, meaning: "a key is missing, wrong, or lacks a permission" },
  configuration: { code: 5, meaning: "the configuration is wrong" },
  alreadyRunning: { code: 6, meaning: "another run holds what this one needs" },
  unequal: { code: 7, meaning: "verification failed: the warehouse differs from Stripe" },
  transient: { code: 8, meaning: "a passing failure: running again may help" },
  interrupted: { code: 130, meaning: "interrupted by SIGINT; the checkpoint is kept" },
  terminated: { code: 143, meaning: "interrupted by SIGTERM; the checkpoint is kept" },
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]["code"];

const BY_REMEDY: Readonly<Record<Remedy | SourceRemedy, ExitCode>> = {
  "fix-usage": EXIT_CODES.usage.code,
  "fix-credentials": EXIT_CODES.credentials.code,
  "fix-config": EXIT_CODES.configuration.code,
  "fix-data": EXIT_CODES.failed.code,
  report: EXIT_CODES.failed.code,
  retry: EXIT_CODES.transient.code,
  wait: EXIT_CODES.alreadyRunning.code,
};

const REMEDIES: Readonly<Record<string, Remedy>> = { ...SOURCE_ERRORS, ...LORCHESTRA_ERRORS };

/** The exit code of an error by its code; an unknown one, as of a job of the user's own, is `failed`. */
export function exitCodeOfError(code: string): ExitCode {
  const remedy = Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
  return remedy === undefined ? EXIT_CODES.failed.code : BY_REMEDY[remedy];
}

/** Null: what stopped it is not known, as of a job that was interrupted without a signal. */
export function exitCodeOfInterruption(interruption: Interruption | null): ExitCode {
  return interruption?.signalName === "SIGTERM" ? EXIT_CODES.terminated.code : EXIT_CODES.interrupted.code;
}

/** What several errors have in common: their exit code if it is one, else `failed`; null without errors. */
export function commonExitCode(errorCodes: readonly string[]): ExitCode | null {
  const codes = new Set(errorCodes.map(exitCodeOfError));
  const [common] = codes;
  if (common === undefined) return null;
  return codes.size === 1 ? common : EXIT_CODES.failed.code;
}

/**
 * The exit code of a run: interruption wins; all well is 0; some well and some not is 3, and so are rows in quarantine;
 * if nothing completed it is what all failures have in common. A skipped job is neither well nor a failure.
 */
export function exitCodeOfRun(report: RunReport, interruption: Interruption | null): ExitCode {
  const having = (status: JobReport["status"]): JobReport[] => report.jobs.filter((job) => job.status === status);
  if (having("interrupted").length > 0) return exitCodeOfInterruption(interruption);
  const failed = having("failed");
  if (failed.length > 0 && having("completed").length > 0) return EXIT_CODES.partial.code;
  const inQuarantine = report.jobs.some((job) => job.quarantined > 0);
  return commonExitCode(codesOf(failed)) ?? (inQuarantine ? EXIT_CODES.partial.code : EXIT_CODES.ok.code);
}

/**
 * The exit code of a verification: a difference that was found counts more than a stream that could not be compared, and
 * objects in quarantine are as in a run.
 */
export function exitCodeOfVerification(report: VerifyReport, interruption: Interruption | null): ExitCode {
  if (report.status === "interrupted") return exitCodeOfInterruption(interruption);
  if (report.status === "different") return EXIT_CODES.unequal.code;
  const isSound = ({ status }: VerifyReport["jobs"][number]): boolean => status === "equal" || status === "sampled";
  if (report.jobs.some(isSound) && report.status === "failed") return EXIT_CODES.partial.code;
  const inQuarantine = report.jobs.some((stream) => quarantinedIn(stream) > 0);
  return commonExitCode(codesOf(report.jobs)) ?? (inQuarantine ? EXIT_CODES.partial.code : EXIT_CODES.ok.code);
}

function codesOf(reports: readonly { readonly error: ReportedError | null }[]): string[] {
  return reports.flatMap(({ error }) => (error === null ? [] : [error.code]));
}
