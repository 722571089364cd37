import { newUlid } from "../../../ids.js";
import type { Place } from "../address.js";
import type { Api } from "./api.js";
import { ApiError } from "./api-error.js";
import { classify } from "./classify.js";
import type { Jobs } from "./jobs.js";
import type { FieldSchema, JobConfiguration, JobResource, QueryParameter, RowPage } from "./resources.js";
import { ROW_FORMAT, textRows, type TextRow } from "./rows.js";

/** Runs SQL as jobs: labelled, bounded in time and money, errors classified. */
export interface Statements {
  /** A SELECT of ours from tables that are there; rows come page by page. */
  select(sql: string, options: SelectOptions): AsyncGenerator<TextRow>;
  /** A statement or script that changes rows. Returns the finished job. Throws `ApiError`, for the caller to judge. */
  change(id: string, sql: string, options: StatementOptions & { readonly capBytes?: number }): Promise<JobResource>;
  /** Bytes that a statement would process; nothing is run. Throws `ApiError`. */
  explain(
    sql: string,
    options: StatementOptions & { readonly parameters?: readonly QueryParameter[] },
  ): Promise<Explained>;
  /** The result of a finished query job, page by page. */
  pages(job: JobResource, signal?: AbortSignal): AsyncGenerator<RowPage>;
  /** The first row of a finished script's last SELECT. */
  result(job: JobResource, signal?: AbortSignal): Promise<TextRow>;
  configuration(sql: string, options: ConfigurationOptions): JobConfiguration;
}

export interface StatementOptions {
  /** For the job's label: which streams it is about. Default: none. */
  readonly streams?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number;
  /** As of `JobSpec`. */
  readonly maxAttempts?: number;
}

export interface SelectOptions extends Omit<StatementOptions, "deadlineMs" | "maxAttempts"> {
  /** For the message of an error: "count the rows of invoices". */
  readonly what: string;
}

/** A query that only takes long, for want of slots, would take as long again, and may be billed again. */
const PATIENT = { deadlineMs: 1_800_000, maxAttempts: 2 };
/** How often a page is asked for. */
const MAX_ASKED = 12;

interface ConfigurationOptions {
  readonly streams?: readonly string[] | undefined;
  readonly capBytes?: number | undefined;
  readonly parameters?: readonly QueryParameter[] | undefined;
}

export interface Explained {
  readonly bytes: number;
  /** "SELECT", "MERGE", "SCRIPT" and so on. */
  readonly statementType: string;
}

export interface StatementsOptions {
  readonly api: Api;
  readonly jobs: Jobs;
  readonly place: Place;
  readonly runId: string;
  /** Dates ids. */
  readonly nowMs: () => number;
  readonly location: () => string | null;
}

export function createStatements(options: StatementsOptions): Statements {
  const { api, jobs, place, runId, nowMs } = options;
  const { projectId, datasetId } = place;

  function configuration(sql: string, { streams, capBytes, parameters }: ConfigurationOptions): JobConfiguration {
    const cap = place.maximumBytesBilled ?? capBytes;
    return {
      query: {
        query: sql,
        useLegacySql: false,
        defaultDataset: { projectId, datasetId },
        ...(parameters === undefined || parameters.length === 0
          ? {}
          : { parameterMode: "POSITIONAL", queryParameters: parameters }),
        ...(cap === undefined
          ? {}
          : { maximumBytesBilled: String(cap), scriptOptions: { statementByteBudget: String(cap) } }),
      },
      labels: labelsOf(runId, streams),
    };
  }

  async function* pages(job: JobResource, signal?: AbortSignal): AsyncGenerator<RowPage> {
    let pageToken: string | undefined;
    do {
      const page = await pageOf(job, pageToken, signal);
      yield page;
      pageToken = page.pageToken ?? undefined;
    } while (pageToken !== undefined);
  }

  /**
   * An answer without a result looks like one without rows: BigQuery has waited ten seconds for the job to end, which it has
   * told of already (https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults).
   */
  async function pageOf(
    job: JobResource,
    pageToken: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<RowPage> {
    const location = options.location();
    for (let asked = 1; ; asked += 1) {
      const page = await api.call<RowPage>({
        method: "GET",
        path: `queries/${job.jobReference?.jobId}`,
        query: { ...ROW_FORMAT, maxResults: 10_000, pageToken, ...(location === null ? {} : { location }) },
        signal,
        isKnown: true,
      });
      if (page.jobComplete !== false) return page;
      if (asked >= MAX_ASKED) throw new ApiError("unfinished", "BigQuery has no result of a job that has ended");
    }
  }

  return {
    configuration,
    pages,
    select: async function* (sql, { what, streams, signal }) {
      try {
        const id = jobId(runId, "read", newUlid(nowMs()));
        const job = await jobs.run({ id, configuration: configuration(sql, { streams }), ...PATIENT, signal });
        let fields: readonly FieldSchema[] = [];
        for await (const page of pages(job, signal)) {
          fields = page.schema?.fields ?? fields;
          yield* textRows(page, fields);
        }
      } catch (error) {
        throw classify(error, place, { what });
      }
    },
    change: (id, sql, { streams, signal, capBytes, maxAttempts, deadlineMs = 600_000 }) =>
      jobs.run({
        id,
        configuration: configuration(sql, { streams, capBytes }),
        deadlineMs,
        signal,
        ...(maxAttempts === undefined ? {} : { maxAttempts }),
      }),
    explain: async (sql, { streams, signal, parameters }) => {
      const job = await jobs.explain(configuration(sql, { streams, parameters }), signal);
      const { statistics } = job;
      return {
        bytes: Number(statistics?.query?.totalBytesProcessed ?? statistics?.totalBytesProcessed ?? 0),
        statementType: statistics?.query?.statementType ?? "",
      };
    },
    result: async (job, signal) => {
      for await (const page of pages(job, signal)) {
        const [row] = textRows(page, page.schema?.fields ?? []);
        if (row !== undefined) return row;
      }
      throw new ApiError("unexplained", "the script returned no row");
    },
  };
}

/** An id for a job of this run. Only the characters that BigQuery allows; other parts are hashes or numbers. */
export function jobId(runId: string, ...parts: readonly (string | number)[]): string {
  return ["lorchestra", runId.replaceAll(/[^\w-]/g, "-"), ...parts].join("_");
}

/**
 * What each job carries, so that bills and INFORMATION_SCHEMA.JOBS can be grouped by it. Labels take lower-case
 * letters, digits, dashes and underscores, 63 at most.
 */
export function labelsOf(runId: string, streams: readonly string[] = []): Record<"tool" | "run_id" | "stream", string> {
  const label = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, "-")
      .slice(0, 63);
  const stream = streams.length === 0 ? "none" : [...new Set(streams)].toSorted().join("-");
  return { tool: "lorchestra", run_id: label(runId), stream: label(stream) };
}
