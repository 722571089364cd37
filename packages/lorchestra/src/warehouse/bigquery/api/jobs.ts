import { ApiError, errorOfJob, isTransient } from "./api-error.js";
import type { Api, CallOptions } from "./api.js";
import { backoffMs, type Pace } from "./pace.js";
import type { JobConfiguration, JobResource } from "./resources.js";
import type { UsageMeter } from "./usage.js";

/** How often a job runs anew at most, unless it says otherwise. */
export const MAX_ATTEMPTS = 4;
/** Of an attempt that may run on all the same. */
const UNKNOWN_ENDS: ReadonlySet<string> = new Set(["timeout", "unfinished"]);
const RATE_LIMITS: ReadonlySet<string> = new Set(["rateLimitExceeded", "jobRateLimitExceeded"]);
/** A table takes five loads in ten seconds (https://cloud.google.com/bigquery/quotas#standard_tables), failed ones among them. */
const RATE_LIMIT_MS = 5_000;
/** For a request about a job, in ms; and for one about a job whose time is up. */
const CALL_MS = 120_000;
const ASKED_MS = 10_000;

/** A job to be run once in effect, whatever happens to its messages. */
export interface JobSpec {
  /** Unique to what the job does; attempts add "_0", "_1" and so on. Letters, digits, dashes and underscores. */
  readonly id: string;
  readonly configuration: JobConfiguration;
  /** A file to be loaded. It must stay as it is until the job is done. */
  readonly filePath?: string;
  /**
   * For one attempt, from before it is sent, but for the sending of a file; a job that is still running then is cancelled.
   * Where no answer comes at all an attempt takes so long, and 25 s more where the job was taken.
   */
  readonly deadlineMs: number;
  /** How often it may run anew after a transient failure. Default: MAX_ATTEMPTS. */
  readonly maxAttempts?: number;
  /** Called before each attempt but the first. The one before it may take effect all the same, and later. */
  readonly onRetry?: () => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Jobs {
  /**
   * Runs a job to its end and returns it. Throws `ApiError` when it failed for good.
   *
   * An id is used for one attempt: sending it twice is harmless, because BigQuery refuses the second with 409, and then
   * the first is taken. So a lost answer is followed by the same id, and a failed job by a new one. An attempt that did not
   * end in time is given up, but may run on: whoever starts a job sees to it that two of its attempts do no harm.
   */
  run(spec: JobSpec): Promise<JobResource>;
  /** Null for an id that no job has. */
  find(jobId: string, signal?: AbortSignal): Promise<JobResource | null>;
  /** Has a query explained, which runs and costs nothing. Throws `ApiError` for a statement that could not run. */
  explain(configuration: JobConfiguration, signal?: AbortSignal): Promise<JobResource>;
  /** The jobs of a script's statements. */
  children(jobId: string, signal?: AbortSignal): Promise<readonly JobResource[]>;
}

export interface JobsOptions {
  readonly api: Api;
  readonly pace: Pace;
  readonly usage: UsageMeter;
  readonly projectId: string;
  /** Where the jobs run; null until the dataset's own location is known, for an emulator for ever. */
  readonly location: () => string | null;
}

export function createJobs(options: JobsOptions): Jobs {
  const { api, pace, usage, projectId } = options;

  const reference = (jobId: string): object => ({ projectId, jobId, ...locationQuery() });

  function locationQuery(): { location?: string } {
    const location = options.location();
    return location === null ? {} : { location };
  }

  async function insert(spec: JobSpec, jobId: string): Promise<JobResource> {
    // The server's own limit ends an attempt that this process can no longer cancel.
    const configuration = { ...spec.configuration, jobTimeoutMs: String(spec.deadlineMs) };
    const json = { jobReference: reference(jobId), configuration };
    try {
      return await api.call<JobResource>({
        method: "POST",
        path: "jobs",
        json,
        signal: spec.signal,
        ...(spec.filePath === undefined
          ? { deadlineMs: Math.min(spec.deadlineMs, CALL_MS) }
          : { filePath: spec.filePath, timeoutMs: 120_000, deadlineMs: 400_000 }),
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== "duplicate") throw error;
      return get(jobId, { signal: spec.signal, deadlineMs: Math.min(spec.deadlineMs, CALL_MS) });
    }
  }

  function get(
    jobId: string,
    { signal, deadlineMs = CALL_MS, isKnown = true }: Pick<CallOptions, "signal" | "deadlineMs" | "isKnown">,
  ): Promise<JobResource> {
    return api.call({ method: "GET", path: `jobs/${jobId}`, query: locationQuery(), signal, deadlineMs, isKnown });
  }

  /** Undefined when the deadline passes first. */
  async function waitFor(
    job: JobResource,
    jobId: string,
    spec: JobSpec,
    deadlineMs: number,
  ): Promise<JobResource | undefined> {
    const startedAt = pace.nowMs();
    let current = job;
    for (let polls = 0; current.status?.state !== "DONE"; polls += 1) {
      const leftMs = deadlineMs - (pace.nowMs() - startedAt);
      if (leftMs <= 0) return undefined;
      await pace.sleep(Math.min(100 * 1.5 ** polls, 2000), spec.signal);
      current = await get(jobId, { signal: spec.signal, deadlineMs: Math.min(Math.max(leftMs, ASKED_MS), CALL_MS) });
    }
    return current;
  }

  async function cancel(jobId: string, signal?: AbortSignal): Promise<void> {
    try {
      await api.call({
        method: "POST",
        path: `jobs/${jobId}/cancel`,
        query: locationQuery(),
        timeoutMs: 5000,
        deadlineMs: 5000,
        signal,
      });
    } catch {
      // Cancelling is a courtesy: the caller goes on under another id, and does not count on this one having ended.
    }
  }

  /** One attempt; the job that it returns is done, well or not. */
  async function attempt(spec: JobSpec, jobId: string): Promise<JobResource> {
    try {
      const job = await waitFor(await insert(spec, jobId), jobId, spec, spec.deadlineMs);
      if (job !== undefined) return job;
    } catch (error) {
      // Whoever aborts does not wait for anything.
      if (spec.signal?.aborted === true) void cancel(jobId);
      throw error;
    }
    await cancel(jobId, spec.signal);
    // It may have ended in the meantime, either way.
    const asked = await get(jobId, { signal: spec.signal, deadlineMs: ASKED_MS });
    const late = await waitFor(asked, jobId, spec, ASKED_MS);
    if (late !== undefined) return late;
    throw new ApiError("unfinished", `job ${jobId} did not end within ${spec.deadlineMs} ms`);
  }

  async function run(spec: JobSpec): Promise<JobResource> {
    const { maxAttempts = MAX_ATTEMPTS, signal } = spec;
    for (let number = 0; ; number += 1) {
      const failure = await attempt(spec, attemptId(spec.id, number)).then(
        (job) => {
          usage.add(job);
          return errorOf(job) ?? job;
        },
        (error: unknown) => {
          if (error instanceof ApiError && UNKNOWN_ENDS.has(error.reason)) return error;
          throw error;
        },
      );
      if (!(failure instanceof ApiError)) return failure;
      if (!isTransient(failure) || number + 1 >= maxAttempts) throw failure;
      await pace.sleep(RATE_LIMITS.has(failure.reason) ? RATE_LIMIT_MS * 2 ** number : 0, signal);
      await pace.sleep(backoffMs(number, pace.random()), signal);
      spec.onRetry?.();
    }
  }

  return {
    run,
    find: async (jobId, signal) => {
      try {
        return await get(jobId, { signal, isKnown: false });
      } catch (error) {
        if (error instanceof ApiError && error.reason === "notFound") return null;
        throw error;
      }
    },
    explain: (configuration, signal) =>
      api.call({
        method: "POST",
        path: "jobs",
        json: { jobReference: { projectId, ...locationQuery() }, configuration: { ...configuration, dryRun: true } },
        readsNoRow: true,
        signal,
      }),
    children: async (jobId, signal) => {
      const query = { parentJobId: jobId, maxResults: 1000, projection: "full" };
      const list = await api.call<{ jobs?: readonly JobResource[] }>({ method: "GET", path: "jobs", query, signal });
      return list.jobs ?? [];
    },
  };
}

/** The id of one attempt at a job, from 0. */
export function attemptId(id: string, number: number): string {
  return `${id}_${number}`;
}

/** Why a finished job failed; null for one that did not. */
export function errorOf(job: JobResource): ApiError | null {
  const error = job.status?.errorResult;
  return error === undefined ? null : errorOfJob(job.jobReference?.jobId ?? "", error);
}
