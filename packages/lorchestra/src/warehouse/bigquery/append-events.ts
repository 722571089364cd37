import type { EventRow } from "../../events/event-row.js";
import { failpoint } from "../../failpoint.js";
import { newUlid } from "../../ids.js";
import type { Place } from "./address.js";
import { ApiError } from "./api-error.js";
import { classify } from "./classify.js";
import type { Dataset } from "./dataset.js";
import { appendEventsSql } from "./event-sql.js";
import { backoffMs, type Pace } from "./pace.js";
import { shortHash } from "./short-hash.js";
import { jobId, type Statements } from "./statements.js";

/** Rows in one statement: a statement may have 1 MB. */
const MAX_ROWS = 200;
const MAX_CHARACTERS = 500_000;
/** Two runs may add events at the same moment; BigQuery then asks one of them to come again. */
const MAX_ROUNDS = 4;

export interface AppendEventsTools {
  readonly dataset: Dataset;
  readonly statements: Statements;
  readonly place: Place;
  readonly pace: Pace;
  readonly runId: string;
  readonly nowMs: () => number;
}

/** Adds rows to `event_log`, each once: the statement looks for the id, and the job's id stands for the statement. */
export async function appendEvents(tools: AppendEventsTools, rows: readonly EventRow[]): Promise<void> {
  const { dataset, statements, place, pace, runId, nowMs } = tools;
  failpoint("before-events");
  const eventLog = dataset.sqlName("event_log");
  for (const part of partsOf(distinct(rows))) {
    const sql = appendEventsSql(eventLog, part);
    const key = shortHash(eventLog, ...part.map((row) => row.event_id));
    for (let round = 0; ; round += 1) {
      try {
        // BigQuery remembers ids for months; a later call with the same rows is a new question.
        await statements.change(jobId(runId, "events", key, newUlid(nowMs()), round), sql, {
          streams: part.flatMap((row) => row.target_object_type ?? []),
          deadlineMs: 120_000,
        });
        break;
      } catch (error) {
        const mayConflict = error instanceof ApiError && error.reason === "invalidQuery" && round + 1 < MAX_ROUNDS;
        if (!mayConflict) throw classify(error, place, { what: "add events", isDml: true });
        await pace.sleep(backoffMs(round, pace.random()));
      }
    }
  }
}

function distinct(rows: readonly EventRow[]): EventRow[] {
  return [...new Map(rows.map((row) => [row.event_id, row])).values()];
}

function partsOf(rows: readonly EventRow[]): EventRow[][] {
  const parts: EventRow[][] = [];
  let characters = 0;
  for (const row of rows) {
    const size = JSON.stringify(row).length;
    const last = parts.at(-1);
    if (last === undefined || last.length >= MAX_ROWS || characters + size > MAX_CHARACTERS) {
      parts.push([row]);
      characters = size;
    } else {
      last.push(row);
      characters += size;
    }
  }
  return parts;
}
