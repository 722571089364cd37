import { readFile } from "node:fs/promises";
import { failpoint } from "../../../failpoint.js";
import type { StreamScope } from "../../warehouse.js";
import type { Place } from "../address.js";
import { classify } from "../api/classify.js";
import type { Dataset } from "../dataset.js";
import type { Jobs } from "../api/jobs.js";
import { STAGING_FIELDS } from "../layout.js";
import type { Pace } from "../api/pace.js";
import type { JobConfiguration } from "../api/resources.js";
import type { Spool, SpoolFile } from "./spool.js";
import { shortHash } from "../api/short-hash.js";
import { refusedLine, type StagedLine } from "./staged-line.js";
import { jobId, labelsOf, type Statements } from "../api/statements.js";

/** The staging table of one commit, and the files on their way into it. */
export interface Staging {
  /** As SQL takes its name. */
  readonly table: string;
  /** How many changes were written. One that BigQuery refused is in the table as well, as a row to be quarantined. */
  readonly written: number;
  /** A load ran more than once, and each of its attempts may have added its rows, or may still. */
  readonly mayRepeat: boolean;
  /** Waits only when uploads cannot keep up with reading. */
  write(line: StagedLine): Promise<void>;
  /** Uploads the rest and waits until every row is in the table. Returns the seqs that BigQuery refused. */
  complete(): Promise<readonly number[]>;
  /** Drops the table and removes the files, whatever state they are in. Throws nothing. */
  drop(): Promise<void>;
}

export interface StagingOptions {
  readonly dataset: Dataset;
  readonly jobs: Jobs;
  readonly statements: Statements;
  readonly pace: Pace;
  readonly place: Place;
  readonly spool: () => Promise<Spool>;
  readonly scope: StreamScope;
  readonly runId: string;
  readonly name: `staging_${string}`;
  readonly signal: AbortSignal;
}

/** A file is uploaded when it has this size: two of them in flight fill a usual line. */
const FILE_BYTES = 16 * 1024 * 1024;
const MAX_UPLOADS = 2;
/**
 * Where rows come faster than that, files grow, up to a size that may be sent at once: a table takes five loads in ten seconds
 * (https://cloud.google.com/bigquery/quotas#standard_tables).
 */
const LOAD_EVERY_MS = 2_500;
const LARGEST_FILE_BYTES = 128 * 1024 * 1024;
/** A staging table outlives every deadline of its commit, and no night. */
const LIFE_MS = 6 * 3_600_000;

export function createStaging(options: StagingOptions): Staging {
  const { dataset, jobs, pace, place, scope, runId, name, signal } = options;
  const table = dataset.sqlName(name);
  const uploads = new Set<Promise<void>>();
  const files = new Set<SpoolFile>();
  const refused: number[] = [];
  /** Refused rows to be sent again. They wait for whoever writes next: only one at a time may write to a file. */
  const waiting: StagedLine[] = [];
  let created: Promise<void> | undefined;
  let current: { file: SpoolFile; seqs: number } | undefined;
  let uploaded = 0;
  let startedAt = -Infinity;
  let written = 0;
  let mayRepeat = false;
  let failure: { error: unknown } | undefined;

  async function write(line: StagedLine): Promise<void> {
    written += 1;
    await addWaiting();
    await add(line);
  }

  async function addWaiting(): Promise<void> {
    for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) await add(line);
  }

  async function add(line: StagedLine): Promise<void> {
    throwFailure();
    if (current === undefined) {
      const file = await (await options.spool()).create();
      files.add(file);
      current = { file, seqs: 0 };
    }
    current.seqs += 1;
    await current.file.append(line.text, line.sizeBytes);
    if (isDue(current.file.sizeBytes)) await uploadCurrent();
  }

  function isDue(sizeBytes: number): boolean {
    if (sizeBytes < FILE_BYTES) return false;
    return sizeBytes >= LARGEST_FILE_BYTES || pace.nowMs() - startedAt >= LOAD_EVERY_MS;
  }

  async function uploadCurrent(): Promise<void> {
    if (current === undefined) return;
    const { file, seqs } = current;
    current = undefined;
    await file.close();
    while (uploads.size >= MAX_UPLOADS) await Promise.race(uploads);
    throwFailure();
    startedAt = pace.nowMs();
    const upload = load(file, seqs)
      .catch((error: unknown) => {
        failure ??= { error: classify(error, place, { what: `load rows of ${scope.stream}` }) };
      })
      .finally(() => uploads.delete(upload));
    uploads.add(upload);
  }

  async function load(file: SpoolFile, rows: number): Promise<void> {
    created ??= dataset.createStaging(name, STAGING_FIELDS, LIFE_MS);
    await created;
    uploaded += 1;
    failpoint("before-load");
    const job = await jobs.run({
      id: jobId(runId, "load", shortHash(table), uploaded),
      configuration: loadConfiguration(rows),
      filePath: file.path,
      deadlineMs: 300_000,
      onRetry: () => (mayRepeat = true),
      signal,
    });
    const missing = rows - Number(job.statistics?.load?.outputRows ?? rows);
    if (missing > 0) await quarantineMissing(file, job.status?.errors?.[0]?.message ?? "no reason was given");
    files.delete(file);
    await file.remove();
  }

  function loadConfiguration(rows: number): JobConfiguration {
    return {
      load: {
        destinationTable: { projectId: place.projectId, datasetId: place.datasetId, tableId: dataset.tableId(name) },
        schema: { fields: STAGING_FIELDS },
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        createDisposition: "CREATE_NEVER",
        writeDisposition: "WRITE_APPEND",
        // One odd row must not stop the others: those that are missing afterwards are found, and quarantined.
        maxBadRecords: rows,
      },
      labels: labelsOf(runId, [scope.stream]),
    };
  }

  /** BigQuery skipped rows of this file: finds out which, and sends them again as rows of `quarantine`. */
  async function quarantineMissing(file: SpoolFile, reason: string): Promise<void> {
    const present = new Set<number>();
    const sql = `SELECT seq FROM ${table}`;
    for await (const row of options.statements.select(sql, {
      what: "find refused rows",
      streams: [scope.stream],
      signal,
    })) {
      present.add(Number(row["seq"]));
    }
    for (const text of (await readFile(file.path, "utf8")).split("\n")) {
      const seq = Number(/^\{"seq":(?<seq>\d+)/.exec(text)?.groups?.["seq"] ?? Number.NaN);
      if (Number.isNaN(seq) || present.has(seq)) continue;
      refused.push(seq);
      waiting.push(refusedLine(text, `BigQuery refused it: ${reason}`));
    }
  }

  function throwFailure(): void {
    signal.throwIfAborted();
    if (failure !== undefined) throw failure.error as Error;
  }

  return {
    table,
    get written() {
      return written;
    },
    get mayRepeat() {
      return mayRepeat;
    },
    write,
    complete: async () => {
      // The last uploads may refuse rows, too: hence again, until nothing is left.
      while (waiting.length > 0 || current !== undefined || uploads.size > 0) {
        await addWaiting();
        await uploadCurrent();
        await Promise.all(uploads);
        throwFailure();
      }
      throwFailure();
      return refused;
    },
    drop: async () => {
      await Promise.allSettled(uploads);
      for (const file of files) await file.remove();
      if (created === undefined) return;
      await created
        .then(() => dataset.drop(dataset.tableId(name)))
        .catch(() => {
          // It expires, and the next run of this stream drops it before.
        });
    },
  };
}
