import type { EventRow } from "../../../events/event-row.js";
import { failpoint } from "../../../failpoint.js";
import type { Place } from "../address.js";
import { ApiError, isTransient } from "../api/api-error.js";
import { classify } from "../api/classify.js";
import type { Dataset } from "../dataset.js";
import { appendEventsSql } from "./event-sql.js";
import { inGroups } from "../api/in-groups.js";
import { attemptId, type Jobs } from "../api/jobs.js";
import { backoffMs, type Pace } from "../api/pace.js";
import { shortHash } from "../api/short-hash.js";
import type { Statements } from "../api/statements.js";

/** Rows in one statement, and their characters: a statement may have 1 MB. */
const PART = { items: 200, size: 500_000 };
/** How many jobs of a part a call starts that fail for a passing reason, and for another one that may be gone since the last call. */
const MAX_FAILURES = { passing: 4, other: 2 };

export interface AppendEventsTools {
  readonly dataset: Dataset;
  readonly jobs: Jobs;
  readonly statements: Statements;
  readonly place: Place;
  readonly pace: Pace;
}

/**
 * Adds rows to `event_log`, each once.
 *
 * The statement looks for the ids, but of two at once, of which BigQuery lets both run, each finds none. So no two that add the
 * same rows run at once: a part's job has an id that follows from its rows, whoever adds them, and the next is started
 * only when the one before is known to have ended. While that is not known this process adds nothing else that has an event of
 * it, and the call fails. Whoever calls again with the same rows finds that job, and takes what comes of it, or goes on from it.
 */
export function createAppendEvents(tools: AppendEventsTools): (rows: readonly EventRow[]) => Promise<void> {
  const { dataset, jobs, statements, place, pace } = tools;
  const eventLog = dataset.sqlName("event_log");
  /** By their keys, parts whose job may still run. */
  const unsettled = new Map<string, readonly EventRow[]>();
  const appends = new Map<string, Promise<void>>();
  let created: string | undefined;

  async function keyOf(part: readonly EventRow[]): Promise<string> {
    // A table that was made anew has none of the rows that an earlier job has added.
    created ??= (await dataset.table("event_log"))?.creationTime;
    const ids = part.map((row) => row.event_id);
    // The hash is short, and whoever met another's job would lose its rows.
    return `${shortHash(eventLog, created ?? "", ...ids)}_${ids[0]?.replaceAll(/[^\w-]/g, "-")}`;
  }

  /** Whoever adds the same rows at the same time waits for the same job. */
  function append(key: string, part: readonly EventRow[]): Promise<void> {
    const running = appends.get(key) ?? settle(key, part).finally(() => appends.delete(key));
    appends.set(key, running);
    return running;
  }

  async function settle(key: string, part: readonly EventRow[]): Promise<void> {
    unsettled.set(key, part);
    try {
      await run(`lorchestra_events_${key}`, part);
    } catch (error) {
      // A refusal alone tells nothing: it may be that of a look at a job that runs.
      if (error instanceof ApiError && error.isOfEndedJob) unsettled.delete(key);
      throw classify(error, place, { what: "add events", isDml: true });
    }
    unsettled.delete(key);
  }

  /** Runs one job after another until one succeeds. Throws `ApiError`. */
  async function run(id: string, part: readonly EventRow[]): Promise<void> {
    const sql = appendEventsSql(eventLog, part);
    const streams = part.flatMap((row) => row.target_object_type ?? []);
    let number = 0;
    for (let failures = 0; ;) {
      try {
        await statements.change(`${id}_${number}`, sql, { streams, deadlineMs: 120_000, maxAttempts: 1 });
        return;
      } catch (error) {
        if (!hasEnded(error)) throw error;
        const last = await lastJob(id, number);
        // An earlier call, or another process, has gone on from this one.
        if (last > number) {
          number = last;
          continue;
        }
        failures += 1;
        if (failures >= MAX_FAILURES[mayPass(error) ? "passing" : "other"]) throw error;
        await pace.sleep(backoffMs(failures - 1, pace.random()));
        number += 1;
      }
    }
  }

  /** The number of a part's last job; they have no gaps. `known` is there, and what fails each day may have many after it. */
  async function lastJob(id: string, known: number): Promise<number> {
    const isThere = async (number: number): Promise<boolean> =>
      (await jobs.find(attemptId(`${id}_${number}`, 0))) !== null;
    let last = known;
    let beyond = known + 1;
    for (let step = 2; await isThere(beyond); step *= 2) [last, beyond] = [beyond, beyond + step];
    while (beyond - last > 1) {
      const between = last + Math.floor((beyond - last) / 2);
      if (await isThere(between)) last = between;
      else beyond = between;
    }
    return last;
  }

  return async (rows) => {
    failpoint("before-events");
    for (const part of inGroups(distinct(rows), sizeOf, PART)) {
      const ids = new Set(part.map((row) => row.event_id));
      const key = await keyOf(part);
      for (const [other, held] of unsettled) {
        if (other !== key && held.some((row) => ids.has(row.event_id))) await append(other, held);
      }
      await append(key, part);
    }
  };
}

/** Nothing of it is still to come, so that another may be started. */
function hasEnded(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.isOfEndedJob || error.reason === "invalidQuery");
}

/** A job may also fail for another one that adds events at the same moment, which BigQuery calls an invalid query. */
function mayPass(error: ApiError): boolean {
  return isTransient(error) || error.reason === "invalidQuery";
}

function distinct(rows: readonly EventRow[]): EventRow[] {
  return [...new Map(rows.map((row) => [row.event_id, row])).values()];
}

function sizeOf(row: EventRow): number {
  return JSON.stringify(row).length;
}
